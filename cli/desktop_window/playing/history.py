"""History: the last frames, to step back through, and what was read in the last half minute."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from threading import Lock
from typing import TypeAlias

from fer_video.engine.faces.expressions import Reading
from fer_video.engine.frames.handovers import RecognizedFrame

SPAN = 30.0
"""Seconds of readings that are kept."""
SPACING = 0.08
"""Least seconds between two moments of a source: a strip shows no more."""
_BYTES = 96 * 2**20
"""Pixels of the frames that are kept, in bytes."""

Who: TypeAlias = tuple[str, int | None]
"""A face: its source, and its identity there."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What was read in one frame of one source."""

    source: str
    """Name of the source."""
    time: float
    """Seconds of the video."""
    readings: Mapping[int | None, Reading] = field(default_factory=dict)
    """What each face showed, by its identity."""


class History:
    """One thread adds what another one looks at."""

    def __init__(self) -> None:
        """Begin empty."""
        self._frames: deque[RecognizedFrame] = deque()
        self._moments: deque[Moment] = deque()
        self._noted: dict[str, float] = {}
        """Time of the last moment of each source."""
        self._bytes = 0
        self._lock = Lock()

    def add(self, recognized: RecognizedFrame) -> None:
        """Take in the newest frame, and forget the oldest where there are too many."""
        frame = recognized.frame
        readings = {reading.face.id: reading for reading in recognized.readings}
        with self._lock:
            self._frames.append(recognized)
            self._bytes += _size(recognized)
            while self._bytes > _BYTES and len(self._frames) > 1:
                self._bytes -= _size(self._frames.popleft())
            if not 0 <= frame.time - self._noted.get(frame.source, -inf) < SPACING:
                self._noted[frame.source] = frame.time
                self._moments.append(Moment(frame.source, frame.time, readings))
            while frame.time - self._moments[0].time > SPAN:
                self._moments.popleft()

    @property
    def newest(self) -> RecognizedFrame | None:
        """The frame that came last; None before the first."""
        with self._lock:
            return self._frames[-1] if self._frames else None

    def before(self, shown: RecognizedFrame) -> RecognizedFrame | None:
        """The frame that came before the one that is shown; None where it is not kept."""
        return self._beside(shown, -1)

    def behind(self, shown: RecognizedFrame) -> RecognizedFrame | None:
        """The frame that came behind the one that is shown; None where it is the newest."""
        return self._beside(shown, 1)

    def moments(self, source: str) -> list[Moment]:
        """What was read in the last half minute of a source, the oldest first."""
        with self._lock:
            return [moment for moment in self._moments if moment.source == source]

    def _beside(self, shown: RecognizedFrame, step: int) -> RecognizedFrame | None:
        with self._lock:
            places = [i for i, kept in enumerate(self._frames) if kept is shown]
            place = places[0] + step if places else -1
            return self._frames[place] if 0 <= place < len(self._frames) else None


def _size(recognized: RecognizedFrame) -> int:
    return recognized.frame.luma.size * 3 // 2
