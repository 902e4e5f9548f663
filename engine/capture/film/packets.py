"""Packets: what a container holds, in the file's order, on behind a place that is damaged."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, Self

import av
import av.error

from fer_video.engine.capture.film.losses import Losses
from fer_video.engine.capture.timing.outliers import Outliers

_MOST_BYTES = 2**23
"""Most bytes that are read ahead."""
_MOST_HELD = 2**26
"""Most bytes that are held back; of a film with fewer whole pictures more is decoded."""
_ATTEMPTS = 100
"""Attempts to read on behind a place that is damaged."""
_KEY_OF_MATROSKA = "enc_key_id"
"""Metadata that FFmpeg gives a stream of Matroska whose packets are encrypted."""


class Packets:
    """An iterator over the packets of a container, the first of which may be looked at before."""

    def __init__(
        self, container: av.container.InputContainer, losses: Losses, outliers: Outliers | None
    ) -> None:
        """Read nothing yet.

        Args:
            container: open file.
            losses: is told what cannot be read.
            outliers: mends the stamps; None where no packet may wait for the next.
        """
        self._container, self._losses, self._outliers = container, losses, outliers
        self._ahead: deque[av.Packet[Any]] = deque()
        self._coming = self._mended()

    def __iter__(self) -> Self:
        """Itself: every packet comes once, however often it is asked for the rest."""
        return self

    def __next__(self) -> "av.Packet[Any]":
        """The next packet."""
        return self._ahead.popleft() if self._ahead else next(self._coming)

    @property
    def ahead(self) -> "Iterable[av.Packet[Any]]":
        """What was looked at, and not yet taken."""
        return tuple(self._ahead)

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

    def seek(self, stream: av.VideoStream, stamp: int) -> None:
        """Go to a picture at a stamp of the stream's clock, or before it; before the iteration.

        Raises:
            FFmpegError: the container cannot be sought in, or not there.
        """
        self._container.seek(stamp, stream=stream)
        self._ahead.clear()
        self._coming = self._mended()

    def _mended(self) -> "Iterator[av.Packet[Any]]":
        packets = self._read()
        return packets if self._outliers is None else self._outliers(packets)

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


class Held:
    """Packets held back from the decoder, from the last whole picture on."""

    def __init__(self) -> None:
        """Hold none."""
        self._packets: list[av.Packet[Any]] = []
        self._size = 0

    @property
    def full(self) -> bool:
        """Whether so many bytes are held that they are to be let go."""
        return self._size > _MOST_HELD

    def add(self, packet: "av.Packet[Any]", *, alone: bool) -> None:
        """Hold a packet back, too; `alone` forgets those before it."""
        if alone:
            self.let_go()
        self._packets.append(packet)
        self._size += packet.size

    def let_go(self) -> "list[av.Packet[Any]]":
        """Hold none any more; those that were held."""
        packets, self._packets, self._size = self._packets, [], 0
        return packets


def is_encrypted(packet: "av.Packet[Any]") -> bool:
    """Whether it is, so that a decoder makes noise of it, or nothing."""
    of_matroska = _KEY_OF_MATROSKA in packet.stream.metadata
    return of_matroska or packet.has_sidedata("encryption_info")
