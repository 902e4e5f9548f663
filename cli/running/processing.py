"""Runs a pipeline into sinks, with progress and a tally."""

from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from fer_video.cli.running.seeking import Sought, opened_near
from fer_video.cli.terminal.interruption import Interruption
from fer_video.cli.terminal.progress import progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from fer_video.cli.running.viewing import Viewing
    from fer_video.engine import Pipeline
    from fer_video.engine.output.sinks import Sinks


@dataclass(slots=True)
class Tally:
    """What a run has done so far."""

    frames: int = 0
    faces: int = 0
    dropped: int = 0
    seconds: float = 0.0
    complete: bool = False
    """Whether all that was asked for was read, without loss."""

    def __str__(self) -> str:
        """One line for people."""
        late = f" ({self.dropped} dropped)" if self.dropped else ""
        return (
            f"{self.frames} frames{late} in {self.seconds:.2f} s, "
            f"{self.frames / self.seconds:.1f} fps, {self.faces} faces"
        )


def process(
    pipeline: "Pipeline",
    sinks: "Sinks",
    tally: Tally,
    interruption: Interruption,
    stay: "Callable[[], None]" = lambda: None,
) -> None:
    """Run a pipeline into sinks, with progress, until its end or until somebody ends it.

    That is a person who closes the window, or a signal: then every sink has the same frames. What
    `stay` does comes behind the last frame.
    """
    from fer_video.engine.contracts.sink import WindowClosed  # noqa: PLC0415

    start = perf_counter() - tally.seconds  # of what was seen before somebody sought
    before, dropped = tally.frames, tally.dropped
    try:
        with (
            pipeline,
            progress(pipeline.frames_expected) as say,
            suppress(WindowClosed),
            interruption.frames(pipeline) as frames,
        ):
            for recognized in frames:
                try:
                    sinks.write(recognized)
                finally:  # a window that is closed is the last to have got the frame
                    tally.frames += 1
                    tally.faces += len(recognized.readings)
                    tally.dropped = dropped + pipeline.dropped
                    tally.seconds = perf_counter() - start
                say(tally.frames - before)
            stay()
    finally:
        tally.complete = pipeline.complete


def process_viewed(
    viewing: "Viewing",
    open_at: "Callable[[float], Pipeline]",
    pipeline: "Pipeline",
    sinks: "Sinks",
    tally: Tally,
    interruption: Interruption,
) -> None:
    """Run a pipeline into sinks with a window, and the film anew wherever somebody seeks to.

    Args:
        viewing: the window.
        open_at: opens the film at a moment, in seconds.
        pipeline: the first.
        sinks: the window is one of them.
        tally: counts all frames that were seen.
        interruption: ends it.
    """
    while True:
        try:
            process(pipeline, sinks, tally, interruption, viewing.stay)
        except Sought as sought:
            pipeline = opened_near(open_at, sought.time)
            viewing.go_on_with(pipeline)
        else:
            return
