"""Stretch: which pictures of a film are given, by the film's time."""

from fractions import Fraction
from math import ceil, floor

from fer_video.engine.options.file import FileOptions

NEAR = Fraction(1, 2000)
"""Seconds by which a picture may lie before the time asked for: Matroska rounds to milliseconds."""


class Stretch:
    """Knows of each picture whether it is given; they are asked about in order."""

    def __init__(self, options: FileOptions, tick: Fraction) -> None:
        """Begin; the whole film unless the options say otherwise.

        Args:
            options: which stretch.
            tick: seconds of the pictures' clock.
        """
        self.given = options.given
        """Whether it is anything but the whole film."""
        self.start = _exact(options.start)
        """Seconds of the film."""
        self.ticks = round(self.start / tick)
        """The start by the pictures' clock."""
        self.shift = self.ticks * tick
        """Seconds by which pictures and sound are moved alike, so that they stay in step."""
        self.end = None if options.end is None else _exact(options.end)
        """Seconds of the film; None for its end."""
        self._every = None if options.every is None else _exact(options.every)
        self._due = self.start
        self.was_left = False
        """Whether a picture behind the end has come."""

    @property
    def rate(self) -> Fraction | None:
        """Most pictures a second that are given; None for all."""
        return None if self._every is None else 1 / self._every

    def leaves(self, time: Fraction) -> bool:
        """Whether a picture lies behind the end."""
        self.was_left = self.end is not None and time >= self.end - NEAR
        return self.was_left

    def takes(self, time: Fraction) -> bool:
        """Whether a picture of this time, which does not lie behind the end, is given."""
        if time < self._due - NEAR:
            return False
        if self._every is not None:
            self._due += self._every * (floor((time + NEAR - self._due) / self._every) + 1)
        return True

    def holds(self, time: Fraction) -> bool:
        """Whether a moment lies in it, as those before the film do where that is its beginning."""
        begun = not self.start or time >= self.start - NEAR
        return begun and (self.end is None or time < self.end - NEAR)

    def missed(self, reached: float) -> str:
        """What to say of a film without a picture in it, of which so many seconds were read."""
        start, end = float(self.start), float(self.end or 0)
        if self.was_left:
            return f"has no picture from {start:g} to {end:g} s; give a longer stretch"
        return f"start {start:g}: it ends after {reached:.2f} s; give an earlier start"

    def lasting(self, end: Fraction | None) -> float | None:
        """Seconds that it lasts, of a film with this end; None where nobody knows."""
        known = [moment for moment in (self.end, end) if moment is not None]
        return None if end is None else max(float(min(known) - self.start), 0.0)

    def share_of(self, frames: int | None, rate: Fraction, begin: Fraction) -> int | None:
        """How many pictures it has, of so many in the film; None where nobody knows.

        Args:
            frames: of the film; None where nobody knows.
            rate: pictures a second.
            begin: seconds of the film at which the first of them is seen.
        """
        ends = [self.end, None if frames is None else begin + frames / rate]
        known = [end for end in ends if end is not None]
        if not known:
            return None
        pictures = ceil((min(known) - max(self.start, begin)) * min(rate, self.rate or rate))
        return max(pictures if frames is None else min(pictures, frames), 0)


def _exact(seconds: float) -> Fraction:
    """The number as it is written: 0.1 is a tenth, which no float is."""
    return Fraction(str(float(seconds)))
