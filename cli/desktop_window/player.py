"""Player: what a person asks for, as sessions that are opened, left and opened again."""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from math import inf
from pathlib import Path

from fer_video.cli.desktop_window.session import Phase, Session, Wanted
from fer_video.engine.capture.expand import SourceName
from fer_video.engine.frames import RecognizedFrame
from fer_video.engine.networks import Networks
from fer_video.engine.options import EngineOptions
from fer_video.engine.output.controls import Controls
from fer_video.engine.render.stage import Render

_SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, inf)
"""How many times as fast as it is a film may be played."""
_PATIENCE = 0.5
"""Seconds that one may take to end that still opens its sources or loads networks."""
_NOTHING = "nothing is shown yet: select an image, or open a video"


class Player:
    """It knows no toolkit; whatever it is asked for comes back at once."""

    def __init__(
        self, options: EngineOptions, load: Callable[[EngineOptions], Networks], folder: Path
    ) -> None:
        """Show nothing yet.

        Args:
            options: of the engine, for all that will be opened.
            load: gives the networks, see `Shelf`.
            folder: for what is recorded and saved.
        """
        self.options = replace(options, draw=False, keep_audio=False)
        """Of what is opened next."""
        self.session: Session | None = None
        """What is open."""
        self.notice = ""
        """What the person should read of what was left, or could not be done."""
        self.stuck = False
        """Whether a thread could not be waited for when all was closed."""
        self._load, self._folder = load, folder
        self._left: list[Session] = []
        self._looked_back: RecognizedFrame | None = None
        """The frame that is shown again, where somebody has stepped back."""
        self._again: RecognizedFrame | None = None
        """A frame to be shown again at the next look."""
        self.shown: RecognizedFrame | None = None
        """The newest frame that was taken."""

    # what is open

    def open(
        self,
        sources: Sequence[SourceName],
        *,
        start: float = 0.0,
        paused: bool = False,
        record: bool = False,
    ) -> None:
        """Leave what is open, and open other sources; see `Wanted`."""
        before = self.session
        if before is not None:
            before.leave()
            self._left.append(before)
        self.notice, self.shown, self._looked_back, self._again = "", None, None, None
        wanted = Wanted(tuple(sources), self.options, start, paused, record)
        self.session = Session(wanted, self._load, self._folder, before)

    def use(self, model: str | Path) -> None:
        """Read with another network from here on; what is open is read again."""
        if model == self.options.model:
            return
        self.options = replace(self.options, model=model)
        if self.session is not None:
            self._reopen(self.time if self.seekable else 0.0, paused=self.paused)

    def seek(self, time: float) -> None:
        """Go to a moment of the film, in seconds."""
        if self.seekable:
            self._reopen(max(time, 0.0), paused=self.paused and self.phase is not Phase.OVER)

    def _reopen(self, start: float, *, paused: bool = False, record: bool = False) -> None:
        assert self.session is not None
        self.open(self.session.wanted.sources, start=start, paused=paused, record=record)

    def close(self) -> None:
        """Leave everything, finish what is recorded, and wait for the threads.

        One that still opens something has nothing to lose, and is not waited for.
        """
        if self.session is not None:
            self.session.leave()
            self._left.append(self.session)
            self.session = None
        for session in self._left:
            session.join(_PATIENCE if session.controls is None else None)
        self.stuck = any(session.running for session in self._left)
        self._left.clear()

    # what is shown

    def take(self) -> Sequence[RecognizedFrame]:
        """What is to be shown now, at most one result a source; nothing while nothing is new."""
        self._note_what_was_left()
        if self.session is None:
            return ()
        again, self._again = self._again, None
        results = self.session.newest.take()
        if again is not None:
            results = (again,)
        self.shown = results[-1] if results else self.shown
        return results

    @property
    def phase(self) -> Phase | None:
        """How far what is open is; None while nothing is."""
        return None if self.session is None else self.session.phase

    @property
    def paused(self) -> bool:
        """Whether the frame that is shown stays until somebody asks for another."""
        controls = self._controls
        return controls is not None and not controls.going.is_set()

    @property
    def time(self) -> float:
        """Of the frame that is shown, in seconds of the video."""
        return 0.0 if self.shown is None else self.shown.frame.time

    @property
    def duration(self) -> float | None:
        """Of the film, in seconds; None of what has no end that is known."""
        if self.session is None or len(self.session.infos) != 1:
            return None
        (info,) = self.session.infos
        if info.live or info.frames is None or not info.width:  # photographs have no size in common
            return None
        return float(info.frames / info.frame_rate)

    @property
    def seekable(self) -> bool:
        """Whether it is one film."""
        return self.duration is not None

    @property
    def still(self) -> bool:
        """Whether it shows photographs."""
        return self.session is not None and self.session.still

    @property
    def recorded(self) -> tuple[str, ...]:
        """Names of the videos that are being recorded."""
        return () if self._controls is None else self._controls.recorded

    @property
    def state(self) -> str:
        """Whether it is opened, paused or over; nothing while it plays, or stands for itself."""
        if self.phase is Phase.OPENING:
            return "opening…"
        if self.phase is Phase.OVER and self.seekable:
            return "at its end"
        return "paused" if self.paused and self.phase is Phase.SHOWING else ""

    @property
    def said(self) -> str:
        """The line for the person: what went wrong, else what came of the last thing asked for."""
        if self.session is not None and self.session.said:
            return self.session.said
        return self.notice or ("" if self._controls is None else self._controls.notice)

    def tell(self, said: str) -> None:
        """Let the person read a line; from any thread."""
        self.notice = said

    # what a person may do with it

    def pause(self) -> None:
        """Hold on, or go on; a film that is over begins again."""
        if self.phase is Phase.OVER and self.seekable:
            self._reopen(0.0)
        elif (controls := self._ready()) is not None:
            controls.pause()
            self._looked_back = None
            self._wake()

    def step(self) -> None:
        """Show the next frame, and stay there."""
        shown = self._looked_back
        if (controls := self._ready()) is None or self.session is None:
            return
        self._hold(controls)
        following = None if shown is None else self.session.history.behind(shown)
        if following is not None:
            self._looked_back = self._again = following
        elif self.session.pace is not None:
            self._looked_back = None
            self.session.pace.step()
            self._wake()

    def step_back(self) -> None:
        """Show the frame before, and stay there."""
        if (controls := self._ready()) is None or self.session is None or self.shown is None:
            return
        self._hold(controls)
        earlier = self.session.history.before(self.shown)
        if earlier is None:
            self.notice = "no earlier frame is kept: use the slider"
        else:
            self._looked_back = self._again = earlier

    def slower(self) -> None:
        """Play the film more slowly."""
        self._change_speed(-1)

    def faster(self) -> None:
        """Play the film faster; at last as fast as it can be read."""
        self._change_speed(1)

    def _change_speed(self, step: int) -> None:
        if self._ready() is None or self.session is None or self.session.pace is None:
            return
        pace = self.session.pace
        place = _SPEEDS.index(pace.speed) + step
        pace.set_speed(_SPEEDS[min(max(place, 0), len(_SPEEDS) - 1)])
        self.notice = "as fast as it can be read" if pace.speed == inf else f"speed {pace.speed:g}"
        self._wake()

    def record(self) -> None:
        """Record from the frame that is shown, or finish; a film that is over, from its start."""
        if self.still:
            self.notice = "a photograph is no video: save its picture instead"
        elif self.phase is Phase.OVER and self.seekable:
            self._reopen(0.0, record=True)
        else:
            self._ask(Controls.record)

    def save(self) -> None:
        """Save the picture that is shown, with what was read drawn on it."""
        shown = self.shown
        if shown is None or (controls := self._ready()) is None:
            self.notice = _NOTHING
            return
        drawn = Render()(replace(shown, frame=copy(shown.frame)))
        controls.save(drawn.to_bgr())

    def calibrate(self) -> None:
        """Take the faces of this moment as resting."""
        self._ask(Controls.calibrate)

    def undo_calibration(self) -> None:
        """Read the faces of this moment as they are again."""
        self._ask(Controls.undo_calibration)

    def _ask(self, what: Callable[[Controls], None]) -> None:
        if (controls := self._ready()) is not None:
            what(controls)
            self._wake()

    def _ready(self) -> Controls | None:
        """What a person may do now; None, with a word, while nothing is open."""
        controls = self._controls
        self.notice = _NOTHING if controls is None else ""
        return controls

    @property
    def _controls(self) -> Controls | None:
        return None if self.session is None else self.session.controls

    def _hold(self, controls: Controls) -> None:
        if controls.going.is_set():
            controls.pause()

    def _wake(self) -> None:
        if self.session is not None:
            self.session.wake()

    def _note_what_was_left(self) -> None:
        for session in [one for one in self._left if not one.running]:
            self._left.remove(session)
            told = "" if session.controls is None else session.controls.notice
            if told.startswith("saved"):
                self.notice = told
