"""Approach: the way to a stretch of a film, with as little decoded as its format allows."""

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error

from fer_video.engine.capture.film.packets import Held, Packets
from fer_video.engine.capture.timing.timeline import Timeline, shown

_TELLS_PLACES = ("mov", "matroska", "avi")
"""FFmpeg's names of the formats that find a time: their clock runs on, so that it has one place."""
_NEVER_WHOLE = ("apng", "flic", "gif")
"""Codecs whose every picture needs all those before it, whatever their containers say."""
_RUN_UP = Fraction(1)
"""Seconds before the stretch from which is decoded at the latest: some films have no whole picture
but build one up (intra refresh), and lines of interlaced ones are found in the picture before."""
_FURTHER = (Fraction(0), Fraction(10), Fraction(100))
"""Seconds by which a seek goes further back, until the picture there is early enough: some indices
tell when pictures are decoded, which is before they are seen, and some are coarse."""


class Approach:
    """Gives packets from the last whole picture before a moment on; those before go unread.

    Formats without an index, and those in which one time may have several places (joined
    broadcasts), are read from the beginning, but not decoded.
    """

    def __init__(self, stream: av.VideoStream, start: Fraction) -> None:
        """Head for a moment.

        Args:
            stream: of the pictures.
            start: seconds of the film.
        """
        self._stream = stream
        self._from = max(start - _RUN_UP, Fraction(0))

    def seek(self, name: str, packets: Packets, begin: Fraction) -> None:
        """Go near, where the format allows it; before any packet is taken.

        Args:
            name: of the file, as it was opened.
            packets: of the file.
            begin: seconds at which the container's clock begins.
        """
        container = self._stream.container
        kinds = container.format.name.split(",")
        reachable = Path(name).is_file() or name.startswith(("http://", "https://"))
        if not (self._from and reachable and set(kinds) & set(_TELLS_PLACES) and self._is_cut()):
            return
        unit = self._stream.time_base or Fraction(1, 90_000)
        for back in (*_FURTHER, self._from):
            goal = begin + max(self._from - back, Fraction(0))
            with suppress(av.error.FFmpegError):
                packets.seek(self._stream, round(goal / unit))
                first = map(shown, packets.look_ahead(self._stream, 1))
                if any(moment is not None and moment <= begin + self._from for moment in first):
                    return

    def __call__(self, packets: Packets, timeline: Timeline) -> "Iterator[av.Packet[Any]]":
        """The packets that are needed, at their places in the film's time.

        Args:
            packets: of the file.
            timeline: places them.
        """
        held, behind = Held(), not (self._from and self._is_cut())
        for packet in packets:
            timeline.place(packet)
            if behind or packet.stream is not self._stream:
                yield packet
                continue
            moment = _decoded(packet)
            behind = moment is None or moment > self._from
            held.add(packet, alone=packet.is_keyframe and not behind)
            if behind or held.full:
                yield from held.let_go()
        yield from held.let_go()

    def _is_cut(self) -> bool:
        """Whether the film may be decoded from some pictures in it on.

        An AVI with pictures out of order may not: its pictures are timed by counting them.
        """
        context, kind = self._stream.codec_context, self._stream.container.format.name
        return context.name not in _NEVER_WHOLE and not (kind == "avi" and context.has_b_frames)


def _decoded(packet: "av.Packet[Any]") -> Fraction | None:
    """Seconds at which a packet is decoded; of some containers, those at which it is seen."""
    stamp = packet.pts if packet.dts is None else packet.dts
    return None if stamp is None or packet.time_base is None else stamp * packet.time_base
