"""int8 and fp16 versions of a float classifier; those that are slower or worse are not written.

Needs the package onnx, but no TensorFlow.
"""

import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from fer_video.engine.errors import DataError, ModelError
from fer_video.engine.network.card import ModelCard
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.network.feed import to_input
from fer_video.engine.network.models import find_model
from fer_video.engine.options.session import SessionOptions
from fer_video.exporters.data.atomic import make_folder
from fer_video.exporters.data.datasets import Image
from fer_video.exporters.data.images import resize
from fer_video.exporters.evaluation.comparison import (
    ROUNDS,
    Comparison,
    check_version,
    compare_versions,
)
from fer_video.exporters.to_onnx.byte_input import as_channels, fold_input
from fer_video.exporters.to_onnx.file import write
from fer_video.exporters.to_onnx.pooling import merge_pooling
from fer_video.exporters.to_onnx.precision import prepare_graph, to_fp16, to_int8
from fer_video.exporters.training.batches import sample_indices
from fer_video.exporters.training.preparation import PreparedDataset
from fer_video.exporters.training.record import tool_versions

PRECISIONS = ("int8", "fp16")
SEED = 1
"""Seed that chooses the calibration faces and, as in training, the validation faces."""
CALIBRATION_FACES = 300
"""How many faces, equally of each class, the ranges of the activations come from."""

_SETTINGS: Mapping[str, Mapping[str, str]] = {
    "int8": {
        "format": "QDQ",
        "activations": "uint8, a scale each tensor, from minimum and maximum",
        "weights": "int8, a scale each channel",
        "float32": "the last layer; of a network with depthwise convolutions the first block, too",
        "pooling": "behind convolutions of few channels by stride 2 and a maximum; same outputs",
        "input": "of a network with such pooling first, bytes: levels are scaled in its weights",
    },
    "fp16": {"format": "float16 graph and weights", "float32": "input, output and the last layer"},
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one precision."""

    path: Path
    """Where the version was written, unless it was refused."""
    comparison: Comparison
    """Figures of the version and its original."""
    refusal: ModelError | None
    """Why the version was not written; None where it was."""


def quantize(
    model: str, precisions: Sequence[str], data: Sequence[PreparedDataset], output: Path
) -> list[Outcome]:
    """Make the versions, measure them against the float network, and write those that pass.

    Args:
        model: a name of the package or an .onnx file: a float32 classifier with a card.
        precisions: of `PRECISIONS`.
        data: training faces to calibrate on, validation faces to measure on.
        output: folder for NAME_int8.onnx, NAME_fp16.onnx and their cards; made if need be.

    Returns:
        One a precision, in order.

    Raises:
        ModelError: the network is no float32 classifier, or cannot be converted.
        DataError: a data set has no face to calibrate or to measure on.
        OutputError: the folder cannot be written to.
    """
    source, card = find_model(model), Classifier(model, SessionOptions("cpu")).card
    _check_float(source)
    _check_faces(data)
    crops = calibration_crops(data, card.input_height)
    settings = {name: _settings(name, len(crops)) for name in precisions}
    with TemporaryDirectory() as folder:
        files = [Path(folder) / f"{source.stem}_{name}.onnx" for name in precisions]
        cards = [
            _convert(name, source, file, card, crops)
            for name, file in zip(precisions, files, strict=True)
        ]
        comparisons = compare_versions(
            source, files, [part.valid for part in data], data[0].dataset.labels
        )
        made = zip(precisions, files, cards, comparisons, strict=True)
        return [
            _finish(name, file, output / file.name, fed, settings[name], comparison)
            for name, file, fed, comparison in made
        ]


def calibration_crops(data: Sequence[PreparedDataset], side: int, seed: int = SEED) -> list[Image]:
    """Training faces, as many of each class as far as there are enough.

    Returns:
        At most about `CALIBRATION_FACES` of all data sets together, all different, each
        (side, side, 3) uint8, RGB.
    """
    images = [face.image for part in data for face in part.train.images]
    labels = np.concatenate([part.train.labels for part in data])
    chosen = sample_indices(labels, CALIBRATION_FACES, 1.0, np.random.default_rng(seed))
    return [resize(images[i], side) for i in np.unique(chosen)]


def _convert(
    name: str, source: Path, output: Path, card: ModelCard, crops: list[Image]
) -> ModelCard:
    """Write a version; its card says how it is fed."""
    plain, ready = (output.with_suffix(f".{step}.onnx") for step in ("plain", "ready"))
    try:
        proto = onnx.load(source)
        fed = card
        if name == "int8":
            merge_pooling(proto)
            if fold_input(proto, card):
                fed = replace(card, colour="RGBX", layout="NHWC", mean=0.0, scale=1.0)
        onnx.save(proto, plain)
        prepare_graph(plain, ready, fed)
        if name == "int8":
            side, folded = card.input_height, fed is not card
            shape = ("n", side, side, 4) if folded else ()
            to_int8(ready, output, _batches(crops, fed), bytes_shape=shape)
        else:
            to_fp16(ready, output)
    except Exception as error:  # onnx's and onnxruntime's errors share no base class
        reason = str(error).strip().partition("\n")[0]
        raise ModelError(
            f"{source}: cannot be made {name} ({reason}); leave it out with --precision"
        ) from error
    return fed


def _batches(crops: list[Image], card: ModelCard) -> Iterator[NDArray[np.float32]]:
    """Each crop as the network that is calibrated reads it."""
    for crop in crops:
        batch = to_input(crop[np.newaxis], card)
        bytewise = card.colour == "RGBX"
        yield as_channels(batch.astype(np.uint8)) if bytewise else batch.astype(np.float32)


def _finish(
    name: str,
    made: Path,
    output: Path,
    card: ModelCard,
    settings: dict[str, Any],
    comparison: Comparison,
) -> Outcome:
    """Write a version that passes."""
    try:
        check_version(comparison, str(output))
    except ModelError as error:
        return Outcome(output, comparison, error)
    make_folder(output.parent)
    write(onnx.load(made), quantized_card(card, name, settings, comparison), output)
    return Outcome(output, comparison, None)


def quantized_card(
    card: ModelCard, name: str, settings: dict[str, Any], comparison: Comparison
) -> ModelCard:
    """The float network's card, what was done to the network, and what that cost.

    Figures that the card had are marked as the float network's: they were not measured again.
    """
    tools = tool_versions(("onnx", "onnxruntime", "numpy"))
    return replace(
        card,
        name=f"{card.name}_{name}",
        figures={f"float: {key}": value for key, value in card.figures.items()}
        | comparison.figures(name),
        recipe=card.recipe | {f"{name}: {key}": value for key, value in settings.items()},
        tools=card.tools | {"quantised with": ", ".join(f"{k} {v}" for k, v in tools.items())},
    )


def _settings(name: str, faces: int) -> dict[str, Any]:
    """For the card's recipe."""
    calibration = {"calibration faces": faces, "seed": SEED} if name == "int8" else {}
    measured = {
        "measured": f"{platform.machine()}, one thread, processor time, median of {ROUNDS} runs"
    }
    return {**_SETTINGS[name], **calibration, **measured}


def _check_float(source: Path) -> None:
    graph = onnx.load(source).graph
    found = {node.op_type for node in graph.node if "Linear" in node.op_type}
    if any(tensor.data_type == onnx.TensorProto.FLOAT16 for tensor in graph.initializer):
        found.add("float16 weights")
    if found:
        raise ModelError(
            f"{source}: has {', '.join(sorted(found))}, so it is quantised already; give the "
            "float32 network that it was made from"
        )


def _check_faces(data: Sequence[PreparedDataset]) -> None:
    for part in data:
        for split, faces in (("train", part.train), ("valid", part.valid)):
            if not faces.images:
                raise DataError(
                    f"{part.name}: no face in its split {split}; calibration takes training "
                    "faces and measuring validation faces, give a data set with both"
                )
