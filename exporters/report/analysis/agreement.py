"""How far the machine and a person agree, by seconds (Cohen, 1960)."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from unicodedata import normalize

import numpy as np

from fer_video.engine.errors import DataError
from fer_video.exporters.report.analysis.study import Subject, Video
from fer_video.exporters.report.recorded.recording import Floats
from fer_video.exporters.report.sheets.corrected import Coded

log = logging.getLogger(__name__)
NONE = "none"
"""In place of a label, where only the other one gave one."""


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """What the machine read against what a person coded."""

    labels: tuple[str, ...]
    """Labels of both, and last `NONE`."""
    confusion: Floats
    """Seconds, (labels, labels); rows are what was coded by hand, columns what the machine read."""

    @property
    def seconds(self) -> float:
        """Time in which at least one of them gave a label."""
        return float(self.confusion.sum())

    @property
    def share(self) -> float | None:
        """Share of that time in which both gave the same; None of no time."""
        return float(np.trace(self.confusion)) / self.seconds if self.seconds else None

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa; None where chance alone would agree wholly."""
        if self.share is None:
            return None
        rows, columns = self.confusion.sum(axis=1), self.confusion.sum(axis=0)
        chance = float(rows @ columns) / self.seconds**2
        return (self.share - chance) / (1 - chance) if chance < 1 else None

    def of(self, label: str) -> float | None:
        """Agreement on one label: the time of both over the mean of each one's (Dice)."""
        place = self.labels.index(label)
        both = float(self.confusion[place].sum() + self.confusion[:, place].sum())
        return 2 * float(self.confusion[place, place]) / both if both else None


def compare(video: Video, coded: Sequence[Coded], path: Path) -> Agreement:
    """Compare everybody whom a person coded, but for the time that is left out.

    Args:
        video: what the machine read.
        coded: what the person coded; of several videos, what is of this one counts.
        path: file of that, for errors.

    Raises:
        DataError: nothing is of this video, a person is coded who is not in the records, or in two
            ways at a time.
    """
    coded = _of_video(video, coded, path)
    by_hand: dict[str, list[Coded]] = {}
    for one in coded:
        subject = _subject(video, one, path)
        by_hand.setdefault(subject.name, []).append(one)
    extra = {one.label for one in coded} - {*video.recording.labels}
    labels = (*video.recording.labels, *sorted(extra), NONE)
    confusion = np.zeros((len(labels),) * 2)
    for subject in video.subjects:
        if subject.name in by_hand:
            stretches = sorted(by_hand[subject.name], key=lambda one: one.start)
            _check_apart(stretches, path)
            _add(confusion, labels, video, subject, stretches)
    confusion[-1, -1] = 0
    return Agreement(labels, confusion)


def _of_video(video: Video, coded: Sequence[Coded], path: Path) -> Sequence[Coded]:
    """What was coded of a video; all where no more than one is told of, however it is called, which
    is said."""
    told = dict.fromkeys(one.video for one in coded)
    own = [one for one in coded if not one.video or one.video in video.recording.called]
    if not own and len(told) == 1:
        log.warning("%s: compared with %s, though it is of %s", path, video.name, *told)
        return coded
    if not own and coded:
        raise DataError(
            f"{path}: has the observations {', '.join(told)}, and none is called {video.name}; "
            "call the observation as the video, or export it alone"
        )
    return own


def _subject(video: Video, one: Coded, path: Path) -> Subject:
    if not one.person and len(video.subjects) == 1:
        return video.subjects[0]
    for subject in video.subjects:
        if normalize("NFC", subject.name) == one.person:
            return subject
    names = ", ".join(subject.name for subject in video.subjects[:12])
    raise DataError(
        f"{path}, line {one.line}: {one.person or 'nobody'} is not in the records; in them are "
        f"{names or 'no people'}; give --people if they were named"
    )


def _check_apart(stretches: Sequence[Coded], path: Path) -> None:
    for before, after in pairwise(stretches):
        if after.start < before.end - 0.0015:
            raise DataError(
                f"{path}, line {after.line}: {after.label} from {after.start} s overlaps "
                f"{before.label} of line {before.line}; code one expression at a time"
            )


def _add(
    confusion: Floats,
    labels: Sequence[str],
    video: Video,
    subject: Subject,
    stretches: Sequence[Coded],
) -> None:
    """Seconds of each pair of labels, from edge to edge, of the time that is not left out.

    Edges are of whole milliseconds, as exports have them.
    """
    machine = [(run.label, round(run.start, 3), round(run.end, 3)) for run in subject.runs]
    hand = [(one.label, round(one.start, 3), round(one.end, 3)) for one in stretches]
    times, excluded = video.recording.times, video.excluded
    turns = times[1:][excluded[1:] != excluded[:-1]]
    edges = np.unique([*(time for _, *ends in (*machine, *hand) for time in ends), *turns])
    middles = (edges[:-1] + edges[1:]) / 2
    counts = ~excluded[np.maximum(0, np.searchsorted(times, middles, side="right") - 1)]
    pair = (_places(hand, labels, middles), _places(machine, labels, middles))
    np.add.at(confusion, pair, np.where(counts, np.diff(edges), 0))


def _places(
    stretches: Iterable[tuple[str, float, float]], labels: Sequence[str], times: Floats
) -> "np.ndarray[tuple[int, ...], np.dtype[np.int64]]":
    """Index of the label at each time; that of `NONE` where there is none."""
    places = np.full(len(times), len(labels) - 1)
    for label, start, end in stretches:
        first, last = np.searchsorted(times, (start, end))
        places[first:last] = labels.index(label)
    return places
