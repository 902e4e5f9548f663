"""Weights of a network of some labels begin one of others: all but what the last layer lacks."""

import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from fer_video.engine.errors import ModelError
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.engine.network.models import find_model
from fer_video.exporters.training.architectures import HEAD, build_network, load_weights
from fer_video.exporters.training.shipped import fill_from_onnx
from fer_video.exporters.training.start import labels_of, take_weights, taken_over

OWN = ("happy", "bored", "angry")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a training of three labels leaves, as far as another begins with it."""
    folder = tmp_path_factory.mktemp("run")
    build_network("cnn", labels=len(OWN)).save(folder / "best.keras")
    (folder / "run.json").write_text(json.dumps({"recipe": {}, "history": [], "labels": OWN}))
    return folder


def body(model: keras.Model) -> list[np.ndarray]:
    layers = (layer for layer in model.layers if layer.name != HEAD)
    return [array for layer in layers for array in layer.get_weights()]


def column(model: keras.Model, place: int) -> np.ndarray:
    """What one label's score is computed with."""
    kernel, bias = model.get_layer(HEAD).get_weights()
    return np.append(kernel[:, place], bias[place])


def test_a_packaged_network_begins_one_of_other_labels() -> None:
    model, shipped = build_network("cnn", labels=len(OWN)), build_network("cnn")
    fresh = column(model, 1)
    take_weights(model, OWN, "cnn", find_model("cnn"))
    fill_from_onnx(shipped, find_model("cnn"))
    for one, other in zip(body(model), body(shipped), strict=True):
        np.testing.assert_array_equal(one, other)
    for place in (0, 2):
        np.testing.assert_array_equal(
            column(model, place), column(shipped, EXPRESSIONS.index(OWN[place]))
        )
    np.testing.assert_array_equal(column(model, 1), fresh)


def test_a_network_of_ones_own_begins_another(run: Path) -> None:
    weights, model = run / "best.keras", build_network("cnn")
    assert labels_of(weights) == OWN
    take_weights(model, EXPRESSIONS, "cnn", weights)
    before = load_weights("cnn", weights)
    assert before.output_shape == (None, 3)
    np.testing.assert_array_equal(column(model, EXPRESSIONS.index("happy")), column(before, 0))
    for one, other in zip(body(model), body(before), strict=True):
        np.testing.assert_array_equal(one, other)


def test_labels_of_another_training_are_told_from_the_weights_own(
    run: Path, tmp_path: Path
) -> None:
    weights = Path(shutil.copy(run / "best.keras", tmp_path))
    (tmp_path / "run.json").write_text('{"recipe": {}, "history": []}')
    with pytest.raises(ModelError, match=r"has 3 outputs, but its record has 5 labels; keep"):
        take_weights(build_network("cnn"), EXPRESSIONS, "cnn", weights)


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (EXPRESSIONS, ""),
        (EXPRESSIONS[::-1], ""),
        (OWN, "; the last layer is taken for happy, angry and new for bored"),
        (("keen", "bored"), "; the last layer is new for keen, bored"),
        (("happy", "angry"), "; the last layer is taken for happy, angry"),
    ],
)
def test_what_becomes_of_the_last_layer_is_told(labels: tuple[str, ...], told: str) -> None:
    assert taken_over(EXPRESSIONS, labels) == told
