"""Rest: what comes of a stream while nobody looks at its pictures."""

from collections.abc import Iterable, Iterator
from typing import Any

import av

_MOST_BYTES = 2**26
"""Most bytes of packets that are held back; of a stream with fewer whole pictures more is decoded.
"""


class Rest:
    """Holds packets back from the decoder while resting, from the last whole picture on.

    So a stream is received and costs next to nothing, and its newest picture is there as soon as it
    is wanted again, however seldom a whole one comes.
    """

    def __init__(self, stream: av.VideoStream) -> None:
        """Let all packets through; `stream` is that of the pictures."""
        self._stream = stream
        self.resting = False
        """Whether packets are held back; set from any thread."""

    def __call__(self, packets: "Iterable[av.Packet[Any]]") -> "Iterator[av.Packet[Any]]":
        """The packets that are to be decoded."""
        held: list[av.Packet[Any]] = []
        size = 0
        for packet in packets:
            if packet.stream is not self._stream:
                yield packet
                continue
            if self.resting and packet.is_keyframe:
                held, size = [], 0
            held.append(packet)
            size += packet.size
            if not self.resting or size > _MOST_BYTES:
                yield from held
                held, size = [], 0
        yield from held
