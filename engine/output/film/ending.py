"""Ending: how long the last picture stands, in containers where only their last packet tells."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import av

from fer_video.engine.frames.frame import Frame
from fer_video.engine.output.film.units import LONGEST


class Ending:
    """Makes a video as long as its pictures say.

    An mp4 lasts as long as its packets do, one behind the other in the order of decoding; with
    B-frames the last of them is not the last picture, and only that one knows how long it stands.
    """

    def __init__(self, container: str) -> None:
        """Expect the first picture; `container` is FFmpeg's name of it."""
        self._told_by_packets = container in ("mp4", "mov")
        self._delay: Fraction | None = None
        self.end = Fraction(0)
        """Seconds at which the last picture ends."""

    def show(self, frame: Frame) -> None:
        """Note a picture that goes to the encoder."""
        lasts = frame.picture.duration * (frame.picture.time_base or frame.time_base)
        self.end = frame.pts * frame.time_base + lasts

    def follow(self, packets: "Sequence[av.Packet[Any]]") -> "Sequence[av.Packet[Any]]":
        """Note packets of the encoder, and give them back."""
        first = next(iter(packets), None)
        if self._delay is None and first is not None and None not in (first.pts, first.dts):
            self._delay = ((first.pts or 0) - (first.dts or 0)) * first.time_base
        return packets

    def finish(self, packets: "Sequence[av.Packet[Any]]") -> "Sequence[av.Packet[Any]]":
        """The last packets of the encoder, the last of them lengthened if need be."""
        self.follow(packets)
        if self._told_by_packets and packets and packets[-1].dts is not None:
            last = packets[-1]
            lasts = self.end - (self._delay or 0) - (last.dts or 0) * last.time_base
            last.duration = min(max(last.duration or 0, round(lasts / last.time_base)), LONGEST)
        return packets
