"""Viewing: the plain window, and the pipelines whose frames it shows, one after another."""

from functools import partial
from typing import TYPE_CHECKING

from fer_video.cli.running.seeking import Sought

if TYPE_CHECKING:
    from fer_video.cli.running.seeking import Film
    from fer_video.engine import Pipeline
    from fer_video.engine.output.sinks import Sinks
    from fer_video.engine.smooth.baseline import NeutralBaseline


class Viewing:
    """A window among the sinks."""

    def __init__(
        self,
        sinks: "Sinks",
        pipeline: "Pipeline",
        baseline: "NeutralBaseline",
        *,
        alone: bool,
        film: "Film | None",
    ) -> None:
        """Open the window.

        Args:
            sinks: that the window is added to, and closed with.
            pipeline: whose frames it shows first.
            baseline: that a person may calibrate.
            alone: nothing is written as well, which would be kept waiting for each frame's time.
            film: that can be opened anew at another moment: then the window raises `Sought`. None
                of anything else.

        Raises:
            OutputError: there is no display, or this OpenCV has no windows.
        """
        from fer_video.engine.output.controls import Controls  # noqa: PLC0415
        from fer_video.engine.output.window.window import Window  # noqa: PLC0415

        sought = film if alone else None
        self._stays = alone and not any(info.live for info in pipeline.infos)
        self._pipeline = pipeline
        self._window = Window(
            pipeline.infos,
            Controls(pipeline.infos, baseline.calibrate),
            self._wait,
            timed=alone,
            rest=self._rest,
            seek=None if sought is None else partial(_seek, sought.end),
            before=None if sought is None else sought.before,
        )
        sinks.add(self._window)
        pipeline.idle, pipeline.in_step = self._window.idle, alone

    def go_on_with(self, pipeline: "Pipeline") -> None:
        """Show the frames of another pipeline, of the same film."""
        self._pipeline = pipeline
        pipeline.idle = self._window.idle
        self._window.begin_again()

    def stay(self) -> None:
        """With nothing but files in it, keep the last frame until somebody closes the window.

        Raises:
            WindowClosed: somebody did.
            Sought: somebody wants to see another moment.
        """
        if self._stays:
            self._window.stay()

    def _rest(self, resting: bool) -> None:
        self._pipeline.rest(resting)

    def _wait(self) -> None:
        if self._pipeline.idle is not None:
            self._pipeline.idle()


def _seek(end: float, time: float) -> None:
    raise Sought(min(time, end))
