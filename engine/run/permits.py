"""Permits: how many frames of a lane may be in flight, by their number and by their memory."""

from math import inf

from fer_video.engine.contracts.delivery import Delivery
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.machine import cores

_MOST_LIVE, _SPARE = 2, 4
_FEWEST = 2
"""Frames in flight of a lane, however large they are."""
_MEMORY = 2**29
"""Bytes for the pixels of all frames in flight, where nobody says how many these are."""


class Permits:
    """A frame takes one before the first stage; the caller gives it back."""

    def __init__(
        self, info: SourceInfo, delivery: Delivery, in_flight: int | None, share: int
    ) -> None:
        """Hand out none yet; see `Lane` for what they are.

        Args:
            info: of the source.
            delivery: what happens to its frames while there is no permit.
            in_flight: most frames in flight; None for as many as the cores and the memory allow.
            share: number of lanes that share that memory.
        """
        most = in_flight or cores() + _SPARE
        self._left = min(most, _MOST_LIVE) if delivery is Delivery.DROP_OLDEST else most
        self._memory = inf if in_flight else _MEMORY / share
        self._largest = info.width * info.height * 3 // 2
        """Bytes of the largest frame so far, or as declared."""
        self.in_flight = 0
        """Frames that have a permit and may come out."""

    @property
    def free(self) -> bool:
        """Whether one frame more, as large as the largest so far, may enter."""
        size = (self.in_flight + 1) * self._largest
        return self._left > 0 and (size <= self._memory or self.in_flight < _FEWEST)

    def measure(self, frame: Frame) -> None:
        """Note how large a frame of the source is."""
        self._largest = max(self._largest, frame.width * frame.height * 3 // 2)

    def take(self) -> None:
        """A frame enters the first stage."""
        self._left -= 1
        self.in_flight += 1

    def give_back(self) -> None:
        """The caller is done with a frame."""
        self._left += 1
        self.in_flight -= 1

    def void(self) -> None:
        """A frame with a permit will not come out; as the lane ends, nobody needs its permit."""
        self.in_flight -= 1
