"""Weights that the face detector's training begins with: a .keras file's, or an ONNX file's."""

from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import keras
import numpy as np
import onnx
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from onnx import GraphProto, numpy_helper

from fer_video.engine.errors import ModelError
from fer_video.exporters.training.weights import check_numbers, first_line, read_weights

_ADVICE = "give `detector`, or the float file of a detector that `fer-video train` trained"

_Key: TypeAlias = tuple[int, int, tuple[int, ...]]
"""Which convolution it is: how many lie before it, the longest way, and behind it, and the shape of
its kernel. The converter keeps neither names nor order, but these."""


class _Step(NamedTuple):
    """A node of the graph, or a layer of the network."""

    inputs: Sequence[Hashable]
    outputs: Sequence[Hashable]
    kernel: tuple[int, ...]
    """Shape of a convolution's kernel, as ONNX has it; empty for all else."""


class _Weights(NamedTuple):
    """A convolution's kernel, and what normalisation behind it became."""

    kernel: NDArray[np.float32]
    scale: NDArray[np.float32] | None
    offset: NDArray[np.float32]


def take_weights(network: keras.Model, weights: Path) -> None:
    """Fill a network with the weights of another that was trained.

    Args:
        network: of `face_detector`.
        weights: a .keras file, or a float .onnx file: the package's, or an exported one.

    Raises:
        ModelError: no such file, or one of another network.
    """
    if weights.suffix != ".onnx":
        read_weights(network, weights)
        return
    try:
        found = _weights_of(onnx.load(weights).graph)
        wanted = _layers_of(network)
        if found.keys() != wanted.keys():
            raise ValueError("its convolutions are others")
        for key, layer in wanted.items():
            _fill(network, layer, found[key])
    except (OSError, ValueError, LookupError, DecodeError) as error:
        raise ModelError(
            f"{weights}: does not hold the weights of {network.name} ({first_line(error)}); "
            f"{_ADVICE}"
        ) from error
    check_numbers(network, weights, _ADVICE)


def restore_statistics(network: keras.Model, canvases: NDArray[np.float32]) -> None:
    """Give batch normalisation the statistics of canvases; the network's outputs stay as they are.

    An ONNX file has them folded into its weights. Without them the first training steps, which
    normalise by those of their batch, would be another network's.

    Args:
        network: of `face_detector`.
        canvases: (N, H, W, 1) float32, as the network reads them.
    """
    layers = [x for x in network.layers if isinstance(x, keras.layers.BatchNormalization)]
    inputs = keras.Model(network.input, [layer.input for layer in layers])(canvases)
    for layer, values in zip(layers, map(np.asarray, inputs), strict=True):
        gamma, beta, mean, variance = layer.get_weights()
        scale = gamma / np.sqrt(variance + layer.epsilon)
        now, spread = values.mean((0, 1, 2)), values.var((0, 1, 2))
        gamma, beta = scale * np.sqrt(spread + layer.epsilon), beta + scale * (now - mean)
        layer.set_weights([gamma, beta, now, spread])


def _keys(steps: Sequence[_Step]) -> Iterator[_Key | None]:
    """For each step, in an order in which they can be computed; None where it is no convolution."""
    before, behind = dict[Hashable, int](), dict[Hashable, int]()
    for step in steps:
        passed = max((before.get(name, 0) for name in step.inputs), default=0)
        before.update(dict.fromkeys(step.outputs, passed + bool(step.kernel)))
    for step in reversed(steps):
        left = max(behind.get(name, 0) for name in step.outputs) + bool(step.kernel)
        behind.update({name: max(left, behind.get(name, 0)) for name in step.inputs})
    for step in steps:
        name = step.outputs[0]
        yield (before[name], behind.get(name, 0), step.kernel) if step.kernel else None


def _layers_of(network: keras.Model) -> dict[_Key, Any]:
    steps = [
        _Step([id(x) for x in _listed(layer.input)], [id(layer.output)], _kernel(layer))
        for layer in network.layers
    ]
    pairs = zip(_keys(steps), network.layers, strict=True)
    return {key: layer for key, layer in pairs if key is not None}


def _listed(tensors: Any) -> list[Any]:
    return tensors if isinstance(tensors, list) else [tensors]


def _kernel(layer: Any) -> tuple[int, ...]:
    if not isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D):
        return ()
    height, width, inputs, outputs = layer.kernel.shape
    return (inputs, outputs, height, width) if _is_deep(layer) else (outputs, inputs, height, width)


def _is_deep(layer: Any) -> bool:
    """It is depthwise: one filter a channel."""
    return isinstance(layer, keras.layers.DepthwiseConv2D)


def _weights_of(graph: GraphProto) -> dict[_Key, _Weights]:
    tensors = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    steps = [
        _Step(
            node.input, node.output, tensors[node.input[1]].shape if node.op_type == "Conv" else ()
        )
        for node in graph.node
    ]
    readers = {node.input[0]: node for node in graph.node}
    weights = dict[_Key, _Weights]()
    for key, node in zip(_keys(steps), graph.node, strict=True):
        if key is None:
            continue
        kernel, *offset = (tensors[name] for name in node.input[1:])
        if offset:
            weights[key] = _Weights(kernel, None, offset[0])
        else:  # a depthwise one, whose normalisation is not folded into the kernel
            scaled = readers[node.output[0]]
            shifted = readers[scaled.output[0]]
            both = (tensors[following.input[1]].ravel() for following in (scaled, shifted))
            weights[key] = _Weights(kernel, *both)
    return weights


def _fill(network: keras.Model, layer: Any, weights: _Weights) -> None:
    """A normalisation behind the layer gets mean 0 and, as what is divided by, 1."""
    kernel = weights.kernel.transpose((2, 3, 0, 1) if _is_deep(layer) else (2, 3, 1, 0))
    if layer.use_bias:
        layer.set_weights([kernel, weights.offset])
        return
    layer.set_weights([kernel])
    (normalisation,) = (x for x in network.layers if x.input is layer.output)
    ones = np.ones_like(weights.offset)
    scale = ones if weights.scale is None else weights.scale
    spread = ones * (1 - normalisation.epsilon)
    normalisation.set_weights([scale, weights.offset, 0 * ones, spread])
