"""The two halves of a network give the scores of the whole, wherever it is cut."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from fer_video.engine.errors import ModelError
from fer_video.engine.network.card import ModelCard
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.network.feed import to_input
from fer_video.engine.network.graph import Graph
from fer_video.engine.network.models import find_model
from fer_video.engine.options.session import SessionOptions
from tests.media import photograph
from tests.networks import SIDE, classifier_card, write_classifier

CPU = SessionOptions(provider="cpu", threads=1)


def crops(card: ModelCard, count: int = 2) -> NDArray[Any]:
    """Different pictures, as a network reads them."""
    side = card.input_height
    pictures = [np.asarray(photograph(side, side, (90 + 40 * i, 150, 120))) for i in range(count)]
    return to_input(np.stack(pictures), card)


@pytest.mark.parametrize(
    ("model", "off"),
    [("cnn", 1e-6), ("mobilenetv2", 1e-6), ("cnn_int8", 1e-6), ("mobilenetv2_int8", 0.02)],
)
def test_halves_of_a_packaged_network_give_the_scores_of_the_whole(model: str, off: float) -> None:
    classifier = Classifier(model, CPU)
    batch, split = crops(classifier.card), classifier.split
    features = split.features(batch)
    assert features.shape[split.rows + 1 :] == (split.cells, split.cells)
    assert 180 // 16 <= split.cells < 22  # where things are is known to sixteen pixels, not eight
    assert features[0].size < batch[0].size / 5
    np.testing.assert_allclose(split.classify(features), classifier(batch), atol=off)


@pytest.mark.parametrize("batch", ["n", 1])
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_network_without_a_small_feature_map_is_not_cut(
    tmp_path: Path, layout: Any, batch: str | int
) -> None:
    path = write_classifier(tmp_path / "n.onnx", classifier_card(layout=layout), batch=batch)
    classifier = Classifier(path, CPU)
    taken = crops(classifier.card, 3)
    split = classifier.split
    assert split.cells == SIDE
    assert taken.shape[split.rows + 1] == taken.shape[split.rows + 2] == SIDE
    assert split.features(taken) is taken
    np.testing.assert_allclose(split.classify(taken), classifier(taken), atol=1e-6)


def test_value_that_something_goes_around_is_no_cut_point(tmp_path: Path) -> None:
    weights = np.zeros((3, 3, 1, 1), np.float32)
    nodes = [
        helper.make_node("Conv", ["face", "weights"], ["first"]),
        helper.make_node("Relu", ["first"], ["second"]),
        helper.make_node("Add", ["second", "first"], ["third"]),
        helper.make_node("Conv", ["third", "weights"], ["last"]),
    ]
    values = [
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", 3, 8, 8])
        for name in ("face", "last")
    ]
    constants = [numpy_helper.from_array(weights, "weights")]
    graph = helper.make_graph(nodes, "g", values[:1], values[1:], constants)
    path = tmp_path / "around.onnx"
    onnx.save(helper.make_model(graph), path)
    assert Graph(path).cut_points == ["first", "third", "last"]


def test_network_whose_nodes_have_bodies_is_not_cut(tmp_path: Path) -> None:
    shape: list[str | int | None] = ["n", 3, SIDE, SIDE]
    face = helper.make_tensor_value_info("face", onnx.TensorProto.FLOAT, shape)
    scores = helper.make_tensor_value_info("scores", onnx.TensorProto.FLOAT, shape)
    inner = [helper.make_tensor_value_info("inner", onnx.TensorProto.FLOAT, shape)]
    body = helper.make_graph([helper.make_node("Relu", ["face"], ["inner"])], "b", [], inner)
    choice = helper.make_node("If", ["yes"], ["chosen"], then_branch=body, else_branch=body)
    nodes = [choice, helper.make_node("Add", ["chosen", "face"], ["scores"])]
    constants = [numpy_helper.from_array(np.array(True), "yes")]
    graph = helper.make_graph(nodes, "g", [face], [scores], constants)
    onnx.save(helper.make_model(graph), tmp_path / "n.onnx")
    assert Graph(tmp_path / "n.onnx").cut_points == []


def test_network_whose_weights_lie_beside_it_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "n.onnx"
    model = onnx.load(find_model("cnn"))
    onnx.save(model, path, save_as_external_data=True, location="n.data")
    classifier = Classifier(path, CPU)
    batch, split = crops(classifier.card), classifier.split
    assert split.cells < 22
    np.testing.assert_allclose(split.classify(split.features(batch)), classifier(batch), atol=1e-6)


def test_file_of_an_older_format_whose_weights_are_inputs_too_is_cut(tmp_path: Path) -> None:
    model = onnx.load(find_model("cnn"))
    for weights in model.graph.initializer:
        value = helper.make_tensor_value_info(weights.name, weights.data_type, weights.dims)
        model.graph.input.append(value)
    model.ir_version = 3
    onnx.save(model, tmp_path / "n.onnx")
    classifier = Classifier(tmp_path / "n.onnx", CPU)
    batch, split = crops(classifier.card), classifier.split
    assert split.cells < 22
    np.testing.assert_allclose(split.classify(split.features(batch)), classifier(batch), atol=1e-6)


def test_file_that_is_no_network_is_named(tmp_path: Path) -> None:
    (tmp_path / "n.onnx").write_bytes(b"\xff" * 40)
    with pytest.raises(ModelError, match=r"n\.onnx: cannot be read as an ONNX model"):
        Graph(tmp_path / "n.onnx")
