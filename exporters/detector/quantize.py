"""An int8 version of the face detector, refused by the same measure as a classifier's."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx

from fer_video.engine.detect.stage import Detector
from fer_video.engine.errors import DataError
from fer_video.engine.faces.face import Face
from fer_video.engine.frames.frame import Plane
from fer_video.engine.frames.handovers import Batch
from fer_video.engine.network.card import ModelCard
from fer_video.engine.network.session import Session
from fer_video.engine.options.session import SessionOptions
from fer_video.exporters.detector.evaluation.evaluation import SIZES, load_detector, scenes
from fer_video.exporters.detector.evaluation.measures import measure_agreement
from fer_video.exporters.detector.network.export import normalise_luma, usual_size
from fer_video.exporters.detector.pictures import Labelled
from fer_video.exporters.evaluation.comparison import (
    Comparison,
    NetworkFigures,
    check_version,
    time_in_turns,
)
from fer_video.exporters.to_onnx.byte_input import as_channels, fold_luma
from fer_video.exporters.to_onnx.file import write
from fer_video.exporters.to_onnx.precision import prepare_graph, to_int8
from fer_video.exporters.to_onnx.quantize import quantized_card

CALIBRATION_PICTURES = 300
"""How many pictures of the training part the ranges of the activations come from."""
SAME_BOX_IOU = 0.6
"""Intersection over union from which two boxes are one."""

_MANY_CHANNELS = 16
"""Channels from which a plain convolution is faster in integers; with fewer, more is lost at its
borders than won."""
_SCORES = (0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)
_FOLLOWING = ("Add", "Relu", "Transpose", "Reshape")
_SETTINGS = {
    "input": "bytes, eight pixels as channels of one; levels are scaled in the first weights",
    "format": "QDQ",
    "activations": "uint8, a scale each tensor, from minimum and maximum",
    "weights": "int8, a scale each channel",
    "float32": f"all but the first convolution, plain ones of {_MANY_CHANNELS} channels and more, "
    "and their sums",
    "calibration pictures": CALIBRATION_PICTURES,
    "validation accuracy": f"faces found, of those and of false positives, held-out scenes at "
    f"{SIZES[0]} px, the mean over thresholds of {_SCORES[0]} to {_SCORES[-1]}",
    "labels": f"boxes of either that are boxes of both, IoU {SAME_BOX_IOU}",
}


def quantize_detector(source: Path, train: Labelled, valid: Labelled, output: Path) -> Comparison:
    """Make DETECTOR_int8.onnx with its card, unless it is slower or worse than the float network.

    Args:
        source: the float network, an .onnx file with a card.
        train: pictures to calibrate on.
        valid: pictures to measure on.
        output: the file to write or replace.

    Returns:
        What was measured.

    Raises:
        DataError: there is nothing to calibrate or to measure on.
        ModelError: the version is refused; nothing is written.
        OutputError: the folder cannot be written to.
    """
    float_card = Session(source, SessionOptions("cpu")).card
    assert float_card is not None
    card = replace(float_card, mean=0.0, scale=1.0)
    lumas = [p.luma for part in train for p in part.pictures]
    if not (lumas and scenes(valid)):
        raise DataError(
            "there is nothing to calibrate on, or no scenes are held out to measure on; give the "
            "data that the detector was trained from"
        )
    lumas = lumas[:: max(len(lumas) // CALIBRATION_PICTURES, 1)]
    with TemporaryDirectory() as folder:
        made = Path(folder) / output.name
        _convert(source, made, float_card, card, lumas)
        comparison = compare_detectors(source, made, valid)
        check_version(comparison, str(output))
        write(onnx.load(made), quantized_card(card, "int8", dict(_SETTINGS), comparison), output)
    return comparison


def _convert(
    source: Path, output: Path, float_card: ModelCard, card: ModelCard, lumas: Sequence[Plane]
) -> None:
    plain, ready = (output.with_suffix(f".{step}.onnx") for step in ("plain", "ready"))
    proto = onnx.load(source)
    fold_luma(proto, float_card)
    onnx.save(proto, plain)
    prepare_graph(plain, ready, card)
    to_int8(
        ready,
        output,
        (as_channels(usual_size(luma)[None, None]) for luma in lumas),
        in_float=_in_float(onnx.load(ready).graph),
        bytes_shape=("n", 1, "height", "width"),
    )


def _in_float(graph: onnx.GraphProto) -> list[str]:
    """Names of the nodes that stay in float."""
    sizes = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    integers, kept = set[str](), list[str]()
    for place, node in enumerate(graph.node):
        plain = node.op_type == "Conv" and _is_plain(sizes[node.input[1]])
        follows = node.op_type in _FOLLOWING and integers & set(node.input)
        if plain or follows or place == 0:
            integers.update(node.output)
        else:
            kept.append(node.name)
    return kept


def _is_plain(kernel: tuple[int, ...]) -> bool:
    """Neither depthwise nor pointwise: (filters, channels, height, width)."""
    return kernel[1] >= _MANY_CHANNELS and kernel[2] > 1


def compare_detectors(source: Path, version: Path, valid: Labelled) -> Comparison:
    """Measure a version and its original in one run, see `_SETTINGS` for what is measured."""
    files = (source, version)
    picture = usual_size(scenes(valid)[0].luma)[None, None]
    batches: list[Batch] = [normalise_luma(picture), picture]
    sessions = [Session(file, SessionOptions("cpu")) for file in files]
    times = time_in_turns(list(zip(sessions, batches, strict=True)))
    original, other = (
        NetworkFigures(time, _accuracy(file, valid), file.stat().st_size)
        for time, file in zip(times, files, strict=True)
    )
    detectors = [load_detector(str(file), SIZES[0]) for file in files]
    return Comparison(other, original, _shared(detectors, [p.luma for p in scenes(valid)]))


def _accuracy(file: Path, valid: Labelled) -> float:
    """The mean over thresholds: at a single one, two boxes more or less are half a point."""
    return float(np.mean([_accuracy_at(file, score, valid) for score in _SCORES]))


def _accuracy_at(file: Path, score: float, valid: Labelled) -> float:
    result = measure_agreement(load_detector(str(file), SIZES[0], score), scenes(valid), SIZES[0])
    return sum(result.found.values()) / (sum(result.faces.values()) + result.unmatched)


def _shared(detectors: Sequence[Detector], lumas: Sequence[Plane]) -> float:
    """Share of the boxes of either that both report."""
    boxes = shared = 0
    for luma in lumas:
        one, other = (detector(luma, full_range=True) for detector in detectors)
        both = sum(_among(face, other) for face in one)
        boxes, shared = boxes + len(one) + len(other) - both, shared + both
    return shared / max(boxes, 1)


def _among(face: Face, others: Sequence[Face]) -> bool:
    return any(face.box.iou(other.box) >= SAME_BOX_IOU for other in others)
