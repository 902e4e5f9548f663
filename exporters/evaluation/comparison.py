"""A version of a network against its float original: time, accuracy, labels; when it is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import thread_time

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.errors import ModelError
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.engine.frames.handovers import Batch
from fer_video.engine.network.card import ModelCard
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.network.feed import to_input
from fer_video.engine.network.session import Session
from fer_video.engine.options.session import SessionOptions
from fer_video.exporters.augment.faces import Faces
from fer_video.exporters.data.images import resize
from fer_video.exporters.evaluation.matching import match_labels
from fer_video.exporters.evaluation.recognition import classify_crops

LARGEST_RATIO = 1.0
"""Largest ratio of a version's time to the original's at which it is accepted."""
MOST_LOST = 0.5
"""Points of validation accuracy that a version may lose."""
LEAST_AGREEMENT = 0.98
"""Smallest share of the validation labels on which version and original must agree."""
_CHANCE = 1.25
"""Balanced accuracy under which a network counts as guessing, in those of a guess."""
ROUNDS = 200
"""Timed runs of each network."""

_WARM_UP = 20
"""Rounds that come first and do not count, while caches and clocks settle."""
_ENGINE = SessionOptions("cpu", threads=1)


@dataclass(frozen=True, slots=True)
class NetworkFigures:
    """How fast, right and large one network is."""

    time_ms: float
    """Median processor time for one face on one thread, in milliseconds."""
    accuracy: float
    """Share of validation faces read right, 0..1, the mean over data sets."""
    size: int
    """Size of the file in bytes."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was measured of a version and, in the same run, of its float original."""

    version: NetworkFigures
    """Figures of the version."""
    original: NetworkFigures
    """Figures of the float network that it was made from."""
    agreement: float
    """Share of the validation faces that both call the same, the mean over data sets."""

    @property
    def ratio(self) -> float:
        """Of the version's time to the original's; under 1 is faster."""
        return self.version.time_ms / self.original.time_ms

    @property
    def lost(self) -> float:
        """Points of accuracy; negative where the version is the better one."""
        return round(100 * (self.original.accuracy - self.version.accuracy), 6)

    def describe(self) -> str:
        """All of it in one line."""
        one, other = self.version, self.original
        return (
            f"{self.ratio:.3f} of float's time ({one.time_ms:.3f} ms a face against "
            f"{other.time_ms:.3f}), validation accuracy {one.accuracy:.2%} against "
            f"{other.accuracy:.2%}, {self.agreement:.2%} of the labels agree, "
            f"{one.size / 1e6:.2f} MB against {other.size / 1e6:.2f}"
        )

    def figures(self, name: str) -> dict[str, float]:
        """All of it for a card; `name` is what the version is called."""
        one, other = self.version, self.original
        values = {
            f"{name}: time of float's": self.ratio,
            f"{name}: ms a face": one.time_ms,
            "float: ms a face": other.time_ms,
            f"{name}: validation accuracy": one.accuracy,
            "float: validation accuracy": other.accuracy,
            f"{name}: validation accuracy lost, points": self.lost,
            f"{name}: labels that agree": self.agreement,
            f"{name}: size of float's": one.size / other.size,
        }
        return {key: round(value, 4) for key, value in values.items()}


def check_version(comparison: Comparison, name: str) -> None:
    """Refuse a version that is not worth having; a figure that is not a number is refused, too.

    Args:
        comparison: what was measured.
        name: what the error calls the version.

    Raises:
        ModelError: it is slower than the original, or loses accuracy, or changes labels.
    """
    lost, changed = f"{comparison.lost:.2f} points", f"{1 - comparison.agreement:.2%}"
    accepted = {
        "it is slower than float": comparison.ratio <= LARGEST_RATIO,
        f"it loses {lost} of validation accuracy, more than {MOST_LOST:g}": comparison.lost
        <= MOST_LOST,
        f"it changes {changed} of the labels, more than {1 - LEAST_AGREEMENT:.0%}": (
            comparison.agreement >= LEAST_AGREEMENT
        ),
    }
    failed = [reason for reason, holds in accepted.items() if not holds]
    if failed:
        raise ModelError(
            f"{name}: not written, {' and '.join(failed)}: {comparison.describe()}; keep the float "
            "network, or repeat it on the machine that the version is for"
        )


def compare_versions(
    source: Path,
    versions: Sequence[Path],
    data: Sequence[Faces],
    labels: Sequence[str] = EXPRESSIONS,
) -> list[Comparison]:
    """Measure versions and their original in one run, as the engine runs them on the CPU.

    Args:
        source: the float network, an .onnx file with a card.
        versions: of it, each with a card that says how it is fed.
        data: validation faces of each data set; none is empty.
        labels: what the faces are told apart by, in order.

    Returns:
        One a version, in order.

    Raises:
        ModelError: a file is no classifier that the engine runs, or the original reads no better
            than chance: then nothing says how much a version loses.
    """
    files = [source, *versions]
    classifiers = [Classifier(str(file), _ENGINE) for file in files]
    read = [[_read(classifier, faces, labels) for faces in data] for classifier in classifiers]
    truth = [faces.labels for faces in data]
    _check_above_chance(source, read[0], truth)
    times = time_in_turns(
        [
            (Session(file, _ENGINE), _face(data[0], classifier.card))
            for file, classifier in zip(files, classifiers, strict=True)
        ]
    )
    original, *measured = [
        NetworkFigures(time, _agreement(said, truth), file.stat().st_size)
        for time, said, file in zip(times, read, files, strict=True)
    ]
    return [
        Comparison(version, original, _agreement(said, read[0]))
        for version, said in zip(measured, read[1:], strict=True)
    ]


def time_in_turns(runners: Sequence[tuple[Session, Batch]], rounds: int = ROUNDS) -> list[float]:
    """Run networks in turns, so that whatever else the machine does slows all of them alike.

    The clock is this thread's processor time, which stands still while another program runs.

    Args:
        runners: the networks, each of one thread, with the face that it reads, (1, ...).
        rounds: runs of each that count.

    Returns:
        The median time of each, in milliseconds.
    """
    times = np.empty((_WARM_UP + rounds, len(runners)))
    for row in times:
        for i, (session, face) in enumerate(runners):
            start = thread_time()
            session.run(face)
            row[i] = thread_time() - start
    return [float(time) for time in 1000 * np.median(times[_WARM_UP:], axis=0)]


def _face(faces: Faces, card: ModelCard) -> Batch:
    return to_input(resize(faces.images[0].image, card.input_height)[np.newaxis], card)


def _read(classifier: Classifier, faces: Faces, labels: Sequence[str]) -> NDArray[np.intp]:
    """What it reads, index into the faces' labels, whatever the order of its own."""
    scores = np.stack(classify_crops(classifier, (face.image for face in faces.images)))
    return match_labels(classifier.card.labels, labels).read(scores)


def _check_above_chance(
    source: Path, read: Sequence[NDArray[np.intp]], truth: Sequence[NDArray[np.intp]]
) -> None:
    """Raises ModelError where the mean of the classes' recalls is about what guessing gives."""
    right, shown = np.concatenate(read) == np.concatenate(truth), np.concatenate(truth)
    recalls = [right[shown == label].mean() for label in np.unique(shown)]
    recall, chance = float(np.mean(recalls)), 1 / len(recalls)
    if len(recalls) > 1 and recall < _CHANCE * chance:
        raise ModelError(
            f"{source}: reads {recall:.0%} of the validation faces right, the mean of "
            f"{len(recalls)} classes, and guessing {chance:.0%}; train it first, or give faces of "
            "the kind that it was trained on"
        )


def _agreement(one: Sequence[NDArray[np.intp]], other: Sequence[NDArray[np.intp]]) -> float:
    """Share of equal labels, the mean over data sets."""
    return float(np.mean([np.mean(a == b) for a, b in zip(one, other, strict=True)]))
