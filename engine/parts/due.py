"""Which faces' parts are to be read in a frame: so many times a second of film, each by itself."""

from dataclasses import dataclass, replace

from fer_video.engine.faces.face import Face
from fer_video.engine.frames.handovers import DetectedFrame

_EARLY = 1e-3
"""Share of the time between two readings by which a frame may come early: times are rounded."""


@dataclass(slots=True)
class _Seen:
    since: float
    """When the face came, in seconds of the video."""
    readings: int
    """How many readings were due until now, one more than have passed by since it came."""
    last: float
    """When it was last seen, in seconds of the video."""


class Due:
    """Marks faces whose parts are to be read; takes the frames of one source in order.

    The clock of a face begins when it comes, so that those who come one by one are read one by one.
    A face that is reused has no crop to be read from: its turn comes with its next one.
    """

    def __init__(self, rate: float, *, memory: float) -> None:
        """Begin without any face.

        Args:
            rate: readings a second; of a photograph each face is read, once.
            memory: seconds without being seen after which a face begins anew.
        """
        self._rate, self._memory = rate, memory
        self._faces: dict[int, _Seen] = {}

    def __call__(self, detected: DetectedFrame) -> DetectedFrame:
        """The frame, with the identities of the faces whose parts are to be read."""
        time, still = detected.frame.time, detected.frame.still
        due = {
            face.id
            for face in detected.faces
            if face.id is not None and face.landmarks is not None and face.id not in detected.reused
            if still or self._is_due(face.id, time)
        }
        self._note(detected.faces, time)
        return replace(detected, parts_due=frozenset(due))

    def _is_due(self, identity: int, time: float) -> bool:
        seen = self._faces.get(identity)
        if seen is None or not 0 <= time - seen.last <= self._memory:
            self._faces[identity] = _Seen(time, 1, time)
            return True
        passed = int((time - seen.since) * self._rate + _EARLY) + 1
        due, seen.readings = passed > seen.readings, passed
        return due

    def _note(self, faces: tuple[Face, ...], time: float) -> None:
        """Remember when each was seen, and drop those that went."""
        for face in faces:
            if face.id in self._faces:
                self._faces[face.id].last = time
        self._faces = {
            identity: seen
            for identity, seen in self._faces.items()
            if 0 <= time - seen.last <= self._memory
        }
