"""Both networks leave Keras unchanged, with their card inside; what differs is not written."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import onnx
import pytest

from fer_video.engine.errors import DataError, ModelError, OutputError
from fer_video.engine.network.card import CARD_KEY, ModelCard
from fer_video.engine.network.session import Session
from fer_video.engine.options.session import SessionOptions
from fer_video.exporters.to_onnx.cards import NETWORKS
from fer_video.exporters.to_onnx.convert import export
from fer_video.exporters.to_onnx.parity import (
    Parity,
    check_parity,
    crops_in,
    measure_parity,
    portrait_crops,
)
from fer_video.exporters.training.architectures import SIDE, build_network

CARD = ModelCard("net", "expressions", SIDE, SIDE, activation="sigmoid", figures={"made": 0.5})


@pytest.fixture(scope="module")
def cnn() -> keras.Model:
    keras.utils.set_random_seed(3)
    return build_network("cnn")


@pytest.fixture(scope="module")
def exported(cnn: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The CNN's file, alone in a folder with its card."""
    output = tmp_path_factory.mktemp("exported") / "cnn.onnx"
    export(cnn, CARD, portrait_crops(SIDE, 2), output)
    return output


@pytest.mark.parametrize("name", NETWORKS)
def test_export_gives_what_keras_gives(name: str, tmp_path: Path) -> None:
    keras.utils.set_random_seed(3)
    output = tmp_path / f"{name}.onnx"
    parity = export(build_network(name), CARD, portrait_crops(SIDE, 4), output)
    assert parity.difference < 1e-4
    assert parity.changed_labels == 0
    session = Session(output, SessionOptions("cpu"))
    for faces in (1, 3):
        (scores,) = session.run(np.zeros((faces, 3, SIDE, SIDE), np.float32))
        assert scores.shape == (faces, 5)


def test_weights_of_another_size_are_refused(tmp_path: Path) -> None:
    small = keras.Sequential([keras.Input((64, 64, 3)), keras.layers.Flatten()])
    with pytest.raises(ModelError, match="64 pixels, an early phase"):
        export(small, CARD, [], tmp_path / "net.onnx")


def test_planes_go_into_the_first_convolution_without_a_transposition(exported: Path) -> None:
    graph = onnx.load(exported).graph
    assert graph.node[0].op_type == "Conv"
    assert graph.node[0].input[0] == graph.input[0].name


def test_card_is_in_the_file_and_beside_it(exported: Path) -> None:
    card = Session(exported, SessionOptions("cpu")).card
    assert card is not None
    assert replace(card, figures=CARD.figures, tools={}) == CARD
    assert card.tools["opset"] == str(onnx.load(exported).opset_import[0].version)
    assert "made | 0.5" in exported.with_suffix(".md").read_text()
    assert sorted(path.name for path in exported.parent.iterdir()) == ["cnn.md", "cnn.onnx"]


def test_an_export_that_differs_is_not_written(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = onnx.load(exported)  # other weights
    monkeypatch.setattr("fer_video.exporters.to_onnx.convert.to_onnx", lambda _: broken)
    output = tmp_path / "cnn.onnx"
    output.write_bytes(b"what was there")
    with pytest.raises(ModelError, match=r"cnn\.onnx: not written, the export differs"):
        export(build_network("cnn"), CARD, portrait_crops(SIDE, 2), output)
    assert output.read_bytes() == b"what was there"
    assert list(tmp_path.iterdir()) == [output]


def test_a_changed_label_or_a_nan_is_enough_to_refuse() -> None:
    for parity in (Parity(4, 1e-6, 1), Parity(4, float("nan"), 0), Parity(4, 2e-4, 0)):
        with pytest.raises(ModelError):
            check_parity(parity, "net.onnx")
    check_parity(Parity(4, 1e-6, 0), "net.onnx")


def test_compare_measures_the_largest_difference(cnn: keras.Model, exported: Path) -> None:
    crops = portrait_crops(SIDE, 2)
    shifted = measure_parity(lambda batch: cnn(batch) + 0.01, exported.read_bytes(), crops)
    assert shifted.difference == pytest.approx(0.01, abs=1e-4)


def test_output_that_cannot_be_written_is_named(cnn: keras.Model, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cnn\.onnx: there is no folder"):
        export(cnn, CARD, portrait_crops(SIDE, 1), tmp_path / "absent" / "cnn.onnx")


def test_crops_for_parity_come_from_a_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="--crops"):
        crops_in(tmp_path, SIDE)
    keras.utils.save_img(tmp_path / "face.png", portrait_crops(64, 1)[0])
    (crop,) = crops_in(tmp_path, SIDE)
    assert crop.shape == (SIDE, SIDE, 3)


def test_metadata_holds_the_card_alone(exported: Path) -> None:
    assert [entry.key for entry in onnx.load(exported).metadata_props] == [CARD_KEY]
