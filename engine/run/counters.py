"""Counters: where the frames of a running pipeline are at one moment."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Counters:
    """A snapshot of one source's frames, or of those of all sources."""

    offered: int = 0
    """Frames that came from the source, dropped ones among them."""
    processed: int = 0
    """Frames that have been through every stage."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Frames that were let go, by reason: `late` gave way to a newer frame of a live source."""
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
