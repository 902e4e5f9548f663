"""App: the window and what it opens; the newest results are shown as they come."""

import gc
import tkinter as tk
from collections.abc import Callable, Sequence
from functools import partial
from math import ceil
from pathlib import Path
from time import monotonic, perf_counter
from tkinter import filedialog
from typing import Final

from fer_video.cli.desktop_window.actions import bind_keys, build_menu
from fer_video.cli.desktop_window.bell import Bell
from fer_video.cli.desktop_window.player import Player
from fer_video.cli.desktop_window.screen import Screen
from fer_video.cli.desktop_window.session import Phase, Session
from fer_video.cli.desktop_window.shelf import Shelf
from fer_video.cli.desktop_window.shown import Shown
from fer_video.cli.desktop_window.theme import set_up
from fer_video.cli.desktop_window.warnings import Warnings
from fer_video.engine.capture.expand import SourceName
from fer_video.engine.capture.kinds import FILM_SUFFIXES
from fer_video.engine.capture.pictures.images import IMAGE_SUFFIXES
from fer_video.engine.frames import RecognizedFrame
from fer_video.engine.networks import Networks
from fer_video.engine.options import EngineOptions
from fer_video.engine.output.presence import Presence
from fer_video.engine.output.window.overlay import Meter
from fer_video.engine.run.lane import Observe
from fer_video.engine.run.pipeline import unobserved

_LOOK, _LOOK_OFTEN = 50, 8
"""Milliseconds between two looks for something new where nobody tells of it, and where it is to be
found soon all the same, see `Bell`."""
_APART = 0.012
"""Least seconds between two pictures, so that a screen of 60 Hz misses none of a camera's."""
_OFTEN = 0.2
"""Seconds between two pictures of what changes slowly: the strip, and what is said."""
_HINT: Final = "Select an image, open a video, or go live.\nThe menus show a key for everything."
_AROUND = 64
"""Pixels of the screen's height for the menus, and the title that the system gives a window."""
_SKIP = 5.0
"""Seconds that a key goes on or back."""


class App:
    """Everything of Tk is touched by the thread that made it alone."""

    def __init__(
        self,
        options: EngineOptions,
        *,
        cameras: Callable[[], Sequence[str]] = lambda: (),
        ask_file: Callable[..., str] = filedialog.askopenfilename,
        load: Callable[[EngineOptions], Networks] | None = None,
        folder: Path | None = None,
        size: tuple[int, int] = (1180, 780),
        observe: Observe = unobserved,
    ) -> None:
        """Open the window; nothing is shown in it yet.

        Args:
            options: of the engine.
            cameras: lists the cameras that there are, as sources.
            ask_file: lets the person choose a file, as Tk's dialog does.
            load: gives the networks; None loads each once.
            folder: for what is recorded and saved; the current one by default.
            size: width and height of the window in pixels; less where the screen is smaller.
            observe: told of every stage run, and of `prepare` and `show` as two.

        Raises:
            tkinter.TclError: there is no display.
        """
        self.root = tk.Tk(className="fer-video")
        self.root.title("fer-video")
        self._fonts = set_up(self.root)
        self._bell, self._looked_at = Bell(self.root, self._look_soon), 0.0
        self._observe = observe
        self.player = Player(
            options,
            load or Shelf(),
            folder or Path(),
            prepare=self._prepare,
            tell=self._bell.ring,
            observe=observe,
        )
        self._warnings = Warnings(self.player.tell)
        self._ask_file = ask_file
        self.screen = Screen(self.root, self.do, self.player.seek, cameras, str(options.model))
        self._actions = self._bound()
        self.screen.begin((), _HINT)
        build_menu(self.root, self.do)
        bind_keys(self.root, self.do)
        self.root.protocol("WM_DELETE_WINDOW", self.close)
        self._expected: tuple[Session | None, bool] = None, False
        """The session that the screen was told of, and whether its sources were known by then."""
        self._presence, self._lost = Presence(()), dict[str, str]()
        self._meter, self._told_at = Meter(), 0.0
        self._phase: Phase | None = None
        """How far the session was when that was told last."""
        self._strip_is_old = False
        """Whether a frame came since the strip was drawn."""
        self.shown = Shown()
        """How often pictures came to the screen."""
        self.closed = False
        """Whether the window is gone."""
        self._fit(size)
        self._next = self.root.after(0, self._look)

    def run(self) -> None:
        """Show the window until it is closed; then all that it opened is closed, too."""
        self.root.mainloop()

    def open(self, sources: Sequence[SourceName], names: Sequence[str] = ()) -> None:
        """Show these sources, under names of one's own or those that they have."""
        self.screen.choose(None)
        self.player.open(sources, names=names)

    def do(self, action: str) -> None:
        """Do what one of the `ACTIONS` says."""
        self._actions[action]()
        if not self.closed:
            self._tell()

    def close(self) -> None:
        """Close the window, then what is open, and wait until what is recorded is finished."""
        if self.closed:
            return
        self.closed = True
        self.root.after_cancel(self._next)
        self._warnings.close()
        self._bell.close()
        self.root.destroy()
        self.player.close()
        gc.collect()  # pictures of Tk may be thrown away by no other thread

    def _bound(self) -> dict[str, Callable[[], None]]:
        player = self.player
        return {
            "select_image": partial(self._open_file, "Select image", IMAGE_SUFFIXES),
            "open_video": partial(self._open_file, "Open video", FILM_SUFFIXES),
            "live_video": self._go_live,
            "open_stream": self.screen.toolbar.focus_source,
            "record": player.record,
            "save": player.save,
            "close": self.close,
            "pause": player.pause,
            "step": player.step,
            "step_back": player.step_back,
            "skip": lambda: player.seek(player.time + _SKIP),
            "skip_back": lambda: player.seek(player.time - _SKIP),
            "restart": lambda: player.seek(0.0),
            "slower": player.slower,
            "faster": player.faster,
            "parts_predict": lambda: self.screen.tell_of_parts(wanted=True),
            "complete_predict": lambda: self.screen.tell_of_parts(wanted=False),
            "use_cnn": lambda: self._use("cnn"),
            "use_mobilenetv2": lambda: self._use("mobilenetv2"),
            "use_chosen": lambda: self._use(self.screen.toolbar.network.get()),
            "calibrate": player.calibrate,
            "undo_calibration": player.undo_calibration,
        }

    def _fit(self, size: tuple[int, int]) -> None:
        """As large as asked for, but no larger than the screen."""
        screen = self.root.winfo_screenwidth(), self.root.winfo_screenheight() - _AROUND
        width, height = (min(one, most) for one, most in zip(size, screen, strict=True))
        self.root.geometry(f"{width}x{height}")
        self.root.minsize(min(900, width), min(600, height))

    def _open_file(self, title: str, suffixes: frozenset[str]) -> None:
        patterns = " ".join(f"*{suffix} *{suffix.upper()}" for suffix in sorted(suffixes))
        types = [(title.rsplit(maxsplit=1)[-1].capitalize() + "s", patterns), ("All files", "*")]
        name = self._ask_file(parent=self.root, title=title, filetypes=types)
        if name:
            self.open([name])

    def _go_live(self) -> None:
        source = self.screen.toolbar.source.get().split("  ")[0].strip()
        if source:
            self.open([source])

    def _use(self, network: str) -> None:
        self.screen.toolbar.network.set(network)
        self.player.use(network)

    def _prepare(self, recognized: RecognizedFrame) -> None:
        """In the thread of the session, which touches nothing of Tk by it."""
        self.screen.prepare(recognized)

    def _look_soon(self) -> None:
        """Look at once, or as soon as a screen can show another picture."""
        self.root.after_cancel(self._next)
        left = _APART - (monotonic() - self._looked_at)
        if left > 0:
            self._next = self.root.after(ceil(1000 * left), self._look)
        else:
            self._look()

    def _look(self) -> None:
        """Show what is new; then look again when the bell rings, or in a moment."""
        player, self._looked_at = self.player, monotonic()
        results = player.take()
        self._expect()
        self._show(results)
        due = monotonic() - self._told_at >= _OFTEN or player.phase is not self._phase
        if due:
            self._told_at, self._phase = monotonic(), player.phase
            self._tell()
        if self._strip_is_old and (due or player.paused):
            self._show_strip()
        at_rest = player.paused or player.phase in (None, Phase.OVER, Phase.FAILED)
        often = not at_rest and not self._bell.answers
        self._next = self.root.after(_LOOK_OFTEN if often else _LOOK, self._look)

    def _expect(self) -> None:
        """Tell the screen of a session that opens, and again once its sources are known."""
        session = self.player.session
        expected = session, session is not None and bool(session.infos)
        if session is None or expected == self._expected:
            return
        self._expected = expected
        self._presence, self._meter, self._lost = Presence(session.infos), Meter(), {}
        self.screen.begin([info.name for info in session.infos], "opening…")
        self.screen.show_strip((), 0.0)

    def _show(self, results: Sequence[RecognizedFrame]) -> None:
        player, session = self.player, self.player.session
        for result in results:
            self._presence.seen(result.frame.source)
            self._meter.add(result.frame, live=session is not None and session.live)
        if player.paused or player.phase is not Phase.SHOWING:
            self._presence.rest()
        lost = self._presence.lost()
        if results or lost != self._lost:
            self._lost, start = lost, perf_counter()
            self.screen.show(results, lost)
            self.root.update_idletasks()  # on the screen now, whatever else is to be done
            self.shown(results)
            for result in results:
                self._observe("show", result.frame, start, perf_counter())
            self._strip_is_old |= bool(results) and not player.still

    def _show_strip(self) -> None:
        player, detail, self._strip_is_old = self.player, self.screen.detail, False
        if player.session is not None and player.shown is not None:
            source = player.shown.frame.source if detail is None else detail[0]
            self.screen.show_strip(player.session.history.moments(source), player.time)

    def _tell(self) -> None:
        """What is said under the picture, and on the buttons."""
        player, transport = self.player, self.screen.transport
        failed, recorded = player.phase is Phase.FAILED, ", ".join(player.recorded)
        playing = player.phase is Phase.SHOWING and not player.paused
        if failed and not self.screen.view.shown:
            self.screen.begin((), _HINT)
        transport.say(
            "  |  ".join(
                filter(None, (recorded and f"recording {recorded}", player.state, player.said))
            ),
            self._meter.text if playing else "",
            alert=failed or bool(recorded),
        )
        transport.move(player.time, player.duration if player.seekable else None)
        film = player.phase in (Phase.SHOWING, Phase.OVER) and not player.still
        shown = bool(self.screen.view.shown)
        transport.enable(pause=film, record=film, calibrate=film, save=shown, step=shown)
        transport.enable(step_back=shown)
        transport.name("pause", "Pause" if playing or not film else "Play")
        transport.name("record", "Stop" if recorded else "Record")
