"""Recorder: keeps when every stage, whatever its name, began and ended every frame."""

from array import array
from dataclasses import dataclass, field
from itertools import count
from threading import Lock, get_ident
from time import thread_time

from fer_video.engine.frames.frame import Frame

SOURCE = 2**40
"""Step between the frame numbers of two sources: more than one source has."""


@dataclass(slots=True)
class Timings:
    """Of one stage, a value a run in the order in which they ended; seconds."""

    frame: "array[int]" = field(default_factory=lambda: array("q"))
    """Index of the frame, plus `SOURCE` for each source before its own; a source that is opened
    anew is another one."""
    start: "array[float]" = field(default_factory=lambda: array("d"))
    end: "array[float]" = field(default_factory=lambda: array("d"))
    cpu: "array[float]" = field(default_factory=lambda: array("d"))
    """CPU time that the thread spent since it was last told of, which is on this run."""
    thread: "array[int]" = field(default_factory=lambda: array("Q"))
    """Identifier of the thread that ran the stage: any worker may run any of them."""


class Recorder:
    """An observer for `open_pipeline`."""

    def __init__(self) -> None:
        """Start empty."""
        self.timings: dict[str, Timings] = {}
        """Runs by stage, in the order in which a frame meets the stages."""
        self._spent: dict[int, float] = {}
        self._sources: dict[str, int] = {}
        """Number of each source, by its name: the last one where it was opened anew."""
        self._numbers = count()
        self._captured: dict[str, int] = {}
        """Index of the last frame captured of each source, by its name."""
        self._lock = Lock()

    @property
    def megabytes(self) -> float:
        """What is kept so far."""
        return sum(40 * len(timings.frame) for timings in self.timings.values()) / 1e6

    def __call__(self, stage: str, frame: Frame, start: float, end: float) -> None:
        """Keep one run; 40 bytes."""
        thread, spent = get_ident(), thread_time()
        known = self._spent.get(thread, spent)
        with self._lock:
            timings = self.timings.get(stage)
            if timings is None:
                timings = self.timings[stage] = Timings()
            timings.frame.append(frame.index + SOURCE * self._number(stage, frame))
            timings.start.append(start)
            timings.end.append(end)
            timings.cpu.append(spent - known if known <= spent else spent)  # a new thread's
            timings.thread.append(thread)
        self._spent[thread] = spent

    def _number(self, stage: str, frame: Frame) -> int:
        """Of the frame's source; a new one where its first frames are captured again."""
        name, captured = frame.source, stage == "capture"
        anew = captured and frame.index <= self._captured.get(name, -1)
        if anew or name not in self._sources:
            self._sources[name] = next(self._numbers)
        if captured:
            self._captured[name] = frame.index
        return self._sources[name]
