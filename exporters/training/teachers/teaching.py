"""Teachers that read the very crops that a network learns from, as they were turned, darkened and
covered: a good teacher is patient and consistent (Beyer et al., 2022)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import keras
import numpy as np
from numpy.typing import NDArray

from fer_video.engine.errors import ModelError
from fer_video.engine.machine import cores
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.options.session import SessionOptions
from fer_video.exporters.data.images import resize
from fer_video.exporters.evaluation.matching import Match
from fer_video.exporters.evaluation.recognition import classify_crops
from fer_video.exporters.training.architectures import SIDE
from fer_video.exporters.training.record import read_record
from fer_video.exporters.training.scores import logits_of, scores_of
from fer_video.exporters.training.start import labels_of, name_of, trained_network
from fer_video.exporters.training.teachers.distillation import match_all

Teacher: TypeAlias = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Says what crops (n, side, side, 3) uint8, RGB, show: (n, labels) float32, rows that sum to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class KerasTeacher:
    """A network as a training left it."""

    model: keras.Model
    """Of `build_network`; crops of another size than its own are resized."""
    temperature: float
    """What its logits are divided by, so that it is as sure as it is right."""

    def __call__(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What it says; see `Teacher`."""
        fitting = (resize(crop, self.model.input_shape[1]) for crop in crops)
        logits = logits_of(self.model, scores_of(self.model, fitting, len(crops)))
        scores = keras.ops.softmax(logits / np.float32(self.temperature))
        return np.asarray(keras.ops.convert_to_numpy(scores), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class OnnxTeacher:
    """A network as the engine runs it, which is faster, in int8 above all."""

    classifier: Classifier
    """Of the engine; crops of another size than its own are resized."""
    match: Match
    """Its labels and those that are learnt."""

    def __call__(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What it says; see `Teacher`."""
        return self.match.scores(np.stack(classify_crops(self.classifier, crops)))


def load_teacher(weights: Path, labels: Sequence[str]) -> Teacher:
    """A teacher from its file.

    Args:
        weights: an .onnx file with its card, or a .keras file with its run.json beside it.
        labels: what the faces are told apart by, in order; a .keras file has them in this order.

    Raises:
        ModelError: no such file, no network of expressions, or one that lacks a label.
    """
    if weights.suffix == ".onnx":
        classifier = Classifier(weights, SessionOptions(threads=cores()))
        return OnnxTeacher(classifier, match_all(classifier, labels))
    known = labels_of(weights)
    if known != tuple(labels):
        raise ModelError(
            f"{weights}: reads {', '.join(known)}; a teacher reads what is learnt, "
            f"{', '.join(labels)}"
        )
    model = trained_network(name_of(weights), weights, SIDE, len(known))
    return KerasTeacher(model, float(read_record(weights.parent).get("temperature", 1.0)))


def with_teachers(
    crops: NDArray[np.uint8],
    targets: NDArray[np.float32],
    teachers: Sequence[Teacher],
    share: float,
) -> NDArray[np.float32]:
    """Mix what teachers say of crops into their targets (Hinton, Vinyals and Dean, 2015).

    A face without a label has the teachers' scores alone. A face that shows none of the labels
    keeps its flat target.

    Args:
        crops: (n, side, side, 3) uint8, RGB.
        targets: (n, labels), rows of NaN where there is no label.
        teachers: at least one; their mean counts.
        share: of the teachers in a target, 0..1.

    Returns:
        (n, labels) float32, rows that sum to 1.
    """
    said = np.mean([teacher(crops) for teacher in teachers], axis=0)
    flat = np.ptp(targets, axis=1, keepdims=True) == 0
    mixed = np.where(flat, targets, (1 - share) * targets + share * said)
    return np.where(np.isnan(targets), said, mixed).astype(np.float32)
