"""Player: what a person may do with what is open: pause, step, seek, record, save, calibrate."""

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from math import inf
from pathlib import Path

from fer_video.cli.desktop_window.playing.opened import Opened
from fer_video.cli.desktop_window.playing.session import Phase
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.output.controls import Controls
from fer_video.engine.render.stage import Render

_SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, inf)
"""How many times as fast as it is a film may be played."""
_NOTHING = "nothing is shown yet: select an image, or open a video"
_NO_MORE = "nothing comes any more: open it again"


class Player(Opened):
    """What a person asks for; some of it opens anew what is open."""

    def use(self, model: str | Path) -> None:
        """Read with another network from here on; what is open is read again."""
        if model == self.options.model:
            return
        if self.session is not None and self.session.wanted.has_pipe:
            self.notice = f"a pipe is read once: close, and start with --model {model}"
            return
        self.options = replace(self.options, model=model)
        if self.session is not None:
            at = self.time if self.seekable or self.shown is None else 0.0
            self._reopen(at, paused=self.paused)

    def seek(self, time: float) -> None:
        """Go to a moment of the film, in seconds."""
        duration = self.duration
        if duration is not None:
            paused = self.paused and self.phase is not Phase.OVER
            self._reopen(max(min(time, duration), 0.0), paused=paused)

    def pause(self) -> None:
        """Hold on, or go on; a film that is over begins again."""
        if self.phase is Phase.OVER and self.seekable:
            self._reopen(0.0)
        elif (controls := self._ready()) is not None:
            controls.pause()
            self._wake()

    def step(self) -> None:
        """Show the next frame, and stay there."""
        shown, session = self.shown, self.session
        if (controls := self._ready()) is None or session is None:
            return
        self._hold(controls)
        following = None if shown is None else session.history.behind(shown)
        if following is not None:
            self._again = following
        elif session.pace is not None:
            session.pace.step()
            self._wake()

    def step_back(self) -> None:
        """Show the frame before, and stay there; where it is not kept, the film is opened there."""
        shown, session = self.shown, self.session
        if (controls := self._ready()) is None or session is None or shown is None:
            return
        self._hold(controls)
        earlier = session.history.before(shown)
        if earlier is not None:
            self._again = earlier
        elif self.seekable and shown.frame.time > 0:
            self._reopen(shown.frame.time, back=True, paused=True)
        else:
            self.notice = "no earlier frame is kept"

    def slower(self) -> None:
        """Play the film more slowly."""
        self._change_speed(-1)

    def faster(self) -> None:
        """Play the film faster; at last as fast as it can be read."""
        self._change_speed(1)

    def record(self) -> None:
        """Record from the frame that is shown, or finish; a film that is over, from its start.

        For frames that were recorded no more, a film is opened anew; what is live goes on to its
        newest.
        """
        if self.still:
            self.notice = "a photograph is no video: save its picture instead"
        elif self._ended and self.seekable:
            self._reopen(0.0, record=True)
        elif self._is_back and not self.recorded and self.seekable:
            self._reopen(self.time, paused=True, record=True)
        else:
            if self._is_back and not self.recorded and self.session is not None:
                self._again = self.session.history.newest
            self._ask(Controls.record)

    def save(self, shown: RecognizedFrame | None = None) -> None:
        """Save a picture that is shown, by default the newest, with what was read drawn on it."""
        shown = shown or self.shown
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

    def _change_speed(self, step: int) -> None:
        if self._ready() is None or self.session is None or self.session.pace is None:
            return
        pace = self.session.pace
        place = _SPEEDS.index(pace.speed) + step
        pace.set_speed(_SPEEDS[min(max(place, 0), len(_SPEEDS) - 1)])
        self.notice = "as fast as it can be read" if pace.speed == inf else f"speed {pace.speed:g}"
        self._wake()

    def _ask(self, what: Callable[[Controls], None]) -> None:
        """Ask for what is done with the frames that come."""
        if (controls := self._ready()) is None:
            return
        if self._ended:
            self.notice = _NO_MORE
            return
        what(controls)
        self._wake()

    @property
    def _ended(self) -> bool:
        """Whether no frame comes any more."""
        return self.phase in (Phase.OVER, Phase.FAILED)

    @property
    def _is_back(self) -> bool:
        """Whether somebody stepped back to what is shown, so that it is no longer recorded."""
        if self.session is None or self.shown is None or not self.paused:
            return False
        return self.session.history.behind(self.shown) is not None

    def _ready(self) -> Controls | None:
        """What a person may do now; None, with a word, while nothing is open."""
        controls = self._controls
        self.notice = _NOTHING if controls is None else ""
        return controls

    def _hold(self, controls: Controls) -> None:
        if controls.going.is_set():
            controls.pause()
