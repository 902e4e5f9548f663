"""Networks that read bytes: the same outputs as from planes of floats."""

from typing import Literal

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper
from onnxruntime import InferenceSession

from fer_video.engine.network.card import ModelCard
from fer_video.engine.network.feed import to_input
from fer_video.engine.network.models import find_model
from fer_video.engine.network.session import Session
from fer_video.engine.options.session import SessionOptions
from fer_video.exporters.to_onnx.byte_input import accept_bytes, as_channels, fold_input, fold_luma
from fer_video.exporters.to_onnx.pooling import merge_pooling

RNG = np.random.default_rng(3)


def outputs(
    proto: onnx.ModelProto, batch: NDArray[np.float32 | np.uint8]
) -> list[NDArray[np.float32]]:
    session = InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    results: list[NDArray[np.float32]] = session.run(None, {proto.graph.input[0].name: batch})
    return results


def blocks(*shape: int) -> NDArray[np.uint8]:
    """Noise as coarse as what a face shows."""
    return RNG.integers(0, 256, shape, np.uint8).repeat(12, 1).repeat(12, 2)


@pytest.mark.parametrize("colour", ["RGB", "BGR"])
def test_the_cnn_reads_of_bytes_what_it_read_of_floats(colour: Literal["RGB", "BGR"]) -> None:
    plain, folded = (onnx.load(find_model("cnn")) for _ in range(2))
    crops = blocks(3, 15, 15, 4)
    card = ModelCard("net", "expressions", 180, 180, colour=colour)
    merge_pooling(folded)
    assert fold_input(folded, card)
    expected = outputs(plain, to_input(crops, card))[0]
    np.testing.assert_allclose(outputs(folded, as_channels(crops))[0], expected, atol=0.003)


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_an_input_that_is_not_read_in_steps_of_two_pixels_stays(
    layout: Literal["NCHW", "NHWC"],
) -> None:
    proto = onnx.load(find_model("cnn"))
    if layout == "NHWC":
        merge_pooling(proto)
    before = proto.SerializeToString()
    assert not fold_input(proto, ModelCard("net", "expressions", 8, 8, layout))
    assert proto.SerializeToString() == before


def test_the_detector_reads_of_bytes_what_it_read_of_floats() -> None:
    plain, folded = (onnx.load(find_model("detector")) for _ in range(2))
    card = Session(find_model("detector"), SessionOptions("cpu")).card
    assert card is not None
    fold_luma(folded, card)
    luma = blocks(2, 16, 24, 1)[..., 0][:, None]
    expected = outputs(
        plain, (luma - np.float32(card.channel_means[0])) * np.float32(card.channel_scales[0])
    )
    for found, wanted in zip(outputs(folded, as_channels(luma)), expected, strict=True):
        np.testing.assert_allclose(found, wanted, atol=0.05)
        assert np.abs(found - wanted).mean() < 0.005


@pytest.mark.parametrize("shape", [("n", 24, 24, 4), ("n", 1, "height", "width")])
def test_bytes_come_in_where_floats_were_quantised(shape: tuple[int | str, ...]) -> None:
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "scale", "zero"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "scale", "zero"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "levels",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 8, "h", "w"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 8, "h", "w"])],
        [
            helper.make_tensor("scale", TensorProto.FLOAT, [], [1]),
            helper.make_tensor("zero", TensorProto.UINT8, [], [128]),
        ],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    pictures = blocks(2, 2, 2, 4) if shape[3] == 4 else blocks(2, 2, 2, 1)[..., 0][:, None]
    (expected,) = outputs(proto, as_channels(pictures))
    accept_bytes(proto, shape)
    onnx.checker.check_model(proto)
    np.testing.assert_array_equal(outputs(proto, pictures)[0], expected)
