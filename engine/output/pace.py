"""Pace: when a frame is to be shown: at its time, at once, or when a person steps to it."""

from collections.abc import Callable, Sequence
from math import inf
from threading import Event
from time import monotonic

from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.info import SourceInfo

_HOPELESS = 0.5
"""Seconds that a frame may be late; then the clock waits for it, rather than hurrying after."""


class Pace:
    """Asked of each frame in turn: how long the one before it stays.

    Films are played by their time stamps, and of photographs alone each stays until somebody steps
    to the next; beside films they keep nothing waiting. What is live, or is written as well, is
    shown as it comes. While paused every frame stays.
    """

    def __init__(
        self,
        going: Event,
        infos: Sequence[SourceInfo],
        *,
        timed: bool = True,
        rest: Callable[[bool], None] = lambda _resting: None,
    ) -> None:
        """Begin before the first frame.

        Args:
            going: set unless paused.
            infos: of the sources, whose frames come in one order.
            timed: play films by their time stamps, and keep photographs, unless a source is live.
            rest: told whether nobody wants frames for now, whenever that changes; see
                `Pipeline.rest`.
        """
        self.speed = 1.0
        """How much faster than its own speed a film is played; infinite is without waiting."""
        self._going, self._timed = going, timed and not any(info.live for info in infos)
        self._keeps = all(info.stills for info in infos)
        """Whether photographs are kept."""
        self._rest, self._resting = rest, False
        self._steps = 0
        self._holds = False
        self._until = -inf
        """Time of the film up to which it is skipped, in seconds."""
        self._start: tuple[float, float] | None = None
        """A moment of `monotonic`, and the time of the film then; None before it plays."""
        self._shown = -inf
        """Time of the frame that is shown, in seconds."""

    @property
    def holds(self) -> bool:
        """Whether a photograph is kept until somebody steps to the next."""
        return self._holds

    def step(self) -> None:
        """Let one more frame come, even while paused; from any thread."""
        self._steps += 1

    def skip(self, seconds: float) -> None:
        """Let the film go on at once by so many seconds from the frame that is shown."""
        self._until = self._shown + seconds

    def set_speed(self, speed: float) -> None:
        """Play on from here, so many times as fast as the film is."""
        self.speed, self._start = speed, None

    def left(self, frame: Frame) -> float:
        """Seconds until this frame is due, infinite until somebody asks for it; 0 shows it.

        After 0 it is to be asked of the frame behind this one.
        """
        left = self._left(frame, monotonic())
        self._holds = frame.still and left > 0
        if left == 0 and (self._keeps or not frame.still):
            self._shown = frame.time
        resting = left > 0 and not self._going.is_set()
        if resting != self._resting:
            self._resting = resting
            self._rest(resting)
        return left

    def _left(self, frame: Frame, now: float) -> float:
        if self._steps:
            self._steps, self._start = self._steps - 1, None
            return 0.0
        if not self._going.is_set():
            self._start = None
            return inf
        if frame.still and self._timed:
            return inf if self._keeps and self._shown > -inf else 0.0
        if not self._timed or frame.time < self._until:
            self._start = None
            return 0.0
        return self._waits(frame.time, now)

    def _waits(self, time: float, now: float) -> float:
        start, begun = self._start or (now, time)
        left = (time - begun) / self.speed - (now - start)
        if self._start is None or left < -_HOPELESS:
            self._start = now, time
            return 0.0
        return max(left, 0.0)
