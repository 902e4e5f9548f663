"""Line: the stages behind one source, the frames that stand before each, and which may go on.

Nothing here runs by itself or waits: `crew.py` asks under its lock. After the serial and the
parallel filters of Threading Building Blocks (McCool, Robison, Reinders, "Structured Parallel
Programming", 2012, chapter 9).
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from math import inf
from queue import SimpleQueue
from time import perf_counter
from typing import Any, NamedTuple

from fer_video.engine.frames import Frame, RecognizedFrame
from fer_video.engine.source import Source

Observe = Callable[[str, Frame, float, float], None]
"""Called with stage, frame, start and end (`time.perf_counter` seconds), in the thread that ran the
stage; `infer` runs twice on a frame: the network, and what is made of its scores."""

_MOST_LIVE, _SPARE = 2, 4


class Stage(NamedTuple):
    """One step of a frame's way, with the name that errors and timings give it."""

    name: str
    run: Callable[[Any], Any]
    parallel: bool = False
    """Takes several frames at once, in any order; others take one at a time, in order."""


class Task(NamedTuple):
    """A frame that may go through a stage now; whoever holds it must bring it back."""

    line: "Line"
    stage: int
    number: int
    """Of the frame, counted from 0 without gaps."""
    item: Any


class Line:
    """The frames of one source: numbered, bounded, in order at the end."""

    def __init__(
        self,
        source: Source,
        stages: Sequence[Stage],
        *,
        in_flight: int | None = None,
        max_frames: int | None = None,
    ) -> None:
        """Put stages behind a source.

        Args:
            source: for this line alone.
            stages: the first takes a `Frame`, the last gives a `RecognizedFrame`.
            in_flight: most frames from the first stage to the caller; None for four more than
                there are cores. Of a live source at most 2.
            max_frames: stop after so many frames of the source.
        """
        self.source, self.info = source, source.info
        self.name = source.info.name
        """Which its frames carry as `source`; to be made another where two sources share one."""
        self.waits = self.info.live or not (self.info.files and self.info.files[0].is_file())
        """Its next frame may be long in coming, so that a thread of its own must read it."""
        self.frames = self._named(islice(source.frames(), max_frames))
        reading = Stage("capture", lambda _place: next(self.frames, None))
        self.stages = tuple(stages) if self.waits else (reading, *stages)
        self.dropped = 0
        """Frames of a live source that gave way to newer ones."""
        self.error: BaseException | None = None
        """Of the source or a stage: that of the earliest frame."""
        self._max_frames = max_frames
        self._places = in_flight or (os.cpu_count() or 1) + _SPARE
        if self.info.live:
            self._places = min(self._places, _MOST_LIVE)
        self._door: Frame | None = None
        self.room: SimpleQueue[None] = SimpleQueue()
        """Unless it is live, an item whenever there is room at the door."""
        self.room.put(None)
        self._entered = 0
        self._end = inf
        """Number of the first frame that will not come out."""
        self._before: list[dict[int, Any]] = [{} for _ in range(len(self.stages) + 1)]
        """What each stage, and at last the caller, has yet to take, by number."""
        self._next = [0] * (len(self.stages) + 1)
        """Number of the frame that each takes next."""
        self._busy = [False] * len(self.stages)

    @property
    def frames_expected(self) -> int | None:
        """How many frames will come, as far as the source declares it."""
        declared = self.info.frames
        if declared is None or self._max_frames is None:
            return declared or self._max_frames
        return min(declared, self._max_frames)

    @property
    def ending(self) -> bool:
        """Whether it is known which frame is the last."""
        return self._end < inf

    @property
    def over(self) -> bool:
        """Whether the caller has been given the last frame."""
        return self._next[-1] >= self._end

    def offer(self, frame: Frame) -> None:
        """Put a frame at the door, in the place of an older one."""
        self.dropped += self._full
        self._door = frame

    def no_more(self, error: BaseException | None) -> None:
        """Nothing comes behind the frame at the door."""
        self.end(self._entered + self._full, error)

    def end(self, number: int, error: BaseException | None = None) -> None:
        """Neither this frame nor later ones will come out; those ahead of it will."""
        if number < self._end:
            self._end, self.error = number, error

    def free(self) -> None:
        """The caller is done with a frame."""
        self._places += 1

    def task(self) -> Task | None:
        """What may go on now, nearest to the end first."""
        stages = range(len(self.stages) - 1, -1, -1)
        return next(filter(None, map(self._taken, stages)), None)

    def idle(self) -> bool:
        """Whether nothing may go on now."""
        return all(self._ready(stage) is None for stage in range(len(self.stages)))

    def done(self, task: Task, result: Any) -> Task | None:
        """Take a frame from a stage that it went through; what may go on in the next stage."""
        self._busy[task.stage] = False
        self._next[task.stage] = task.number + 1
        following = task.stage + 1
        if result is None:  # the source's end
            self.end(task.number)
            return None
        self._before[following][task.number] = result
        return self._taken(following) if following < len(self.stages) else None

    def finished(self) -> Iterator[RecognizedFrame]:
        """Take the frames that are through, in order."""
        results = self._before[-1]
        while self._next[-1] < self._end and self._next[-1] in results:
            self._next[-1] += 1
            yield results.pop(self._next[-1] - 1)

    @property
    def _full(self) -> bool:
        """Whether a frame stands at the door."""
        return self._door is not None

    def _named(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        for frame in frames:
            yield frame if frame.source == self.name else replace(frame, source=self.name)

    def _taken(self, stage: int) -> Task | None:
        number = self._ready(stage)
        if number is None:
            return None
        self._busy[stage] = True
        return Task(self, stage, number, self._before[stage].pop(number))

    def _ready(self, stage: int) -> int | None:
        """Number of the frame that may enter this stage now."""
        waiting = self._before[stage]
        if self.stages[stage].parallel:
            number: float = min(waiting, default=inf)
        else:
            if stage == 0 and not waiting and not self._busy[0]:
                self._admit()
            number = inf if self._busy[stage] else self._next[stage]
        return int(number) if number in waiting and number < self._end else None

    def _admit(self) -> None:
        """A free place, and what stands at the door, come before the first stage.

        Not before that is free: so that the frame at the door of a live source is its newest.
        """
        if self._places and (self._full or not self.waits):
            if self._full and not self.info.live:
                self.room.put(None)
            self._before[0][self._entered], self._door = self._door, None
            self._entered += 1
            self._places -= 1


def run(task: Task, observe: Observe) -> Any:
    """Put a frame through the stage that it may enter."""
    stage, start = task.line.stages[task.stage], perf_counter()
    result = stage.run(task.item)
    if result is not None:
        frame = result if isinstance(result, Frame) else result.frame
        observe(stage.name, frame, start, perf_counter())
    return result
