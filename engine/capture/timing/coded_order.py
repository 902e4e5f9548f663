"""Coded order: times of pictures where the container stores none but those of decoding."""

from collections import deque
from typing import Any

import av


class CodedOrder:
    """Gives the pictures of an AVI, which come in the order of seeing, the times of its chunks.

    Such a container stores the order of decoding and a constant rate; a chunk may be empty where a
    frame was dropped, so that counting pictures would run ahead. With B-frames FFmpeg guesses the
    times, and wrongly; but the first picture to be seen takes the first time, and so on.
    """

    def __init__(self) -> None:
        """Expect the first packet."""
        self._times: deque[int] = deque()

    def decode(self, packet: "av.Packet[Any]") -> None:
        """Note the time of a packet that goes to the decoder."""
        if packet.dts is not None:
            self._times.append(packet.dts)

    def lose(self) -> None:
        """Forget one: its packet gave no picture."""
        if self._times:
            self._times.popleft()

    def stamp(self, picture: av.VideoFrame, reordered: bool) -> int | None:
        """The time of the next picture in ticks; its own unless the codec reorders pictures."""
        if not reordered and picture.pts is not None:
            while self._times and self._times[0] <= picture.pts:
                self._times.popleft()
            return picture.pts
        return self._times.popleft() if self._times else None
