"""Counters: where the frames of a running pipeline are at one moment, and which never came."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.handovers import RecognizedFrame


@dataclass(frozen=True, slots=True)
class Counters:
    """A snapshot of one source's frames, or of those of all sources."""

    offered: int = 0
    """Frames that came from the source, dropped ones among them."""
    processed: int = 0
    """Frames that have been through every stage."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Frames that were let go, by reason: `late` gave way to a newer frame of a live source, and
    `skipped` the source let go itself: a feed that was full, a camera while nobody looked."""
    waiting: int = 0
    """Frames that stand before a stage which has not taken them yet."""
    in_flight: int = 0
    """Frames between the first stage and the end of the caller's loop body."""

    @classmethod
    def total(cls, several: Iterable["Counters"]) -> "Counters":
        """The sums over several sources."""
        rows, dropped = list(several), Counter[str]()
        for row in rows:
            dropped.update(row.dropped)
        return cls(
            offered=sum(row.offered for row in rows),
            processed=sum(row.processed for row in rows),
            dropped=dict(dropped),
            waiting=sum(row.waiting for row in rows),
            in_flight=sum(row.in_flight for row in rows),
        )


class Gaps:
    """Tells how many frames are missing before each of those that come."""

    def __init__(self) -> None:
        """Begin before the first frame."""
        self._expected = 0
        """Index of the frame that comes next if none is dropped."""

    def before(self, frame: Frame) -> int:
        """How many are missing before the next frame in order."""
        gap, self._expected = frame.index - self._expected, frame.index + 1
        return 0 if frame.still else max(gap, 0)  # an image that cannot be read is told otherwise

    def told(self, recognized: RecognizedFrame) -> RecognizedFrame:
        """The next result in order, as it says so."""
        gap = self.before(recognized.frame)
        return replace(recognized, dropped_before=gap) if gap else recognized


class Arrivals:
    """Counts the frames of a source."""

    def __init__(self) -> None:
        """Begin before the first."""
        self._gaps = Gaps()
        self.offered = self.skipped = 0
        """Number of all of them, and of those that the source let go itself."""

    def add(self, frame: Frame) -> None:
        """Count the next one, and those that are missing before it."""
        gap = self._gaps.before(frame)
        self.skipped += gap
        self.offered += 1 + gap
