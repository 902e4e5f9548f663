"""Teachers that read the very crops that a network learns from, as they were turned, darkened and
covered: a good teacher is patient and consistent (Beyer et al., 2022)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from fer_video.engine.errors import ModelError
from fer_video.exporters.training.architectures import SIDE
from fer_video.exporters.training.calibration import logits_of
from fer_video.exporters.training.record import read_record
from fer_video.exporters.training.scores import scores_of
from fer_video.exporters.training.start import card_in, labels_of, name_of, trained_network


@dataclass(frozen=True, slots=True, eq=False)
class Teacher:
    """A trained network that says what crops show."""

    model: keras.Model
    """Of `build_network`."""
    temperature: float
    """What its logits are divided by, so that it is as sure as it is right."""

    def __call__(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What it says.

        Args:
            crops: (n, side, side, 3) uint8, RGB; the side is the network's.

        Returns:
            (n, labels) float32, rows that sum to 1.
        """
        sigmoid = self.model.layers[-1].activation is keras.activations.sigmoid
        logits = logits_of(scores_of(self.model, crops, len(crops)), sigmoid)
        scores = keras.ops.softmax(logits / np.float32(self.temperature))
        return np.asarray(keras.ops.convert_to_numpy(scores), np.float32)


def load_teacher(weights: Path, labels: Sequence[str], side: int = SIDE) -> Teacher:
    """A teacher from its file.

    Args:
        weights: a .keras file with its run.json beside it, or a float .onnx file.
        labels: what the faces are told apart by, in order.
        side: of the crops that it will read, in pixels.

    Raises:
        ModelError: no such file, no network of this project, or one of other labels.
    """
    known = labels_of(weights)
    if known != tuple(labels):
        raise ModelError(
            f"{weights}: reads {', '.join(known)}; a teacher reads what is learnt, "
            f"{', '.join(labels)}"
        )
    model = trained_network(name_of(weights), weights, side, len(known))
    return Teacher(model, _temperature(weights))


def _temperature(weights: Path) -> float:
    if weights.suffix != ".onnx":
        return float(read_record(weights.parent).get("temperature", 1.0))
    card = card_in(weights)
    return 1.0 if card is None else card.temperature


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
