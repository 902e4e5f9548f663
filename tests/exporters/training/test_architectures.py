"""The networks are the paper's, layer for layer."""

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from fer_video.engine.errors import ModelError
from fer_video.exporters.training.architectures import build_network


@pytest.fixture(scope="module")
def cnn() -> keras.Model:
    return build_network("cnn")


def test_cnn_has_the_papers_layers(cnn: keras.Model) -> None:
    kinds = [type(layer).__name__ for layer in cnn.layers]
    block = ["Conv2D", "MaxPooling2D"]
    assert kinds == ["InputLayer", *block * 5, "Flatten", "Dense", "Dropout", "Dense"]
    convolutions = [layer for layer in cnn.layers if isinstance(layer, layers.Conv2D)]
    assert [c.filters for c in convolutions] == [8, 16, 32, 64, 128]
    assert {c.kernel_size for c in convolutions} == {(5, 5)}
    assert {c.padding for c in convolutions} == {"same"}
    assert {c.activation.__name__ for c in convolutions} == {"relu"}
    hidden, dropout, scores = cnn.layers[-3:]
    assert (hidden.units, dropout.rate, scores.units) == (128, 0.5, 5)
    assert scores.activation.__name__ == "sigmoid"


def test_cnn_has_the_papers_input_and_size(cnn: keras.Model) -> None:
    assert cnn.input_shape == (None, 180, 180, 3)
    assert cnn.count_params() == 683_221


def test_bfloat16_changes_the_arithmetic_and_not_the_network(cnn: keras.Model) -> None:
    fast = build_network("cnn", "mixed_bfloat16")
    fast.set_weights(cnn.get_weights())
    faces = np.random.default_rng(0).uniform(-1, 1, (2, 180, 180, 3)).astype(np.float32)
    scores = np.asarray(fast(faces))
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, np.asarray(cnn(faces)), atol=0.02)


def test_mobilenet_ends_in_a_softmax_of_five() -> None:
    model = build_network("mobilenetv2")
    scores = np.asarray(model(np.zeros((1, 180, 180, 3), np.float32)))
    assert scores.shape == (1, 5)
    assert scores.sum() == pytest.approx(1, abs=1e-5)
    assert model.get_layer("backbone").count_params() == 2_257_984


def test_backbone_weights_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no\.h5.*--backbone-weights"):
        build_network("mobilenetv2", backbone_weights=tmp_path / "no.h5")


@pytest.mark.parametrize("name", ["text.h5", "text.txt", "text.keras", "other.weights.h5"])
def test_backbone_weights_of_another_kind_are_one_line(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.startswith("other"):
        keras.Sequential([keras.Input((3,)), layers.Dense(2)]).save_weights(path)
    else:
        path.write_text("no weights")
    with pytest.raises(ModelError, match=name) as raised:
        build_network("mobilenetv2", backbone_weights=path)
    assert "\n" not in str(raised.value)


@pytest.mark.filterwarnings("error")
def test_download_that_fails_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Keras writes a warning about sizes, too, and of the download on stdout."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with pytest.raises(ModelError, match=r"imagenet: cannot be had .*--backbone-weights") as raised:
        build_network("mobilenetv2", backbone_weights="imagenet")
    assert "\n" not in str(raised.value)
    assert not capsys.readouterr().out


def test_backbone_policy_leaves_the_global_one_alone() -> None:
    before = keras.config.dtype_policy().name
    build_network("mobilenetv2", "mixed_bfloat16")
    assert keras.config.dtype_policy().name == before
