"""Packets: what a container holds, in the file's order, on behind a place that is damaged."""

from collections.abc import Iterator
from typing import Any

import av
import av.error

from fer_video.engine.capture.losses import Losses

_MOST_BYTES = 2**23
"""Most bytes that are read ahead."""
_ATTEMPTS = 100
"""Attempts to read on behind a place that is damaged."""


class Packets:
    """An iterator over the packets of a container, the first of which may be looked at before."""

    def __init__(self, container: av.container.InputContainer, losses: Losses) -> None:
        """Read nothing yet; `losses` is told what cannot be read."""
        self._container, self._losses = container, losses
        self._ahead: list[av.Packet[Any]] = []
        self._coming = self._read()

    def __iter__(self) -> "Iterator[av.Packet[Any]]":
        """Every packet, once."""
        yield from self._ahead
        self._ahead = []
        yield from self._coming

    def look_ahead(self, stream: av.VideoStream, most: int) -> "list[av.Packet[Any]]":
        """The first packets of a stream, so many or as the memory allows."""
        seen: list[av.Packet[Any]] = []
        size = 0
        while len(seen) < most and size < _MOST_BYTES:
            packet = next(self._coming, None)
            if packet is None:
                break
            self._ahead.append(packet)
            size += packet.size
            if packet.stream is stream:
                seen.append(packet)
        return seen

    def _read(self) -> "Iterator[av.Packet[Any]]":
        failures = 0
        while True:
            try:
                for packet in self._container.demux():
                    failures = 0
                    yield packet
            except IndexError:  # PyAV's, at the end, of a stream that appeared on the way
                return
            except av.error.FFmpegError as error:
                failures += 1
                if failures < _ATTEMPTS and isinstance(error, av.error.InvalidDataError):
                    self._losses.unreadable()
                    continue
                self._losses.stop(error)
            return
