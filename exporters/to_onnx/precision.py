"""A float32 ONNX network in int8 or float16, by ONNX Runtime's own tools."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from onnxruntime.transformers.float16 import convert_float_to_float16

from fer_video.engine.network.card import CARD_KEY, ModelCard
from fer_video.exporters.to_onnx.byte_input import ZERO, accept_bytes

_HEAD = 2
"""Number of nodes at the end that stay float32: the logits, whose finest differences decide a
label, and what makes scores of them. They take next to no time."""


def prepare_graph(source: Path, output: Path, card: ModelCard) -> None:
    """Fold and shape-infer a network as ONNX Runtime advises, with names for all nodes."""
    quant_pre_process(source, output, skip_symbolic_shape=True)  # symbolic is for transformers
    proto = onnx.load(output)
    for number, node in enumerate(proto.graph.node):
        node.name = f"{number}_{node.op_type}"  # nodes are excluded by name, and may have none
    used = {node.domain for node in proto.graph.node}
    for opset in [opset for opset in proto.opset_import if opset.domain not in used]:
        proto.opset_import.remove(opset)  # the optimiser declares every domain that it knows
    notes = {note.key: note.value for note in proto.metadata_props}
    onnx.helper.set_model_props(proto, notes | {CARD_KEY: card.to_json()})
    onnx.save(proto, output)


def to_int8(
    source: Path,
    output: Path,
    batches: Iterator[NDArray[np.float32]],
    in_float: Sequence[str] | None = None,
    *,
    bytes_shape: Sequence[int | str] = (),
) -> None:
    """Quantise statically: convolutions and layers compute in integers.

    Unsigned activations with signed weights are what the CPU's instructions multiply. Their sums
    overflow on x86 without VNNI, unless ONNX Runtime is told to be precise there, as `Session`
    tells it.

    Args:
        source: what `prepare_graph` wrote.
        output: the file to write.
        batches: each (1, ...) float32 as the network reads it, to calibrate on.
        in_float: names of the nodes that stay in float; None for a classifier's: the last layer,
            and the first block unless it reads bytes.
        bytes_shape: of the input of a folded network, see `accept_bytes`; () for any other.
    """
    graph = onnx.load(source).graph
    face = graph.input[0].name
    if in_float is None:
        in_float = [*([] if bytes_shape else _stem(graph)), *_head(graph)]
    exact = {"scale": np.array(1, np.float32), "zero_point": np.array(ZERO, np.uint8)}
    quantize_static(
        source,
        output,
        _Calibration(face, batches),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
        nodes_to_exclude=list(in_float),
        extra_options={"TensorQuantOverrides": {face: [exact]} if bytes_shape else {}},
    )
    if bytes_shape:
        proto = onnx.load(output)
        accept_bytes(proto, bytes_shape)
        onnx.save(proto, output)


def to_fp16(source: Path, output: Path) -> None:
    """Turn weights and graph, all but the last layer, to float16.

    Args:
        source: what `prepare_graph` wrote.
        output: the file to write; its input and outputs stay float32.
    """
    proto = onnx.load(source)
    head = _head(proto.graph)
    onnx.save(convert_float_to_float16(proto, keep_io_types=True, node_block_list=head), output)


@dataclass(frozen=True, slots=True)
class _Calibration:
    """What ONNX Runtime reads its batches from."""

    input_name: str
    """Name of the network's input."""
    batches: Iterator[NDArray[np.float32]]
    """What is still to be read, each (1, ...) float32."""

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        """The next batch; None after the last."""
        batch = next(self.batches, None)
        return None if batch is None else {self.input_name: batch}


def _stem(graph: onnx.GraphProto) -> list[str]:
    """The first block: nodes up to the first pointwise convolution behind a depthwise one, or,
    without such, before the second convolution.

    There the channels are few, so that integers gain no time, and of a separable network their
    ranges are far apart, so that one scale for all is coarse.
    """
    groups = [_groups(node) for node in graph.node]
    convolutions = [i for i, count in enumerate(groups) if count]
    depthwise = next((i for i in convolutions if groups[i] > 1), None)
    if depthwise is None:
        end = convolutions[1] if len(convolutions) > 1 else 0
    else:
        end = next((i for i in convolutions if i > depthwise and groups[i] == 1), -1) + 1
    return [node.name for node in graph.node[:end]]


def _groups(node: onnx.NodeProto) -> int:
    """0 of what is no convolution."""
    if node.op_type != "Conv":
        return 0
    return next((int(a.i) for a in node.attribute if a.name == "group"), 1)


def _head(graph: onnx.GraphProto) -> list[str]:
    return [node.name for node in graph.node[-_HEAD:]]
