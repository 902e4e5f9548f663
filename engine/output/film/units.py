"""Units of time that a video's stamps are counted in."""

from fractions import Fraction

LONGEST = 2**31 - 1
"""Units that a picture of an mp4 may stand, and the next be away."""
_FINEST, _COARSER = Fraction(1, 1_000_000), Fraction(1, 1000)
"""Seconds: the finest unit, and the one where pictures come once in hours."""


def unit_of(time_base: Fraction, rate: Fraction) -> Fraction:
    """Seconds that one unit lasts: the source's own, unless two pictures are farther apart than an
    mp4 can tell in it.

    Args:
        time_base: the source's own unit, in seconds.
        rate: pictures a second.
    """
    unit = max(time_base, _FINEST)
    return max(unit, _COARSER) if 1 / rate > LONGEST * unit / 2 else unit
