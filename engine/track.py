"""Who is who from frame to frame: each face takes the identity of the one that it overlaps most."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fer_video.engine.faces import Box, Face


@dataclass(slots=True)
class _Track:
    id: int
    box: Box
    seen: float


class Tracker:
    """Greedy matching by overlap: at video rates a face barely moves between two frames.

    Greedy, because optimal assignment differs only where faces overlap each other, and there
    overlap says little. Identities count from 1 and are not used again.
    """

    def __init__(self, overlap: float = 0.3, memory: float = 0.5) -> None:
        """Make a tracker.

        Args:
            overlap: least IoU with the last known box.
            memory: seconds for which a face that is not found keeps its identity.
        """
        self._overlap = overlap
        self._memory = memory
        self._tracks: list[_Track] = []
        self._next = 1

    def __call__(self, faces: Sequence[Face], time: float) -> tuple[Face, ...]:
        """Give each face its identity.

        Args:
            faces: of one frame, in any order; the order is kept.
            time: of the frame, in seconds.
        """
        self._tracks = [track for track in self._tracks if time - track.seen <= self._memory]
        named = self._match(faces)
        return tuple(self._name(face, named.get(i), time) for i, face in enumerate(faces))

    def _match(self, faces: Sequence[Face]) -> dict[int, _Track]:
        """Face index -> its track, pairs of highest overlap first, each used once."""
        pairs = sorted(
            (
                (face.box.iou(track.box), i, track.id, track)
                for i, face in enumerate(faces)
                for track in self._tracks
            ),
            key=lambda pair: pair[:3],
            reverse=True,
        )
        matched: dict[int, _Track] = {}
        taken: set[int] = set()
        for overlap, i, identity, track in pairs:
            if overlap >= self._overlap and i not in matched and identity not in taken:
                matched[i] = track
                taken.add(identity)
        return matched

    def _name(self, face: Face, track: _Track | None, time: float) -> Face:
        if track is None:
            track = _Track(self._next, face.box, time)
            self._tracks.append(track)
            self._next += 1
        track.box, track.seen = face.box, time
        return replace(face, id=track.id)
