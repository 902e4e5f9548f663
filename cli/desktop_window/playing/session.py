"""Session: sources that are open, from the engine in a thread of its own to the newest results."""

from collections.abc import Callable
from contextlib import suppress
from copy import copy
from dataclasses import replace
from enum import Enum
from functools import partial
from math import inf
from pathlib import Path
from threading import Event, Thread
from time import perf_counter

from fer_video.cli.desktop_window.playing.history import History
from fer_video.cli.desktop_window.playing.wanted import Wanted
from fer_video.cli.running.seeking import opened_near, time_before
from fer_video.engine.assembly.networks import Networks
from fer_video.engine.assembly.pipelines import open_pipelines
from fer_video.engine.compiling import on_compiling
from fer_video.engine.contracts.sink import WindowClosed
from fer_video.engine.errors import FerError, OutputError
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.options.engine import EngineOptions
from fer_video.engine.options.file import FileOptions
from fer_video.engine.output.controls import Controls
from fer_video.engine.output.newest import Newest
from fer_video.engine.output.pace import Pace
from fer_video.engine.render.stage import Render
from fer_video.engine.run.observe import Observe, unobserved
from fer_video.engine.run.pipeline import Pipeline
from fer_video.engine.smooth.baseline import NeutralBaseline

_LOOK = 0.25
"""Seconds after which a thread that waits for a person looks around, if nothing wakes it."""

_PATIENCE = 3.0
"""Seconds that the session before may take to give a camera back."""


class Phase(Enum):
    """How far a session is."""

    OPENING = "opening"
    SHOWING = "showing"
    OVER = "over"
    FAILED = "failed"


class Session:
    """Results go to `newest` at the pace at which they are to be shown, each with its history.

    A frame is recorded when the next one takes its place, so that a recording begins with the frame
    that is shown when somebody asks for it, even while paused.
    """

    def __init__(
        self,
        wanted: Wanted,
        load: Callable[[EngineOptions], Networks],
        folder: Path,
        after: "Session | None" = None,
        *,
        prepare: Callable[[RecognizedFrame], None] = lambda _recognized: None,
        tell: Callable[[], None] = lambda: None,
        observe: Observe = unobserved,
    ) -> None:
        """Begin to open the sources.

        Args:
            wanted: what to open.
            load: gives the networks, see `Shelf`.
            folder: for what is recorded and saved.
            after: a session that is left now, and whose camera may be the same one.
            prepare: does what can be done for the showing of a frame before its time comes.
            tell: says that there is something in `newest`.
            observe: told of every stage run, and of `prepare` as one.
        """
        self.wanted, self.phase = wanted, Phase.OPENING
        self.said = ""
        """What the person should read: why it failed, or what takes so long."""
        self.infos: tuple[SourceInfo, ...] = ()
        """Of the sources, once they are open."""
        self.kept = ""
        """What became of a recording that was finished when the session was left, for who left."""
        self.ended: tuple[str, ...] = ()
        """Names of the sources of which nothing more will come."""
        self.controls: Controls | None = None
        """What a person may do, once the sources are open."""
        self.pace: Pace | None = None
        """When the next frame comes, once the sources are open."""
        self.start = wanted.start
        """Seconds of the film at which it is opened."""
        self.newest, self.history = Newest(tell), History()
        self._load, self._folder, self._after = load, folder, after
        self._prepare, self._observe = prepare, observe
        self._held: RecognizedFrame | None = None
        """The frame that is shown, and not yet recorded."""
        self._woken = Event()
        self._render = Render()
        self._thread = Thread(target=self._run, name="fer-video session", daemon=True)
        self._thread.start()

    @property
    def still(self) -> bool:
        """Whether it shows photographs alone."""
        return bool(self.infos) and all(info.stills for info in self.infos)

    @property
    def live(self) -> bool:
        """Whether a source gives frames when they come."""
        return any(info.live for info in self.infos)

    def wake(self) -> None:
        """Let the thread see at once that a person has done something."""
        self._woken.set()

    def leave(self) -> None:
        """Let the thread finish what is recorded, close the sources and end, without waiting."""
        self.newest.close()
        self.wake()

    def join(self, timeout: float | None = None) -> None:
        """Wait for the end of the thread."""
        self._thread.join(timeout)

    @property
    def running(self) -> bool:
        """Whether its thread is still there."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            if self._after is not None:
                self._after.join(_PATIENCE)
                self._after = None
            with suppress(WindowClosed), on_compiling(self._tell_of_compiling):
                self._show()
        except Exception as error:
            self.phase, self.said = Phase.FAILED, str(error) or type(error).__name__
            if not isinstance(error, FerError):  # a defect, which is to be seen
                raise
        finally:
            self._finish()

    def _show(self) -> None:
        networks = self._load(self.wanted.options)
        baseline = NeutralBaseline(self.wanted.options.calibrate)
        self._check()
        wanted = self.wanted
        start = time_before(wanted.sources[0], wanted.start) if wanted.back else wanted.start
        with opened_near(partial(self._open, networks, baseline), start) as pipeline:
            self._begin(pipeline, baseline)
            for recognized in pipeline:
                self._make_ready(recognized)
                self._await(recognized)
                self._record_held()
                self._held, self.phase, self.said = recognized, Phase.SHOWING, ""
                self.history.add(recognized)
                self.newest.write(recognized)
        self.phase = Phase.OVER

    def _open(self, networks: Networks, baseline: NeutralBaseline, start: float) -> Pipeline:
        self.start = start
        return open_pipelines(
            self.wanted.sources,
            replace(self.wanted.options, file=FileOptions(start=start)),
            observe=self._observe,
            baseline=baseline,
            networks=networks,
            names=self.wanted.names,
        )

    def _make_ready(self, recognized: RecognizedFrame) -> None:
        start = perf_counter()
        self._prepare(recognized)
        self._observe("prepare", recognized.frame, start, perf_counter())

    def _begin(self, pipeline: Pipeline, baseline: NeutralBaseline) -> None:
        infos = pipeline.infos
        controls = Controls(infos, baseline.calibrate, self._folder)
        self.pace = Pace(controls.going, infos, rest=pipeline.rest)
        if self.wanted.record:
            controls.record()
        if self.wanted.paused:
            controls.pause()
            self.pace.step()
        pipeline.idle, pipeline.over = self._check, self._note_end
        pipeline.in_step = True
        self.controls, self.infos = controls, infos  # who sees the infos may use the controls

    def _await(self, recognized: RecognizedFrame) -> None:
        """Wait until the frame is to be shown.

        Raises:
            WindowClosed: nobody looks any more.
        """
        assert self.pace is not None
        while True:
            self._check()
            left = self.pace.left(recognized.frame)
            if left == 0:
                return
            self._woken.wait(_LOOK if left == inf else min(left, _LOOK))
            self._woken.clear()

    def _check(self) -> None:
        if self.newest.closed:
            raise WindowClosed

    def _note_end(self, source: str) -> None:
        self.ended += (source,)

    def _record_held(self) -> None:
        if self._held is None or self.controls is None:
            return
        recognized = self._held
        if self.controls.recorded:  # drawn on a copy: the window still shows the picture itself
            recognized = self._render(replace(recognized, frame=copy(recognized.frame)))
        self.controls.write(recognized)

    def _finish(self) -> None:
        """Record the last frame, and finish the recording; without a frame nothing is lost."""
        if self.controls is None:
            return
        recorded, told = self.controls.recorded, []
        self._record_held()
        if self.controls.recorded != recorded:  # it could not be written
            told.append(self.controls.notice)
        if self.controls.recorded:
            self.controls.record()
            told.append(self.controls.notice)
        if self.phase is Phase.FAILED:
            self.said = "; ".join([self.said, *told])
        elif self.newest.closed and self._held is not None:
            self.kept = "; ".join(told)
        try:
            self.controls.close()
        except OutputError as error:  # of a recording that was begun at this moment
            self.said = str(error)

    def _tell_of_compiling(self) -> None:
        self.said = "compiling for this machine, once: up to a minute"
