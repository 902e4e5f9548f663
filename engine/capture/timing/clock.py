"""Clock: the time stamps of a real file, made strictly increasing as encoders need them."""

import logging
from fractions import Fraction
from math import ceil

log = logging.getLogger(__name__)

_APART = Fraction(1, 90_000)
"""Seconds between a picture and one that is moved behind it: MPEG-TS counts no finer."""


class Clock:
    """Counts in ticks of a time base; warns once if it had to mend."""

    def __init__(self, name: str, time_base: Fraction, rate: Fraction) -> None:
        """Make a clock.

        Args:
            name: of the source, for the warning.
            time_base: seconds a tick.
            rate: nominal frames a second, for frames without a time stamp.
        """
        self._name = name
        self._time_base = time_base
        self._offset = 0
        self._step = max(round(1 / (rate * time_base)), 1)
        self._least = max(min(ceil(_APART / time_base), self._step // 2), 1)
        self._last: int | None = None
        self._moved = self._warned = False

    def stamp(self, pts: int | None) -> int:
        """The frame's time in ticks, later than the one before.

        A stamp that repeats or steps back a little moves right behind the one before. One that
        steps back by over a second begins a new count (joined recordings), which goes on one frame
        later.
        """
        ticks = self._following() if pts is None else pts + self._offset
        least = self._least if self._moved else 1
        self._moved = self._last is not None and ticks < self._last + least
        if self._last is not None and self._moved:
            self._warn(ticks)
            if (self._last - ticks) * self._time_base > 1:
                self._offset += self._following() - ticks
                ticks = self._following()
            else:
                ticks = self._last + self._least
        self._last = ticks
        return ticks

    def _following(self) -> int:
        return 0 if self._last is None else self._last + self._step

    def _warn(self, ticks: int) -> None:
        if not self._warned and self._last is not None:
            log.warning(
                "%s: time stamps repeat or run backwards (%.3f s after %.3f s); "
                "such frames are moved behind the frame before them",
                self._name,
                float(ticks * self._time_base),
                float(self._last * self._time_base),
            )
        self._warned = True
