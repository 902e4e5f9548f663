"""Teachers read the very crops that a network learns from."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from fer_video.engine.errors import ModelError
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.engine.network.models import find_model
from fer_video.exporters.augment.faces import normalise
from fer_video.exporters.data.images import resize
from fer_video.exporters.training.architectures import SIDE, build_network
from fer_video.exporters.training.shipped import fill_from_onnx
from fer_video.exporters.training.start import card_in
from fer_video.exporters.training.teachers.teaching import Teacher, load_teacher, with_teachers

RNG = np.random.default_rng(3)
CROPS = RNG.integers(0, 256, (4, SIDE, SIDE, 3), np.uint8)


@pytest.fixture(scope="module")
def teacher() -> Teacher:
    return load_teacher(find_model("cnn"), EXPRESSIONS)


def test_a_teacher_of_the_engine_says_what_keras_says_as_sure_as_its_card(teacher: Teacher) -> None:
    model = build_network("cnn")
    fill_from_onnx(model, find_model("cnn"))
    scores, card = model.predict_on_batch(normalise(CROPS)), card_in(find_model("cnn"))
    assert card is not None
    assert card.temperature != 1
    odds = (scores / (1 - scores)) ** (1 / card.temperature)
    np.testing.assert_allclose(teacher(CROPS), odds / odds.sum(1, keepdims=True), atol=1e-4)


def test_a_teacher_may_be_quantized_and_read_crops_of_another_size() -> None:
    quantized = load_teacher(find_model("mobilenetv2_int8"), EXPRESSIONS)
    said = quantized(RNG.integers(0, 256, (3, 64, 64, 3), np.uint8))
    assert said.shape == (3, 5)
    np.testing.assert_allclose(said.sum(axis=1), 1, atol=1e-5)


def test_targets_are_mixed_with_what_teachers_say_of_the_crops(teacher: Teacher) -> None:
    flat, unlabelled, happy = np.full(5, 0.2), np.full(5, np.nan), np.eye(5)[2]
    targets = np.array([flat, unlabelled, happy, happy], np.float32)
    other = np.eye(5, dtype=np.float32)[[4] * len(CROPS)]
    said = (teacher(CROPS) + other) / 2
    mixed = with_teachers(CROPS, targets, [teacher, lambda _: other], 0.25)
    np.testing.assert_allclose(mixed[0], flat)
    np.testing.assert_allclose(mixed[1], said[1], atol=1e-6)
    np.testing.assert_allclose(mixed[2:], 0.75 * targets[2:] + 0.25 * said[2:], atol=1e-6)


def test_a_teacher_that_was_trained_here_is_taken_from_its_folder(tmp_path: Path) -> None:
    keras.utils.set_random_seed(1)
    model = build_network("teacher", side=48)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):  # else it says a fifth of everything
            layer.moving_variance.assign(0.03 * layer.moving_variance)
    model.save(tmp_path / "best.keras")
    record = {"recipe": {}, "history": [], "labels": EXPRESSIONS, "temperature": 0.5}
    (tmp_path / "run.json").write_text(json.dumps(record))
    teacher = load_teacher(tmp_path / "best.keras", EXPRESSIONS)
    crops = CROPS[:, :48, :48]
    expected = keras.ops.softmax(2 * np.log(model.predict_on_batch(normalise(crops))))
    assert np.ptp(expected) > 0.1
    np.testing.assert_allclose(teacher(crops), expected, atol=1e-5)
    resized = np.stack([resize(crop, 48) for crop in CROPS])
    np.testing.assert_allclose(teacher(CROPS), teacher(resized), atol=1e-5)


def test_a_teacher_of_other_labels_is_refused() -> None:
    with pytest.raises(ModelError, match=r"teacher cnn: reads angry, .* knows all of happy, sad"):
        load_teacher(find_model("cnn"), ("happy", "sad"))
