"""Recorder: keeps when every stage began and ended every frame."""

from array import array
from dataclasses import dataclass, field
from time import thread_time

STAGES = ("capture", "detect", "preprocess", "infer", "render", "output")


@dataclass(slots=True)
class Timings:
    """Of one stage, a value a frame in the order of its runs; seconds."""

    index: "array[int]" = field(default_factory=lambda: array("q"))
    start: "array[float]" = field(default_factory=lambda: array("d"))
    end: "array[float]" = field(default_factory=lambda: array("d"))
    cpu: "array[float]" = field(default_factory=lambda: array("d"))
    """CPU time of the stage's thread so far."""


class Recorder:
    """An observer for `open_pipeline`: each stage's thread writes to a list of its own."""

    def __init__(self) -> None:
        """Start empty."""
        self.timings: dict[str, Timings] = {stage: Timings() for stage in STAGES}

    @property
    def megabytes(self) -> float:
        """What is kept so far."""
        return sum(32 * len(timings.index) for timings in self.timings.values()) / 1e6

    def __call__(self, stage: str, index: int, start: float, end: float) -> None:
        """Keep one run; 32 bytes."""
        timings = self.timings[stage]
        timings.index.append(index)
        timings.start.append(start)
        timings.end.append(end)
        timings.cpu.append(thread_time())
