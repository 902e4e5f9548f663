"""A network's first blocks in a form that integer kernels are quick with; its outputs stay."""

from collections.abc import Mapping

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

FEW_CHANNELS = 8
"""Channels up to which a convolution in int8 fills neither vectors nor cache lines, and spends its
time on gathering them."""
_PLAIN = {"group": 1, "dilations": [1, 1], "strides": [1, 1], "auto_pad": b"NOTSET"}
_HALVING = {"kernel_shape": [2, 2], "strides": [2, 2]}


def merge_pooling(proto: onnx.ModelProto) -> int:
    """Turn convolution, ReLU and 2x2 maximum pooling into a convolution of stride 2 and a maximum.

    One convolution with a window larger by one gives the four values that were pooled as channels
    of their own: a quarter of the places, four times the channels. Where a convolution reads
    `FEW_CHANNELS` that halves its time in int8; what the graph computes stays the same. The maximum
    is a pooling over the four, laid side by side: ONNX Runtime has one for int8, channels last,
    where it would split and take maxima in float.

    Args:
        proto: changed in place.

    Returns:
        How many blocks were changed.
    """
    graph, changed = proto.graph, 0
    weights = {tensor.name: tensor for tensor in graph.initializer}
    for block in _blocks(graph, weights):
        _merge(graph, weights, *block)
        changed += 1
    del graph.value_info[:]  # shapes that hold no longer
    return changed


def _blocks(
    graph: onnx.GraphProto, weights: dict[str, TensorProto]
) -> list[tuple[NodeProto, NodeProto]]:
    """Convolution and pooling with a ReLU between, where each is read by the next alone."""
    found = []
    for conv in graph.node:
        relu = _only_reader(graph, conv)
        pool = None if relu is None else _only_reader(graph, relu)
        if relu is None or pool is None or (conv.op_type, relu.op_type) != ("Conv", "Relu"):
            continue
        few = conv.input[1] in weights and weights[conv.input[1]].dims[1] <= FEW_CHANNELS
        if few and _has(conv, _PLAIN) and pool.op_type == "MaxPool" and _has(pool, _HALVING):
            found.append((conv, pool))
    return found


def _only_reader(graph: onnx.GraphProto, node: NodeProto) -> NodeProto | None:
    readers = [other for other in graph.node if node.output[0] in other.input]
    return readers[0] if len(readers) == 1 else None


def _has(node: NodeProto, wanted: Mapping[str, object]) -> bool:
    """Attributes as wanted, ONNX's defaults counting as said, and a pooling without padding."""
    given = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    padded = (node.op_type == "MaxPool" and any(given.get("pads", ()))) or given.get("ceil_mode")
    return not padded and all(given.get(name, _PLAIN.get(name)) == wanted[name] for name in wanted)


def _merge(
    graph: onnx.GraphProto,
    weights: dict[str, TensorProto],
    conv: NodeProto,
    pool: NodeProto,
) -> None:
    kernel = numpy_helper.to_array(weights[conv.input[1]])
    filters, channels, height, width = kernel.shape
    wide = np.zeros((4, filters, channels, height + 1, width + 1), np.float32)
    for part, (y, x) in enumerate(np.ndindex(2, 2)):
        wide[part, :, :, y : y + height, x : x + width] = kernel
    wide = wide.reshape(4 * filters, channels, height + 1, width + 1)
    weights[conv.input[1]].CopyFrom(numpy_helper.from_array(wide, conv.input[1]))
    if len(conv.input) > 2:
        bias = np.tile(numpy_helper.to_array(weights[conv.input[2]]), 4)
        weights[conv.input[2]].CopyFrom(numpy_helper.from_array(bias, conv.input[2]))
    kept = [a for a in conv.attribute if a.name not in ("strides", "kernel_shape")]
    del conv.attribute[:]
    sizes = {"strides": [2, 2], "kernel_shape": [height + 1, width + 1]}
    conv.attribute.extend([*kept, *(helper.make_attribute(k, v) for k, v in sizes.items())])
    _pool_parts(graph, pool, filters)


def _pool_parts(graph: onnx.GraphProto, pool: NodeProto, filters: int) -> None:
    """(n, 4 filters, h, w) to (n, filters, h, w): each the largest of its four."""
    place, beside = list(graph.node).index(pool), f"{pool.output[0]}_parts"
    channels_to_width(graph, place, pool.input[0], beside, filters)
    pool.input[0] = beside
    del pool.attribute[:]
    for name in ("kernel_shape", "strides"):
        pool.attribute.append(helper.make_attribute(name, [1, 4]))


def channels_to_width(
    graph: onnx.GraphProto, place: int, source: str, target: str, channels: int
) -> None:
    """Make (n, channels, h, k w) of (n, k channels, h, w): the parts become pixels side by side.

    With channels last, as int8 is computed, that moves nothing.
    """
    shape = numpy_helper.from_array(np.array([0, 0, -1, channels]), f"{target}_shape")
    graph.initializer.append(shape)
    last, beside = f"{target}_last", f"{target}_beside"
    nodes = (
        helper.make_node("Transpose", [source], [last], perm=[0, 2, 3, 1]),
        helper.make_node("Reshape", [last, shape.name], [beside]),
        helper.make_node("Transpose", [beside], [target], perm=[0, 3, 1, 2]),
    )
    for step, node in enumerate(nodes):
        graph.node.insert(place + step, node)
