"""The weights of a float ONNX file of one of the two networks, to train on from."""

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import onnx
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from onnx import numpy_helper

from fer_video.engine.errors import ModelError
from fer_video.exporters.training.normalisation import layers_of
from fer_video.exporters.training.weights import check_numbers, first_line

_ADVICE = "give a float network of its kind"
_WITH_WEIGHTS = ("Conv", "MatMul", "Mul", "Add")


class _Step(NamedTuple):
    """A node of the graph that computes with weights."""

    kind: str
    arrays: list[NDArray[np.float32]]


def fill_from_onnx(model: keras.Model, path: Path) -> None:
    """Give a network the weights of an ONNX file that was made of its like.

    Both are chains of layers, so that the first convolution of the one is the first of the other.
    The file has batch normalisation folded into a scale and an offset, which the network's gets.
    Its statistics are gone: train on with `keep_normalisation` or `renew_normalisation`.

    Args:
        model: of `build_network`, of any dtype policy.
        path: a float .onnx file: the package's, or one that `fer-video export` wrote.

    Raises:
        ModelError: it is no ONNX file, or one of another network.
    """
    try:
        steps = deque(_steps(onnx.load(path).graph))
        for layer in layers_of(model):
            if layer.weights:
                layer.set_weights(_take(layer, steps))
        if steps:
            raise ValueError(f"{len(steps)} of its nodes are of no layer")
    except (OSError, ValueError, TypeError, IndexError, DecodeError) as error:
        raise ModelError(
            f"{path}: does not hold the weights of {model.name} ({first_line(error)}); {_ADVICE}"
        ) from error
    check_numbers(model, path, _ADVICE)


def _steps(graph: onnx.GraphProto) -> Iterator[_Step]:
    tensors = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    for node in graph.node:
        arrays = [tensors[name] for name in node.input if name in tensors]
        if node.op_type in _WITH_WEIGHTS and arrays:
            yield _Step(node.op_type, arrays)


def _take(layer: Any, steps: deque[_Step]) -> list[NDArray[np.float32]]:
    """The next weights, as the layer has them."""
    match layer:
        case keras.layers.BatchNormalization():
            return _normalisation(layer, steps)
        case keras.layers.Dense():
            return [_next(steps, "MatMul")[0], _next(steps, "Add")[0].ravel()]
        case keras.layers.DepthwiseConv2D():
            (kernel, *offset) = _next(steps, "Conv")
            shaped = kernel.transpose(2, 3, 0, 1)
        case _:
            (kernel, *offset) = _next(steps, "Conv")
            shaped = kernel.transpose(2, 3, 1, 0)
    if layer.use_bias:
        return [shaped, *offset]
    if offset:  # of the normalisation behind it
        steps.appendleft(_Step("Add", offset))
    return [shaped]


def _next(steps: deque[_Step], kind: str) -> list[NDArray[np.float32]]:
    if not steps:
        raise ValueError(f"it ends before a {kind} in float")
    step = steps.popleft()
    if step.kind != kind:
        raise ValueError(f"a {step.kind} is where a {kind} should be")
    return step.arrays


def _normalisation(layer: Any, steps: deque[_Step]) -> list[NDArray[np.float32]]:
    """Scale, offset, mean 0 and the variance that is divided by as 1."""
    scale = _next(steps, "Mul")[0].ravel() if steps and steps[0].kind == "Mul" else None
    offset = _next(steps, "Add")[0].ravel()
    scale = np.ones_like(offset) if scale is None else scale
    return [scale, offset, np.zeros_like(offset), np.full_like(offset, 1 - layer.epsilon)]
