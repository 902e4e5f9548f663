"""Batch normalisation that a file has folded is kept, or trained on from new statistics."""

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.network.models import find_model
from fer_video.exporters.augment.faces import normalise
from fer_video.exporters.training.architectures import build_network
from fer_video.exporters.training.normalisation import (
    keep_normalisation,
    lacks_statistics,
    renew_normalisation,
)
from fer_video.exporters.training.shipped import fill_from_onnx

RNG = np.random.default_rng(3)


def crops(count: int) -> NDArray[np.uint8]:
    """Patches of colours, which no two crops share."""
    coarse = RNG.integers(0, 256, (count, 4, 4, 3), np.uint8)
    return coarse.repeat(8, axis=1).repeat(8, axis=2)


def test_folded_normalisation_is_not_trained() -> None:
    model = build_network("mobilenetv2", backbone_weights=None, side=32)
    trained = len(model.trainable_variables)
    keep_normalisation(model)
    assert len(model.trainable_variables) == trained - 2 * 52
    crops = np.random.default_rng(3).uniform(-1, 1, (2, 32, 32, 3)).astype(np.float32)
    before = [np.asarray(w) for w in model.non_trainable_weights]
    model.compile("sgd", "categorical_crossentropy")
    model.train_on_batch(crops, np.eye(5, dtype=np.float32)[:2])
    for old, new in zip(before, model.non_trainable_weights, strict=True):
        np.testing.assert_array_equal(old, np.asarray(new))


def test_renewed_normalisation_says_the_same_and_can_be_trained() -> None:
    model = build_network("mobilenetv2", backbone_weights=None, side=32)
    fill_from_onnx(model, find_model("mobilenetv2"))
    model.get_layer("dropout").rate = 0.0
    assert lacks_statistics(model)
    read = crops(48)
    trained = model(normalise(read), training=True)  # which moves the statistics a little
    before = model.predict_on_batch(normalise(read))
    assert np.abs(trained - before).max() > 0.03
    renew_normalisation(model, np.split(read, 3))
    assert not lacks_statistics(model)
    np.testing.assert_allclose(model.predict_on_batch(normalise(read)), before, atol=1e-5)
    np.testing.assert_allclose(model(normalise(read), training=True), before, atol=1e-3)
