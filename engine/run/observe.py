"""Runs a stage, and tells whoever observes the run how long it took."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

from fer_video.engine.frames.frame import Frame
from fer_video.engine.run.lane import Task

Observe = Callable[[str, Frame, float, float], None]
"""Called with stage, frame, start and end (`time.perf_counter` seconds), in the thread that ran the
stage."""


def unobserved(stage: str, frame: Frame, start: float, end: float) -> None:
    """Observe nothing."""


def run(task: Task, observe: Observe) -> Any:
    """Put a frame through the stage that it may enter."""
    stage, start = task.lane.stages[task.stage], perf_counter()
    result = stage.run(task.item)
    if result is not None:
        frame = result if isinstance(result, Frame) else result.frame
        observe(stage.name, frame, start, perf_counter())
    return result
