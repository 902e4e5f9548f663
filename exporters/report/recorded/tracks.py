"""One person in one video: where and when the face was, and what was read on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_video.exporters.data.labels import usual
from fer_video.exporters.report.recorded.recording import STATUSES, Floats, Ints, Recording

EXCLUDED = STATUSES.index("excluded")
_HAPPY = "happy"
_NEGATIVE = ("angry", "sad", "fear", "disgust")
"""What FaceReader's valence is counted of, as this project calls it."""


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """The N faces of one person in a video, one a frame at most, in order of time."""

    person: str
    """Name of the person, or the number of the identity."""
    recording: Recording
    """The video."""
    excluded: NDArray[np.bool_]
    """Whether each of the video's frames is left out: (F,)."""
    faces: Ints
    """Places of the person's faces in the recording's columns: (N,)."""
    frames: Ints
    """Places of their frames among the video's: (N,)."""
    starts: Floats
    """Seconds at which those frames begin: (N,)."""
    durations: Floats
    """Seconds that they last: (N,)."""
    scores: Floats
    """Smoothed scores: (N, labels)."""
    expressions: Ints
    """Index of the recorded label, or `UNREAD`: (N,)."""
    statuses: Ints
    """Index into `STATUSES`: (N,)."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the network."""
        return self.recording.labels

    @property
    def valid(self) -> NDArray[np.bool_]:
        """Whether what was read on each face counts: (N,)."""
        return np.equal(self.statuses, 0)

    @property
    def ids(self) -> Ints:
        """Identities that the faces had in the records: (N,)."""
        return self.recording.ids[self.faces]

    @property
    def in_view(self) -> float:
        """Seconds in which the face was found, excluded ones left out."""
        return float(self.durations[self.statuses != EXCLUDED].sum())


def valence(labels: Sequence[str], scores: Floats) -> Floats:
    """Happy minus the strongest negative expression, -1..1; NaN where the labels lack either.

    FaceReader counts it so, of sadness and fear, too, which the packaged networks do not tell.

    Args:
        labels: of the network, in the order of the scores.
        scores: (n, labels).
    """
    names = [usual(label) for label in labels]
    happy = [i for i, name in enumerate(names) if name == _HAPPY]
    negative = [i for i, name in enumerate(names) if name in _NEGATIVE]
    if not happy or not negative:
        return np.full(len(scores), np.nan)
    strongest: Floats = scores[:, negative].max(axis=1)
    return scores[:, happy[0]] - strongest


def make_track(
    person: str, recording: Recording, faces: Ints, excluded: NDArray[np.bool_]
) -> Track:
    """The faces of one person.

    Args:
        person: name, for the tables.
        recording: the video.
        faces: places of the faces in its columns, increasing.
        excluded: (F,) whether each frame of the video is left out.
    """
    frames = recording.rows[faces]
    return Track(
        person,
        recording,
        excluded,
        faces,
        frames,
        recording.times[frames],
        recording.durations[frames],
        recording.scores[faces],
        recording.expressions[faces],
        np.where(excluded[frames], EXCLUDED, recording.statuses[faces]),
    )


def gaps(track: Track, chosen: Ints) -> Floats:
    """Seconds between the end of each chosen face's frame and the next one's start.

    Args:
        track: the person.
        chosen: (n,) places of faces in the track, increasing.

    Returns:
        (max(n - 1, 0),) seconds; 0 between frames that follow each other.
    """
    starts = track.starts[chosen]
    return np.maximum(np.diff(starts) - track.durations[chosen][:-1], 0.0)
