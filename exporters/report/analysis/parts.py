"""What the parts of a person's face say over time, and how well the face is to be read."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fer_video.engine.faces.evidence import PARTS
from fer_video.exporters.report.recorded.recording import UNREAD, Floats, Ints
from fer_video.exporters.report.recorded.tracks import Track, gaps

_AWAY_S = 0.2
"""Seconds without a valid reading from which a face is away."""
_HELD = 2.0
"""Usual times between two readings for which a part's label holds, unless the next comes sooner."""


@dataclass(frozen=True, slots=True, eq=False)
class PartLane:
    """What one part says: n stretches of one label each, in order of time."""

    name: str
    """One of `PARTS`."""
    labels: Ints
    """Index of the label of each stretch: (n,)."""
    starts: Floats
    """Seconds at which they begin: (n,)."""
    ends: Floats
    """Seconds at which they end: (n,)."""


def part_lanes(track: Track) -> list[PartLane]:
    """A lane for each of `PARTS`; none where no part of the person's face was read.

    Parts may be read less often than faces: what was read holds until the next reading, while the
    face is there, and not for much longer than usual.
    """
    if track.recording.parts is None:
        return []
    labels = track.recording.parts[track.faces]
    valid = np.flatnonzero(track.valid)
    chosen = np.flatnonzero((labels[valid] != UNREAD).all(axis=1))
    if not len(chosen):
        return []
    read = valid[chosen]
    starts, until = track.starts[read], _in_view(track, valid)[chosen]
    usual = float(np.median(np.diff(starts))) if len(read) > 1 else 0.0
    held = np.maximum(starts + _HELD * usual, starts + track.durations[read])
    ends = np.minimum.reduce([held, until, np.append(starts[1:], np.inf)])
    return [
        PartLane(name, *_merged(labels[read, place], starts, ends))
        for place, name in enumerate(PARTS)
    ]


def _in_view(track: Track, valid: Ints) -> Floats:
    """Seconds at which the stretch that each valid reading is in ends, short gaps bridged."""
    lasts = np.append(np.flatnonzero(gaps(track, valid) > _AWAY_S), len(valid) - 1)
    ends = (track.starts + track.durations)[valid[lasts]]
    until: Floats = ends[np.searchsorted(lasts, np.arange(len(valid)))]
    return until


def _merged(labels: Ints, starts: Floats, ends: Floats) -> tuple[Ints, Floats, Floats]:
    """Readings of one label that follow each other as one stretch."""
    new = (labels[1:] != labels[:-1]) | (starts[1:] > ends[:-1])
    firsts = np.flatnonzero(np.append(True, new))
    lasts = np.append(firsts[1:], len(labels)) - 1
    return labels[firsts], starts[firsts], ends[lasts]


def has_quality(track: Track) -> bool:
    """Whether it was measured how well the person's face is to be read."""
    quality = track.recording.quality
    return quality is not None and not np.isnan(quality[track.faces]).all()


def spoken(name: str) -> str:
    """A part's name for people: `left eye`."""
    return name.replace("_", " ")


def spans(lane: PartLane, label: int) -> Iterator[tuple[float, float]]:
    """Start and duration of each stretch of a label."""
    of_label = lane.labels == label
    starts, ends = lane.starts[of_label], lane.ends[of_label]
    yield from zip(starts.tolist(), (ends - starts).tolist(), strict=True)
