"""Rest: what comes of a stream while nobody looks at its pictures."""

from collections.abc import Iterable, Iterator
from typing import Any

import av

from fer_video.engine.capture.film.packets import Held


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
        held = Held()
        for packet in packets:
            if packet.stream is not self._stream:
                yield packet
                continue
            held.add(packet, alone=self.resting and packet.is_keyframe)
            if not self.resting or held.full:
                yield from held.let_go()
        yield from held.let_go()
