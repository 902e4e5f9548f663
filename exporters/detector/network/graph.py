"""The detector's graph without the shapes that TensorFlow works out as it runs; same outputs."""

from collections.abc import Iterator

import numpy as np
from onnx import GraphProto, ModelProto, NodeProto, helper, numpy_helper

from fer_video.exporters.detector.network.architecture import CHANNELS

_MOVING = {"Reshape", "Tile", "Transpose", "Unsqueeze"}
"""What the converter makes of nearest-neighbour upsampling by two, besides working out shapes."""
_TO_PLANES = [0, 3, 1, 2]


def simplify(proto: ModelProto) -> None:
    """Say in one node each what the converter says in twenty: a tenth of the detector's time.

    Upsampling becomes `Resize`, and the grids' cells are counted by `Reshape` itself.

    Args:
        proto: a converted `architecture.deployed`; changed in place.
    """
    graph = proto.graph
    made = {output: node for node in graph.node for output in node.output}
    scales = numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "twice")
    cells = numpy_helper.from_array(np.array([0, -1, CHANNELS], np.int64), "cells")
    graph.initializer.extend([scales, cells])
    for node in list(graph.node):
        source = _upsampled(node, made)
        if source is not None:
            nearest = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
            resize = helper.make_node(
                "Resize", [source, "", scales.name], node.output, mode="nearest", **nearest
            )
            node.CopyFrom(resize)
        elif node.op_type == "Reshape" and node.input[1] in made:
            node.input[1] = cells.name
    _prune(graph)


def _upsampled(node: NodeProto, made: dict[str, NodeProto]) -> str | None:
    """What a node gives at twice its height and width, if it does."""
    if node.op_type != "Transpose" or list(node.attribute[0].ints) != _TO_PLANES:
        return None
    name, tiles = node.input[0], 0
    while name in made and made[name].op_type in _MOVING:
        tiles += made[name].op_type == "Tile"
        name = made[name].input[0]
    return name if tiles == 2 else None


def _prune(graph: GraphProto) -> None:
    """Drop nodes and constants that no output needs."""
    needed = {output.name for output in graph.output}
    kept = list(_needed(graph, needed))
    del graph.node[:]
    graph.node.extend(reversed(kept))
    constants = [constant for constant in graph.initializer if constant.name in needed]
    del graph.initializer[:]
    graph.initializer.extend(constants)


def _needed(graph: GraphProto, needed: set[str]) -> Iterator[NodeProto]:
    """From the last to the first; fills in what they need themselves."""
    for node in reversed(graph.node):
        if needed & set(node.output):
            needed.update(node.input)
            yield node
