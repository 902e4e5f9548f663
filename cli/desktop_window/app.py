"""App: the window, what a person does in it, and when it looks for something new."""

import gc
import tkinter as tk
from collections.abc import Callable, Sequence
from functools import partial
from math import ceil
from pathlib import Path
from time import monotonic
from tkinter import filedialog

from fer_video.cli.desktop_window.actions import bind_keys, build_menu
from fer_video.cli.desktop_window.display import Display
from fer_video.cli.desktop_window.playing.player import Player
from fer_video.cli.desktop_window.playing.session import Phase
from fer_video.cli.desktop_window.playing.shelf import Shelf
from fer_video.cli.desktop_window.playing.waker import Waker
from fer_video.cli.desktop_window.playing.warnings import Warnings
from fer_video.cli.desktop_window.widgets.screen import Screen
from fer_video.cli.desktop_window.widgets.theme import set_up
from fer_video.engine.assembly.networks import Networks
from fer_video.engine.capture.expand import SourceName
from fer_video.engine.capture.kinds import FILM_SUFFIXES
from fer_video.engine.capture.pictures.images import IMAGE_SUFFIXES
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.options.engine import EngineOptions
from fer_video.engine.run.observe import Observe, unobserved

_LOOK, _LOOK_OFTEN = 50, 8
"""Milliseconds between two looks for something new of which nothing tells, and between two while
frames come where Tk cannot be woken, see `Waker`."""
_APART = 0.012
"""Least seconds between two pictures, so that a screen of 60 Hz misses none of a camera's."""
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
        self._waker, self._looked_at = Waker(self.root, self._look_soon), 0.0
        self.player = Player(
            options,
            load or Shelf(),
            folder or Path(),
            prepare=self._prepare,
            tell=self._waker.wake,
            observe=observe,
        )
        self._warnings = Warnings(self.player.tell)
        self._ask_file = ask_file
        self.screen = Screen(self.root, self.do, self.player.seek, cameras, str(options.model))
        self._actions = self._bound()
        build_menu(self.root, self.do)
        bind_keys(self.root, self.do)
        self.root.protocol("WM_DELETE_WINDOW", self.close)
        self._display = Display(self.player, self.screen, observe)
        self.shown = self._display.shown
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
            self._display.tell()

    def close(self) -> None:
        """Close the window, then what is open, and wait until what is recorded is finished."""
        if self.closed:
            return
        self.closed = True
        self.root.after_cancel(self._next)
        self._warnings.close()
        self._waker.close()
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
            "save": lambda: player.save(self.screen.seen_in_detail),
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
        try:
            name = self._ask_file(parent=self.root, title=title, filetypes=types)
        except tk.TclError:
            if not self.closed:  # else the window took its dialog with it
                raise
            return
        if name and not self.closed:
            self.open([name])

    def _go_live(self) -> None:
        source = self.screen.toolbar.source.get().split("  ")[0].strip()
        if source:
            self.open([source])

    def _use(self, network: str) -> None:
        self.player.use(network)
        self.screen.toolbar.network.set(str(self.player.options.model))

    def _prepare(self, recognized: RecognizedFrame) -> None:
        """In the session's thread, so that it touches nothing of Tk."""
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
        """Show what is new; then look again when woken, or in a moment."""
        player, self._looked_at = self.player, monotonic()
        self._display.update()
        at_rest = player.paused or player.phase in (None, Phase.OVER, Phase.FAILED)
        often = not at_rest and not self._waker.works
        self._next = self.root.after(_LOOK_OFTEN if often else _LOOK, self._look)
