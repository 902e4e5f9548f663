"""Pooling merged into convolutions: other nodes, the same outputs."""

from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from fer_video.engine.network.models import find_model
from fer_video.exporters.to_onnx.pooling import FEW_CHANNELS, merge_pooling


def outputs(proto: onnx.ModelProto, batch: NDArray[np.float32]) -> NDArray[np.float32]:
    session = ort.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    result: NDArray[np.float32] = session.run(None, {proto.graph.input[0].name: batch})[0]
    return result


def attributes(node: onnx.NodeProto) -> dict[str, Any]:
    return {a.name: helper.get_attribute_value(a) for a in node.attribute}


def block(channels: int = 3, kernel: int = 3, stride: int = 1, pool: int = 2) -> onnx.ModelProto:
    """Convolution with padding, ReLU, pooling; any size of picture."""
    rng = np.random.default_rng(4)
    values = {
        "kernel": rng.normal(0, 1, (5, channels, kernel, kernel)).astype(np.float32),
        "bias": rng.normal(0, 1, 5).astype(np.float32),
    }
    pads, steps = [kernel // 2] * 4, [stride] * 2
    nodes = [
        helper.make_node("Conv", ["x", "kernel", "bias"], ["c"], pads=pads, strides=steps),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("MaxPool", ["r"], ["y"], kernel_shape=[pool] * 2, strides=[pool] * 2),
    ]
    graph = helper.make_graph(
        nodes,
        "block",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", channels, "h", "w"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in values.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


@pytest.mark.parametrize("kernel", [1, 3, 5])
@pytest.mark.parametrize("size", [(8, 8), (9, 7), (2, 2), (31, 45)])
def test_merged_block_gives_what_it_gave(kernel: int, size: tuple[int, int]) -> None:
    batch = np.random.default_rng(1).normal(0, 1, (2, 3, *size)).astype(np.float32)
    merged = block(kernel=kernel)
    assert merge_pooling(merged) == 1
    assert {"strides": [2, 2]}.items() <= attributes(merged.graph.node[0]).items()
    np.testing.assert_allclose(outputs(merged, batch), outputs(block(kernel=kernel), batch), 1e-5)


@pytest.mark.parametrize(
    "other", [block(FEW_CHANNELS + 1), block(stride=2), block(pool=3)], ids=["many", "strided", "3"]
)
def test_other_blocks_stay_as_they_are(other: onnx.ModelProto) -> None:
    before = [node.SerializeToString() for node in other.graph.node]
    assert merge_pooling(other) == 0
    assert [node.SerializeToString() for node in other.graph.node] == before


def test_block_that_others_read_within_stays_as_it_is() -> None:
    proto = block()
    proto.graph.node.append(helper.make_node("Identity", ["c"], ["z"]))
    proto.graph.output.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, None))
    assert merge_pooling(proto) == 0


def test_the_shipped_cnn_has_two_such_blocks() -> None:
    batch = np.random.default_rng(2).uniform(-1, 1, (3, 3, 180, 180)).astype(np.float32)
    merged, plain = (onnx.load(find_model("cnn")) for _ in range(2))
    assert merge_pooling(merged) == 2
    np.testing.assert_allclose(outputs(merged, batch), outputs(plain, batch), atol=1e-5)
