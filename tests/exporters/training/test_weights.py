"""Weights from files that others made: no code of theirs runs, and what is wrong is one line."""

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py  # type: ignore[import-untyped]
import keras
import numpy as np
import pytest
from keras import layers

from fer_video.engine.errors import ModelError
from fer_video.exporters.detector.network.architecture import face_detector
from fer_video.exporters.detector.network.export import load_network
from fer_video.exporters.training import architectures
from fer_video.exporters.training.architectures import build_network, load_weights
from fer_video.exporters.training.weights import describe, read_weights
from tests.labelled_faces import damage, encrypt


@pytest.fixture(scope="module")
def cnn_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "cnn.keras"
    build_network("cnn").save(path)
    return path


@pytest.fixture
def file(cnn_file: Path, tmp_path: Path) -> Path:
    """A good file, to be spoilt."""
    return Path(shutil.copy(cnn_file, tmp_path))


def with_layer(layer: keras.layers.Layer) -> keras.Model:
    """The CNN with one layer more at its end."""
    cnn = build_network("cnn")
    return keras.Model(cnn.input, layer(cnn.output), name="cnn")


def rewrite(path: Path, member: str, content: bytes) -> None:
    """Put other content in place of a member of an archive."""
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, before in contents.items():
            archive.writestr(name, content if name == member else before)


def assert_refused(path: Path, said: str) -> None:
    with pytest.raises(ModelError, match=said) as raised:
        load_weights("cnn", path)
    line = str(raised.value)
    assert line.startswith(f"{path}: ")
    assert "\n" not in line


def test_weights_come_back_and_others_are_refused(file: Path) -> None:
    cnn = build_network("cnn")
    cnn.save(file)
    for one, other in zip(cnn.get_weights(), load_weights("cnn", file).get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(ModelError, match=r"cnn\.keras: holds cnn, not mobilenetv2"):
        load_weights("mobilenetv2", file)
    with pytest.raises(ModelError, match=r"cnn\.keras: holds cnn, not face_detector"):
        load_network(file)
    assert_refused(file.with_name("absent.keras"), "no such file")


def test_detectors_weights_come_back(tmp_path: Path) -> None:
    network = face_detector()
    network.save(tmp_path / "detector.keras")
    again = load_network(tmp_path / "detector.keras")
    for one, other in zip(network.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_mobilenet_comes_back_at_the_size_that_it_was_trained_at(tmp_path: Path) -> None:
    network = build_network("mobilenetv2", side=96, frozen="block_2_add")
    network.save(tmp_path / "small.keras")
    again = load_weights("mobilenetv2", tmp_path / "small.keras")
    assert describe(tmp_path / "small.keras").side == 96
    face = np.random.default_rng(1).uniform(-1, 1, (1, 96, 96, 3)).astype(np.float32)
    np.testing.assert_allclose(again(face), network(face), atol=1e-6)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.filterwarnings("ignore")
def test_code_in_a_file_is_not_run(suffix: str, tmp_path: Path) -> None:
    """A Lambda layer holds any Python function; in an .h5 file Keras once ran it unasked."""
    trace, path = tmp_path / "ran", tmp_path / f"cnn{suffix}"
    name = str(trace)
    # the function knows nothing but builtins where it would run
    code = layers.Lambda(lambda y: (__import__("pathlib").Path(name).write_text("ran"), y)[1])
    with_layer(code).save(path)
    trace.unlink(missing_ok=True)
    said = "has Lambda where cnn has nothing" if suffix == ".keras" else r"\.h5 file of a whole"
    assert_refused(path, said)
    with pytest.raises(ModelError):
        load_network(path)
    assert not trace.exists()


def test_unknown_layer_is_one_line(tmp_path: Path) -> None:
    @keras.saving.register_keras_serializable("elsewhere")
    class Mystery(layers.Layer):  # type: ignore[misc]
        def call(self, x: object) -> object:
            return x

    with_layer(Mystery()).save(tmp_path / "cnn.keras")
    keras.saving.get_custom_objects().clear()
    assert_refused(tmp_path / "cnn.keras", "has Mystery where cnn has nothing")


def test_layer_that_a_file_lacks_is_one_line(tmp_path: Path) -> None:
    cnn = build_network("cnn")
    keras.Model(cnn.input, cnn.get_layer("hidden").output, name="cnn").save(tmp_path / "cnn.keras")
    assert_refused(tmp_path / "cnn.keras", "has nothing where cnn has Dropout")


def test_weights_of_other_shapes_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(architectures, "_FILTERS", (8, 16, 32, 64, 96))
    build_network("cnn").save(tmp_path / "cnn.keras")
    monkeypatch.undo()
    assert_refused(tmp_path / "cnn.keras", "does not hold the weights of cnn")


@pytest.mark.filterwarnings("error::UserWarning")
def test_weights_that_a_file_lacks_are_one_line(file: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        weights = Path(archive.extract("model.weights.h5", tmp_path))
    with h5py.File(weights, "a") as stored:
        del stored["layers/conv2d"]
    rewrite(file, "model.weights.h5", weights.read_bytes())
    assert_refused(file, "does not hold the weights of cnn")


def test_weights_that_are_no_numbers_are_refused(file: Path) -> None:
    cnn = build_network("cnn")
    cnn.get_layer("hidden").bias.assign(np.full(128, np.nan))
    cnn.save(file)
    assert_refused(file, "holds weights that are no numbers")
    with pytest.raises(ModelError):
        read_weights(build_network("cnn"), file)


@pytest.mark.parametrize("spoil", [damage, encrypt])
@pytest.mark.parametrize("member", ["config.json", "model.weights.h5"])
def test_damaged_and_encrypted_files_are_one_line(
    spoil: Callable[[Path, str], None], member: str, file: Path
) -> None:
    spoil(file, member)
    assert_refused(file, r"cnn\.keras: (cannot be read|does not hold)")


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x89HDF\r\n\x1a\n"])
def test_files_of_another_kind_are_one_line(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "cnn.keras"
    path.write_bytes(content)
    assert_refused(path, "cannot be read as a .keras file")


@pytest.mark.parametrize("config", ["[]", "{}", '{"config": {"name": "cnn", "layers": []}}', "{"])
def test_descriptions_that_make_no_sense_are_one_line(config: str, tmp_path: Path) -> None:
    path = tmp_path / "cnn.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", config)
    assert_refused(path, "cannot be read as a .keras file")
