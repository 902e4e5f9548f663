"""Rate: how many pictures a second a video really has, by what it declares and by its stamps."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import cast

import av
from av.format import Flags

_USUAL = Fraction(25)
"""Frames a second where nothing tells: FFmpeg's own guess."""
MOST_BELIEVED = 240
"""Frames a second that are believed without a stamp: some containers give their clock's instead."""
_FINEST, _SHORTEST = 90_000, Fraction(1, 1000)
"""Denominator of a step in seconds, so that rates stay short; and the shortest that is believed."""
_NEAR = Fraction(9, 8)
"""Ratio within which a declared rate and the stamps agree."""


def real_rate(
    stream: av.VideoStream, container: av.container.InputContainer, stamps: Sequence[Fraction]
) -> Fraction:
    """Frames a second.

    What is declared holds where the stamps of the first pictures agree. Recordings of browsers, FLV
    and RTSP declare the ticks of their clock, and an average is far off where one picture stands
    for long. Bare streams of H.264 and the like have no stamps, but say it in the pictures.

    Args:
        stream: of the pictures.
        container: that it is of.
        stamps: seconds at which the first pictures are seen, in any order.
    """
    declared = None if is_bare(container) else stream.average_rate
    measured = _measured(sorted(stamps))
    if measured is None:
        return _first_likely([declared, stream.guessed_rate])
    if declared and 1 / _NEAR < declared / measured < _NEAR:
        return declared
    return measured


def is_bare(container: av.container.InputContainer) -> bool:
    """Whether it holds nothing but pictures, which follow each other at one rate."""
    return bool(container.format.flags & cast("int", Flags.no_timestamps.value))


def _measured(stamps: Sequence[Fraction]) -> Fraction | None:
    """One over the mean of the usual steps; those that are far longer or shorter do not count."""
    steps = sorted(after - before for before, after in pairwise(stamps) if after > before)
    if not steps:
        return None
    middle = steps[len(steps) // 2]
    usual = [step for step in steps if middle / 2 < step < middle * 2]
    mean = sum(usual, Fraction(0)) / len(usual)
    return 1 / max(mean.limit_denominator(_FINEST), _SHORTEST)


def _first_likely(rates: Sequence[Fraction | None]) -> Fraction:
    return next((rate for rate in rates if rate and rate <= MOST_BELIEVED), _USUAL)
