"""Runs a pipeline into sinks, with progress and a tally."""

import signal
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from fer_video.cli.progress import progress

if TYPE_CHECKING:
    from fer_video.engine import Pipeline
    from fer_video.engine.output.sinks import Sinks


def finish_undisturbed() -> None:
    """Let no second Ctrl-C come between the last frame and its place on disk."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


@dataclass(slots=True)
class Tally:
    """What a run has done so far."""

    frames: int = 0
    faces: int = 0
    dropped: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        """One line for people."""
        late = f" ({self.dropped} dropped, too late)" if self.dropped else ""
        return (
            f"{self.frames} frames{late} in {self.seconds:.2f} s, "
            f"{self.frames / self.seconds:.1f} fps, {self.faces} faces"
        )


def process(pipeline: "Pipeline", sinks: "Sinks", tally: Tally) -> None:
    """Run a pipeline into sinks, with progress, until its end or until the window is closed."""
    from fer_video.engine.sink import WindowClosed  # noqa: PLC0415

    start = perf_counter()
    with pipeline, progress(pipeline.frames_expected) as say:
        try:
            for recognized in pipeline:
                sinks.write(recognized)
                tally.frames += 1
                tally.faces += len(recognized.readings)
                tally.dropped = pipeline.dropped
                tally.seconds = perf_counter() - start
                say(tally.frames)
        except WindowClosed:
            pass
