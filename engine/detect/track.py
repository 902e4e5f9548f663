"""Tracking: each face takes the identity of the face whose place it continues.

After SORT (Bewley et al., "Simple Online and Realtime Tracking", 2016): a constant speed says where
each known face is now, and faces are matched to these places; here by overlap first, then by
distance, since a turned head or a missed detection leaves no overlap.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import exp, hypot
from typing import TypeAlias

from fer_video.engine.faces.face import Box, Face


@dataclass(slots=True)
class _Track:
    """A face that is followed."""

    id: int
    """The identity of the face."""
    box: Box
    """The box in which the face was found last."""
    seen: float
    """Seconds in the video at which the face was found last."""
    speed: tuple[float, float] = (0.0, 0.0)
    """Speed of the box's centre, in pixels a second."""
    expected: Box = field(init=False)
    """The box in which the face should be in this frame."""
    reach: float = 0.0
    """Farthest distance from the expected box, in sides of a box."""


_OVERLAP = 0.3
"""Least IoU of a face with its expected place."""
_REACH, _WIDENING = 0.8, 4.0
"""Where there is no such overlap, how far a face may be from the expected place, in sides of its
box, and how much farther for every second without being seen; at most three times the first."""
_INERTIA = 0.15
"""Seconds over which the speed is averaged, and a face out of sight slows down."""
_LATE = 0.05
"""Seconds by which a frame may come late: at 29.97 a second, one a second is 1.001 s behind."""
_Likeness: TypeAlias = Callable[[Box, _Track], float]
"""How well a face fits a track, 0..1, where 0 is not at all."""


class Tracker:
    """Greedy matching to predicted places. Identities count from 1 and are not used again."""

    def __init__(self, memory: float = 1.0) -> None:
        """Make a tracker.

        Args:
            memory: seconds for which a face that is not found keeps its identity.
        """
        self._memory = memory
        self._tracks: list[_Track] = []
        self._next = 1

    def __call__(self, faces: Sequence[Face], time: float) -> tuple[Face, ...]:
        """Give each face its identity.

        Args:
            faces: of one frame, in any order; the order is kept.
            time: of the frame, in seconds.
        """
        remembered = self._memory + _LATE
        self._tracks = [track for track in self._tracks if time - track.seen <= remembered]
        for track in self._tracks:
            _predict(track, time - track.seen)
        named: dict[int, _Track] = {}
        for likeness in (_overlapping, _near):
            self._match(faces, likeness, named)
        return tuple(self._name(face, named.get(i), time) for i, face in enumerate(faces))

    def forget(self) -> None:
        """Drop every track: after a cut, whoever is in the same place is somebody else."""
        self._tracks.clear()

    def _match(self, faces: Sequence[Face], likeness: _Likeness, named: dict[int, _Track]) -> None:
        """Add the best pairs of faces and tracks that are still free, the likest first."""
        taken = {track.id for track in named.values()}
        pairs = [
            (likeness(face.box, track), i, track)
            for i, face in enumerate(faces)
            for track in self._tracks
            if i not in named and track.id not in taken
        ]
        for fit, i, track in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2].id)):
            if fit > 0 and i not in named and track.id not in taken:
                named[i] = track
                taken.add(track.id)

    def _name(self, face: Face, track: _Track | None, time: float) -> Face:
        if track is None:
            track = _Track(self._next, face.box, time)
            self._tracks.append(track)
            self._next += 1
        elif time > track.seen:
            _move(track, face.box, time)
        track.box, track.seen = face.box, time
        return replace(face, id=track.id)


def _predict(track: _Track, unseen: float) -> None:
    slowing = 4 * _INERTIA
    seconds = slowing * (1 - exp(-unseen / slowing))
    left = track.box.left + track.speed[0] * seconds
    top = track.box.top + track.speed[1] * seconds
    track.expected = replace(track.box, left=left, top=top)
    track.reach = min(_REACH + _WIDENING * unseen, 3 * _REACH)


def _move(track: _Track, box: Box, time: float) -> None:
    """Average the displacement since it was seen into its speed."""
    seconds = time - track.seen
    share = 1 - exp(-seconds / _INERTIA)
    way = _from_to(track.box, box)
    x, y = (old + share * (d / seconds - old) for old, d in zip(track.speed, way, strict=True))
    track.speed = (x, y)


def _from_to(one: Box, other: Box) -> tuple[float, float]:
    """From centre to centre, in pixels."""
    across = other.left + other.width / 2 - one.left - one.width / 2
    return across, other.top + other.height / 2 - one.top - one.height / 2


def _overlapping(face: Box, track: _Track) -> float:
    overlap = face.iou(track.expected)
    return overlap if overlap >= _OVERLAP else 0.0


def _near(face: Box, track: _Track) -> float:
    """1 at the expected place, 0 where it reaches no farther; sizes must be about the same."""
    if not 0.5 < face.area / max(track.expected.area, 1e-6) < 2.0:
        return 0.0
    away: float = hypot(*_from_to(track.expected, face)) / face.area**0.5
    return max(1 - away / track.reach, 0.0)
