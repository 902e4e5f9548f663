"""Networks that read a picture's bytes as they are: what was done to them goes into the weights.

Convolutions in int8 are quick where the channels come in fours, since ONNX Runtime's kernels fetch
four bytes at a time, and quicker still by eight. So crops have four bytes a pixel, of which two
that lie side by side count as one of eight channels, and so do eight pixels of a luma plane: the
same bytes, called otherwise.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from fer_video.engine.network.card import ModelCard
from fer_video.exporters.to_onnx.pooling import channels_to_width

ZERO = 128
"""Zero point of the input's bytes: the grey level that is 0 in the network."""
CHANNELS = 8
"""Channels that a folded network reads: bytes that lie side by side."""
_PLAIN: dict[str, Any] = {
    "group": 1,
    "dilations": [1, 1],
    "auto_pad": b"NOTSET",
    "pads": [0, 0, 0, 0],
    "strides": [1, 1],
    "kernel_shape": [1, 1],
}
"""Attributes of a convolution that does not say otherwise."""
_BYTES = 4
"""Bytes of a pixel of a crop: three colours and one that is not read."""


def fold_input(proto: ModelProto, card: ModelCard) -> bool:
    """Have the first convolution read pairs of pixels, in grey levels less `ZERO`.

    Args:
        proto: a float classifier with planes as its input; changed in place.
        card: how it is fed.

    Returns:
        Whether it could be done: it takes a first convolution of 2-pixel steps.
    """
    (face,), conv = proto.graph.input, proto.graph.node[0]
    sizes = _PLAIN | {a.name: helper.get_attribute_value(a) for a in conv.attribute}
    if not (_reads_planes(proto, conv, card) and _steps_by_pairs(sizes, card)):
        return False
    top, left, bottom, right = sizes["pads"]
    kernel, bias = _in_levels(proto, conv, card)
    if card.colour == "BGR":
        kernel = kernel[:, ::-1]
    filters, colours, height, width = kernel.shape
    wide = np.zeros((filters, _BYTES, height, width), np.float32)
    wide[:, :colours] = kernel
    wide = wide.reshape(filters, _BYTES, height, width // 2, 2).transpose(0, 4, 1, 2, 3)
    wide = wide.reshape(filters, CHANNELS, height, width // 2)
    _set(proto, conv, wide, bias, strides=[2, 1], pads=[top, left // 2, bottom, right // 2])
    sides = (CHANNELS, card.input_height, card.input_width // 2)
    for dimension, size in zip(face.type.tensor_type.shape.dim[1:], sides, strict=True):
        dimension.dim_value = size
    return True


def _reads_planes(proto: ModelProto, conv: NodeProto, card: ModelCard) -> bool:
    """It is a convolution of the input with constant weights and a bias."""
    constants = {tensor.name for tensor in proto.graph.initializer}
    reads = conv.op_type == "Conv" and conv.input[0] == proto.graph.input[0].name
    weighted = len(conv.input) == 3 and constants.issuperset(conv.input[1:])
    return reads and weighted and card.layout == "NCHW"


def _steps_by_pairs(sizes: dict[str, Any], card: ModelCard) -> bool:
    """Every pixel that it reads has its neighbour in the same pair, the border's alike."""
    plain = all(sizes[name] == _PLAIN[name] for name in ("group", "dilations", "auto_pad"))
    _, left, _, right = sizes["pads"]
    even = not any(n % 2 for n in (left, right, sizes["kernel_shape"][1], card.input_width))
    zeros = all(abs(ZERO - mean) <= 1 for mean in card.channel_means)  # stand for these levels
    alike = not any(sizes["pads"]) or zeros
    return plain and even and alike and sizes["strides"] == [2, 2]


def fold_luma(proto: ModelProto, card: ModelCard) -> None:
    """Have a detector's first convolution read eight pixels at once, in grey levels less `ZERO`.

    For eight pixels it gives four places, the filters of one behind those of the other, which are
    then laid side by side.

    Args:
        proto: begins with a convolution of 3x3 pixels and steps of two on a plane, and a ReLU.
        card: how it is fed.
    """
    graph, (luma,) = proto.graph, proto.graph.input
    conv = next(node for node in graph.node if node.op_type == "Conv")
    for node in list(graph.node)[: list(graph.node).index(conv)]:
        graph.node.remove(node)  # what made a plane of a plane
    conv.input[0] = luma.name
    kernel, bias = _in_levels(proto, conv, card)
    filters, _, height, width = kernel.shape
    places = CHANNELS // 2
    wide = np.zeros((places, filters, height, 2 * CHANNELS), np.float32)
    for place in range(places):
        wide[place, :, :, 2 * place : 2 * place + width] = kernel[:, 0]
    wide = wide.reshape(places * filters, height, 2, CHANNELS).transpose(0, 3, 1, 2)
    _set(proto, conv, wide, np.tile(bias, places), strides=[2, 1], pads=[0, 0, 1, 1])
    relu = next(node for node in graph.node if conv.output[0] in node.input)
    ends = list(relu.output)
    relu.output[:] = ["places"]
    channels_to_width(graph, list(graph.node).index(relu) + 1, "places", ends[0], filters)
    luma.type.tensor_type.shape.dim[1].dim_value = CHANNELS


def _in_levels(
    proto: ModelProto, conv: NodeProto, card: ModelCard
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Kernel and bias for x = (level - mean) * scale, as for level - ZERO."""
    weights = {tensor.name: tensor for tensor in proto.graph.initializer}
    kernel, bias = (numpy_helper.to_array(weights[name]) for name in conv.input[1:3])
    channels = kernel.shape[1]
    scales, means = (
        np.array(values[:channels], np.float32)
        for values in (card.channel_scales, card.channel_means)
    )
    kernel = kernel * scales[:, np.newaxis, np.newaxis]
    return kernel, bias + kernel.sum(axis=(2, 3)) @ (np.float32(ZERO) - means)


def _set(
    proto: ModelProto,
    conv: NodeProto,
    kernel: NDArray[np.float32],
    bias: NDArray[np.float32],
    **sizes: list[int],
) -> None:
    weights = {tensor.name: tensor for tensor in proto.graph.initializer}
    for name, value in zip(conv.input[1:], (kernel, bias), strict=True):
        weights[name].CopyFrom(numpy_helper.from_array(np.ascontiguousarray(value), name))
    del conv.attribute[:]
    for name, size in {**sizes, "kernel_shape": list(kernel.shape[2:])}.items():
        conv.attribute.append(helper.make_attribute(name, size))
    del proto.graph.value_info[:]  # shapes that hold no longer


def as_channels(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Bytes as a folded float network reads them.

    Args:
        pictures: (n, H, W, 4) uint8 RGBX, or (n, 1, H, W) uint8 luma; full range, each row of a
            multiple of eight bytes.

    Returns:
        (n, 8, H, columns of eight bytes) float32.
    """
    rows = pictures.shape[1 if pictures.shape[3] == _BYTES else 2]
    levels = pictures.reshape(len(pictures), rows, -1, CHANNELS).astype(np.float32) - ZERO
    return np.ascontiguousarray(levels.transpose(0, 3, 1, 2))


def accept_bytes(proto: ModelProto, shape: Sequence[int | str]) -> None:
    """Put bytes in place of what a quantised, folded network makes of its float input.

    Args:
        proto: its input is quantised by scale 1 and zero point `ZERO`; changed in place.
        shape: of the new input, uint8: (n, side, side, 4) or (n, 1, height, width).
    """
    graph, (picture,) = proto.graph, proto.graph.input
    (quantise,) = (node for node in graph.node if picture.name in node.input)
    assert quantise.op_type == "QuantizeLinear"
    graph.node.remove(quantise)
    together = numpy_helper.from_array(np.array([0, 0, -1, CHANNELS]), "together")
    graph.initializer.append(together)
    nodes, rows = list[NodeProto](), picture.name
    if shape[1] == 1:
        rows = "rows"
        nodes.append(helper.make_node("Transpose", [picture.name], [rows], perm=[0, 2, 3, 1]))
    nodes.append(helper.make_node("Reshape", [rows, together.name], ["pixels"]))
    nodes.append(helper.make_node("Transpose", ["pixels"], quantise.output, perm=[0, 3, 1, 2]))
    for place, node in enumerate(nodes):
        graph.node.insert(place, node)
    picture.CopyFrom(helper.make_tensor_value_info(picture.name, TensorProto.UINT8, shape))
