"""Decoder: pictures of a stream's packets, and word of those that give none."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import av.error

from fer_video.engine.capture.film.losses import Losses
from fer_video.engine.capture.film.packets import is_encrypted
from fer_video.engine.capture.timing.coded_order import CodedOrder
from fer_video.engine.capture.timing.stretch import Stretch

_UNTIMED = "avi"
"""FFmpeg's name of the format that stores no times of presentation."""


class Decoder:
    """Losses outside the stretch that is read are none."""

    def __init__(self, stream: av.VideoStream, losses: Losses, stretch: Stretch) -> None:
        """Decode nothing yet.

        Args:
            stream: of the pictures, whose decoder has been started.
            losses: is told what gives no picture.
            stretch: that is read.
        """
        self._stream, self._losses, self._stretch = stream, losses, stretch
        untimed = stream.container.format.name == _UNTIMED
        self._coded = CodedOrder() if untimed else None
        self._unit = stream.time_base or Fraction(1, 90_000)

    def __call__(self, packet: "av.Packet[Any]") -> Iterator[av.VideoFrame]:
        """The pictures that are whole with this packet."""
        self._losses.flagged(packet.is_corrupt and self._is_wanted(packet))
        if packet.pts is not None and not packet.size:
            return  # Theora's word for a picture that stands
        if packet.size and is_encrypted(packet):
            self._losses.encrypted(self._is_wanted(packet))
            return
        if self._coded is not None:
            self._coded.decode(packet)
        yield from self._decoded(packet)

    def rest(self) -> Iterator[av.VideoFrame]:
        """The pictures that the decoder still holds behind the last packet."""
        yield from self._decoded(None)

    def stamp(self, picture: av.VideoFrame) -> int | None:
        """When a picture is seen, in ticks of the stream; None where nothing tells."""
        if self._coded is None:
            return picture.pts
        return self._coded.stamp(picture, self._stream.codec_context.has_b_frames)

    def _decoded(self, packet: "av.Packet[Any] | None") -> Iterator[av.VideoFrame]:
        try:
            pictures = self._stream.codec_context.decode(packet)
        except av.error.FFmpegError:
            if packet is None or self._is_wanted(packet):
                self._losses.damaged()
            if self._coded is not None:
                self._coded.lose()
            return
        yield from pictures

    def _is_wanted(self, packet: "av.Packet[Any]") -> bool:
        return packet.pts is None or self._stretch.holds(packet.pts * self._unit)
