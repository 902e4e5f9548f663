"""Extent: where a film begins and ends, by what its container declares."""

from collections.abc import Iterable
from fractions import Fraction
from math import ceil, inf
from typing import Any, NamedTuple

import av

from fer_video.engine.capture.timing.rate import is_bare
from fer_video.engine.capture.timing.timeline import is_dense, shown

_MATROSKA, _FFMPEG = "matroska", "Lavf"
"""FFmpeg's name of the format, which is WebM's as well, and how it calls itself in files."""


_TELLING = ("mov", "matroska", "flv")
"""FFmpeg's names of the formats that say how long they are, by the clock of their pictures."""


class Begin(NamedTuple):
    """Seconds by the container's clock."""

    film: Fraction
    """At which the film begins; becomes 0."""
    pictures: Fraction
    """At which the first of them is seen; sound may begin earlier."""


def begin_of(
    stream: av.VideoStream,
    container: av.container.InputContainer,
    ahead: "Iterable[av.Packet[Any]]",
    *,
    misled: bool = False,
) -> Begin:
    """Where a film begins; bare streams begin with their first picture.

    Args:
        stream: of the pictures.
        container: that it is of.
        ahead: the first packets of the file, as far as they are known.
        misled: the first stamp of a stream was wrong, and FFmpeg takes it for the beginning.
    """
    film = seen = Fraction(container.start_time or 0, av.time_base)
    if stream.start_time is not None and stream.time_base is not None:
        seen = stream.start_time * stream.time_base
    if not misled and not is_bare(container):
        return Begin(film, seen)
    moments = [(packet.stream, shown(packet)) for packet in ahead if is_dense(packet)]
    pictures = [moment for of, moment in moments if of is stream and moment is not None]
    known = (moment for _, moment in moments if moment is not None)
    return Begin(min(known, default=Fraction(0)), min(pictures, default=seen) if misled else seen)


def told_until(container: av.container.InputContainer) -> float:
    """Seconds of its clock up to which a container says that it goes; less than any where it does
    not, as a broadcast does not, whose length FFmpeg takes from its last stamp."""
    known = container.format.name.split(",")[0] in _TELLING and container.duration is not None
    end = (container.start_time or 0) + (container.duration or 0)
    return end / av.time_base if known else -inf


def declared_end(
    stream: av.VideoStream,
    container: av.container.InputContainer,
    begin: Begin,
    last: Fraction | None = None,
) -> Fraction | None:
    """Where the pictures end, in seconds from the film's beginning; None where nothing tells.

    A container's duration counts from its beginning, but that of Matroska as FFmpeg writes it from
    0 of its clock.

    Args:
        stream: of the pictures.
        container: that it is of, whose sound may be longer.
        begin: of the film.
        last: seconds by the container's clock at which the last picture ends, if that was looked
            for, since some containers declare it of all streams together.
    """
    if stream.duration and stream.time_base:
        return begin.pictures + stream.duration * stream.time_base - begin.film
    if last is not None and last > begin.pictures:
        return last - begin.film
    if not container.duration:
        return None
    by_ffmpeg = container.metadata.get("ENCODER", "").startswith(_FFMPEG)
    from_zero = by_ffmpeg and _MATROSKA in container.format.name
    end = Fraction(container.duration, av.time_base)
    return end - begin.film if from_zero else end


def declared_frames(
    stream: av.VideoStream, begin: Begin, end: Fraction | None, rate: Fraction
) -> int | None:
    """How many pictures there are; an edit list (ISO 14496-12, 8.6.6) leaves some out.

    Args:
        stream: of the pictures.
        begin: of the film.
        end: of the pictures, in seconds of the film; None where nothing tells.
        rate: frames a second.
    """
    if not stream.frames:
        return None if end is None else max(round((end + begin.film - begin.pictures) * rate), 0)
    lasting = (stream.duration or 0) * (stream.time_base or 0) * (stream.average_rate or 0)
    return min(stream.frames, ceil(lasting)) if lasting else stream.frames
