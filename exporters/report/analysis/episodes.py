"""Cuts scores into episodes, as the field does, and the recorded labels into runs."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fer_video.engine.errors import OptionsError
from fer_video.exporters.report.recorded.recording import Floats, Ints
from fer_video.exporters.report.recorded.tracks import Track, gaps

_ROUNDING_S = 2e-6
"""Times of records have six decimals: a limit is reached within that."""


@dataclass(frozen=True, slots=True)
class EpisodeOptions:
    """Where an episode begins and ends."""

    enter: float = 0.5
    """Score, 0..1, at which an episode begins."""
    leave: float = 0.3
    """Score, 0..1, below which an episode ends; not above `enter`."""
    shortest: float = 0.1
    """Seconds that an episode lasts at least; shorter ones are left out."""
    bridge: float = 0.2
    """Seconds of a gap, below `leave` or without a reading, that do not end an episode or run."""

    def __post_init__(self) -> None:
        """Check what contradicts itself.

        Raises:
            OptionsError: a score or time is out of its range, or `leave` is above `enter`.
        """
        if not 0 <= self.leave <= self.enter <= 1:
            raise OptionsError(
                f"enter {self.enter}, leave {self.leave}: give scores from 0 to 1, and leave at "
                "or below enter"
            )
        if not (0 <= self.shortest < np.inf and 0 <= self.bridge < np.inf):
            raise OptionsError(
                f"shortest {self.shortest}, bridge {self.bridge}: give seconds from 0"
            )


@dataclass(frozen=True, slots=True)
class Episode:
    """A stretch in which a person shows an expression; seconds of the video."""

    label: str
    """The expression."""
    start: float
    """Seconds at which it begins."""
    end: float
    """Seconds at which it ends: the end of its last frame."""
    peak: float
    """Highest smoothed score in it."""
    peak_time: float
    """Seconds at which the frame of that score begins, the first of several."""
    mean: float
    """Mean smoothed score over its readings, weighed by the seconds of the frames."""

    @property
    def duration(self) -> float:
        """Seconds from start to end, bridged gaps among them."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch in which the recorded label of a person is the same; seconds of the video."""

    label: str
    """The label."""
    start: float
    """Seconds at which it begins."""
    end: float
    """Seconds at which it ends."""
    joined: bool
    """Whether the run before it ended here, or no longer ago than a bridged gap."""


def find_episodes(track: Track, options: EpisodeOptions) -> list[Episode]:
    """All episodes of a person, label by label, each in order of time."""
    places = np.flatnonzero(track.valid)
    between = gaps(track, places)
    return [
        episode
        for index, label in enumerate(track.labels)
        for episode in _episodes(track, places, between, index, label, options)
    ]


def _episodes(
    track: Track, places: Ints, between: Floats, index: int, label: str, options: EpisodeOptions
) -> Iterator[Episode]:
    scores, starts = track.scores[places, index], track.starts[places]
    durations = track.durations[places]
    ends = starts + durations
    for first, last in _stretches(scores, starts, ends, between, options):
        if ends[last] - starts[first] < options.shortest - _ROUNDING_S:
            continue
        inside, weights = scores[first : last + 1], durations[first : last + 1]
        top = int(inside.argmax())
        yield Episode(
            label,
            float(starts[first]),
            float(ends[last]),
            float(inside[top]),
            float(starts[first + top]),
            _mean(inside, weights),
        )


def _mean(values: Floats, weights: Floats) -> float:
    """By weight; of a single frame, which may last no time, its value."""
    total = float(weights.sum())
    return float(values @ weights) / total if total else float(values.mean())


def _stretches(
    scores: Floats, starts: Floats, ends: Floats, between: Floats, options: EpisodeOptions
) -> list[tuple[int, int]]:
    """First and last reading of each stretch, gaps bridged.

    A score between the two limits keeps to what was before it, unless there was nothing for longer
    than a bridged gap; so does a dip that is bridged.
    """
    changes = np.where(scores >= options.enter, 1, np.where(scores < options.leave, 0, -1))
    away = np.append(True, between > options.bridge + _ROUNDING_S)[: len(scores)]
    changes[(changes < 0) & away] = 0
    changes[_dips(changes, starts, ends, options.bridge)] = -1
    known = np.where(changes >= 0, np.arange(len(changes)), 0)
    shown = changes[np.maximum.accumulate(known)] == 1 if len(changes) else changes == 1
    starting = shown & (away | ~np.append(False, shown[:-1])[: len(shown)])
    ending = shown & np.append(away[1:] | ~shown[1:], True)[: len(shown)]
    firsts, lasts = (np.flatnonzero(edge).tolist() for edge in (starting, ending))
    return list(zip(firsts, lasts, strict=True))


def _dips(changes: Ints, starts: Floats, ends: Floats, bridge: float) -> Ints:
    """Places of low readings, 0, between two others that are no more than a bridged gap apart."""
    others, low = np.flatnonzero(changes), np.flatnonzero(changes == 0)
    after = np.searchsorted(others, low)
    inside = (after > 0) & (after < len(others))
    low, after = low[inside], after[inside]
    lasting = starts[others[after]] - ends[others[after - 1]]
    return low[lasting <= bridge + _ROUNDING_S]


def find_runs(track: Track, options: EpisodeOptions) -> list[Run]:
    """The recorded label of a person over time; stretches without a label are left out."""
    places = np.flatnonzero(track.valid)
    if not len(places):
        return []
    labels, starts = track.expressions[places], track.starts[places]
    ends = starts + track.durations[places]
    away = np.append(True, gaps(track, places) > options.bridge + _ROUNDING_S)
    firsts = np.flatnonzero(away | np.append(True, labels[1:] != labels[:-1]))
    lasts = np.append(firsts[1:], len(places)) - 1
    return [
        Run(track.labels[labels[first]], float(starts[first]), float(ends[last]), not away[first])
        for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)
    ]
