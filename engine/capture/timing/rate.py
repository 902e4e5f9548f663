"""Rate: how many pictures a second a video really has, by what it declares and by its stamps."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import cast

import av
from av.format import Flags

_USUAL = Fraction(25)
"""Frames a second where nothing tells: FFmpeg's own guess."""
MOST_BELIEVED = 240
"""Frames a second that are believed without a stamp: some containers give their clock's instead."""
_FINEST, _SHORTEST = 90_000, Fraction(1, 1000)
"""Denominator of a step in seconds, so that rates stay short; and the shortest that is believed."""
_MATROSKA, _FFMPEG = "matroska", "Lavf"
"""FFmpeg's name of the format, which is WebM's as well, and how it calls itself in files."""
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


def declared_frames(
    stream: av.VideoStream, container: av.container.InputContainer, rate: Fraction
) -> int | None:
    """How many pictures there are; an edit list (ISO 14496-12, 8.6.6) leaves some out.

    Args:
        stream: of the pictures.
        container: that it is of.
        rate: frames a second.
    """
    if not stream.frames:
        end = _end(container)
        return None if end is None else max(round((end - first_seen(stream, container)) * rate), 0)
    lasting = (stream.duration or 0) * (stream.time_base or 0) * (stream.average_rate or 0)
    return min(stream.frames, ceil(lasting)) if lasting else stream.frames


def declared_end(
    stream: av.VideoStream, container: av.container.InputContainer, start: Fraction
) -> Fraction | None:
    """Where the pictures end, in seconds from the film's beginning; None where nothing tells.

    Args:
        stream: of the pictures.
        container: that it is of, whose sound may be longer.
        start: seconds by the container's clock at which the film begins.
    """
    if stream.duration and stream.time_base:
        return ((stream.start_time or 0) + stream.duration) * stream.time_base - start
    end = _end(container)
    return None if end is None else end - start


def first_seen(stream: av.VideoStream, container: av.container.InputContainer) -> Fraction:
    """Seconds by the container's clock at which the first picture is seen.

    Args:
        stream: of the pictures.
        container: that it is of, whose sound may begin earlier.
    """
    if stream.start_time is None or stream.time_base is None:
        return _begin(container)
    return stream.start_time * stream.time_base


def is_bare(container: av.container.InputContainer) -> bool:
    """Whether it holds nothing but pictures, which follow each other at one rate."""
    return bool(container.format.flags & cast("int", Flags.no_timestamps.value))


def _begin(container: av.container.InputContainer) -> Fraction:
    return Fraction(container.start_time or 0, av.time_base)


def _end(container: av.container.InputContainer) -> Fraction | None:
    """Seconds by its own clock at which a container ends; None where nothing tells.

    A duration counts from the container's beginning, but that of Matroska as FFmpeg writes it from
    0 of its clock.
    """
    if not container.duration:
        return None
    by_ffmpeg = container.metadata.get("ENCODER", "").startswith(_FFMPEG)
    from_zero = by_ffmpeg and _MATROSKA in container.format.name
    begin = Fraction(0) if from_zero else _begin(container)
    return begin + Fraction(container.duration, av.time_base)


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
