"""A person's time as stretches: valid, or missing for one reason."""

from dataclasses import dataclass

import numpy as np

from fer_video.exporters.report.analysis.study import Subject
from fer_video.exporters.report.recorded.recording import STATUSES

_NO_FACE, _DROPPED, _EXCLUDED = map(STATUSES.index, ("no_face", "dropped", "excluded"))
_SHORTEST_LOSS_S = 1e-5


@dataclass(frozen=True, slots=True)
class Stretch:
    """Seconds of the video in which a person's status is the same."""

    status: str
    """`ok`, or the reason why it is missing."""
    start: float
    """Seconds at which it begins."""
    end: float
    """Seconds at which it ends, and the next begins."""


def stretches(subject: Subject) -> list[Stretch]:
    """All of the video's time, without gaps, in order."""
    track, recording = subject.track, subject.track.recording
    statuses = np.full(len(recording.times), _NO_FACE)
    statuses[track.frames] = track.statuses
    statuses[track.excluded] = _EXCLUDED
    lost = np.flatnonzero(recording.lost > _SHORTEST_LOSS_S)
    lost_as = np.where(track.excluded[lost], _EXCLUDED, _DROPPED)
    starts = np.concatenate([recording.times, (recording.times + recording.durations)[lost]])
    order = np.argsort(starts, kind="stable")
    starts, statuses = starts[order], np.concatenate([statuses, lost_as])[order]
    firsts = np.flatnonzero(np.append(True, statuses[1:] != statuses[:-1]))
    ends = np.append(starts[firsts[1:]], recording.end)
    return [
        Stretch(STATUSES[statuses[first]], float(starts[first]), float(end))
        for first, end in zip(firsts.tolist(), ends.tolist(), strict=True)
    ]
