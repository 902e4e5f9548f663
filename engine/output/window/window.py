"""A sink that shows what is recognised on the screen, and obeys keys."""

from collections.abc import Callable, Sequence
from functools import partial
from threading import Event
from time import monotonic

from fer_video.engine.contracts.sink import WindowClosed
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.output.controls import Controls
from fer_video.engine.output.newest import Newest
from fer_video.engine.output.pace import Pace
from fer_video.engine.output.presence import PATIENCE, Presence
from fer_video.engine.output.window.overlay import Meter
from fer_video.engine.output.window.screen import Screen

_ESCAPE = "\x1b"
_SKIP = 5.0
"""Seconds that a key goes on or back in a film."""
_NO_WAY_BACK = "only a film that is shown alone can be gone back in"
_REFRESH = 0.012
"""Least seconds between two pictures, so that a screen of 60 Hz misses none of a camera's."""
_PAUSED = 0.05
"""Seconds between two looks at the keys while paused."""


class Window:
    """A sink that shows the newest frame of each source and obeys keys; `h` shows them.

    Frames that come faster than a screen can show them are recorded, but not shown. Put it last
    among the sinks: a recording moves the time stamp that the encoder of another one reads.
    """

    def __init__(
        self,
        infos: Sequence[SourceInfo],
        controls: Controls,
        meanwhile: Callable[[], None] | None = None,
        *,
        timed: bool = False,
        rest: Callable[[bool], None] = lambda _resting: None,
        seek: Callable[[float], None] | None = None,
        before: Callable[[float], float] | None = None,
    ) -> None:
        """Open a resizable window.

        Args:
            infos: of the sources; several share the window as a grid.
            controls: what the keys do; closed with the window.
            meanwhile: what is done while a frame is waited for, and so while paused, too: it calls
                `idle`, and may raise what is to end the loop. `idle` alone by default.
            timed: play films at their own speed, and keep each of photographs alone until the next
                is asked for; else frames are shown as they come, as with anything live.
            rest: told whether it is paused, see `Pipeline.rest`.
            seek: told the moment of the film, in seconds, that somebody wants to see: it raises
                what ends the loop, and `begin_again` is called before frames come from there on.
                None where nobody can go there.
            before: gives the time of the frame before a moment of the film, in seconds; None where
                frames are taken to be evenly apart.

        Raises:
            OutputError: there is no display, or this OpenCV has no windows.
        """
        self._names = ", ".join(info.name for info in infos)
        self._live = any(info.live for info in infos)
        self._controls = controls
        self._meanwhile = meanwhile or self.idle
        self._newest = Newest()
        self._new_pace = partial(Pace, controls.going, infos, timed=timed, rest=rest)
        self._pace = self._new_pace()
        step = float(1 / infos[0].frame_rate)
        self._seek, self._before = seek, before or (lambda time: time - step)
        self._time = 0.0
        """Of the frame that is shown, in seconds of the film."""
        self._presence = Presence(infos)
        self._over = False
        """Whether all frames have come."""
        self._screen = Screen(f"fer-video: {self._names}", infos)
        self._meter = Meter()
        self._help = False
        self._came_at = self._looked_at = 0.0
        """When the last frame came, and when it was last looked after: monotonic seconds."""
        self._actions: dict[str, Callable[[], None]] = {
            "q": self._newest.close,
            _ESCAPE: self._newest.close,
            "h": self._toggle_help,
            "c": controls.calibrate,
            "u": controls.undo_calibration,
            "n": self._step,
            "p": self._step_back,
            "f": lambda: self._skip(_SKIP),
            "b": lambda: self._skip(-_SKIP),
            "r": controls.record,
            "s": self._save,
            " ": controls.pause,
        }

    def write(self, recognized: RecognizedFrame) -> None:
        """Wait until the frame is due, and while paused for a key; then show it, if the last is old
        enough for a screen.

        Raises:
            WindowClosed: the person is done.
        """
        while (left := self._pace.left(recognized.frame)) > 0:
            due = monotonic() + min(left, _PAUSED)
            self._meanwhile()
            Event().wait(max(due - monotonic(), 0))
        self._newest.write(recognized)
        self._controls.write(recognized)
        self._presence.seen(recognized.frame.source)
        self._time = recognized.frame.time
        self._came_at = monotonic()
        self._meter.add(recognized.frame, live=self._live)
        if self._came_at - self._looked_at >= _REFRESH:
            self._look()

    def idle(self) -> None:
        """Look at the keys while paused, or while no frame comes, and say so if that lasts.

        Raises:
            WindowClosed: the person is done.
        """
        if not self._controls.going.is_set():
            self._presence.rest()
            self._look("paused")
        elif self._over:
            self._look("at its end")
        elif self._waits and not self._presence.lost():
            self._look(f"waiting for {self._names}")
        else:
            self._look()

    def begin_again(self) -> None:
        """Expect frames from the moment on that was sought, the first of them even while paused."""
        self._over, self._pace = False, self._new_pace()
        if not self._controls.going.is_set():
            self._pace.step()

    def stay(self) -> None:
        """Keep the last frame until somebody closes the window.

        Raises:
            WindowClosed: always, at last.
        """
        self._over = True
        while True:
            self._meanwhile()
            Event().wait(_PAUSED)

    def close(self) -> None:
        """Close the window, and finish a recording; safe to call twice.

        Raises:
            OutputError: its end cannot be written.
        """
        self._newest.close()
        self._screen.close()
        self._controls.close()

    def _look(self, state: str = "") -> None:
        """Show what is new, and do what a key asks for.

        Raises:
            WindowClosed: `q`, Esc, or the window was closed.
        """
        self._looked_at = monotonic()
        frames = [recognized.frame for recognized in self._newest.take()]
        lost = {} if self._over else self._presence.lost()
        self._screen.show(frames, self._status(state or self._meter.text), self._help, lost)
        key = self._screen.key()
        if key in self._actions:
            self._actions[key]()
        if self._screen.gone:
            self._newest.close()
        if self._newest.closed:
            raise WindowClosed

    def _status(self, state: str) -> str:
        files = ", ".join(self._controls.recorded)
        notice = self._controls.notice or ("" if files else "h: keys")
        return " | ".join(filter(None, (state, files and f"recording {files}", notice)))

    @property
    def _waits(self) -> bool:
        return monotonic() - self._came_at > PATIENCE and not self._pace.holds

    def _step(self) -> None:
        if self._controls.going.is_set() and not self._pace.holds:
            self._controls.pause()
        self._pace.step()

    def _step_back(self) -> None:
        if self._controls.going.is_set():
            self._controls.pause()
        self._go_to(self._before(self._time))

    def _skip(self, seconds: float) -> None:
        if self._seek is None and seconds > 0:
            self._pace.skip(seconds)
        else:
            self._go_to(self._time + seconds)

    def _go_to(self, time: float) -> None:
        """Finish what is recorded, since a video cannot go back, and let the film go there."""
        if self._seek is None:
            self._controls.notice = _NO_WAY_BACK
            return
        if self._controls.recorded:
            self._controls.record()
        self._seek(max(time, 0.0))

    def _toggle_help(self) -> None:
        self._help = not self._help

    def _save(self) -> None:
        if self._screen.picture is not None:
            self._controls.save(self._screen.picture)
