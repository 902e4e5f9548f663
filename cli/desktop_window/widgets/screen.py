"""Screen: the widgets of the window, put together, and the face that they show in detail."""

import tkinter as tk
from collections.abc import Callable, Mapping, Sequence
from tkinter import ttk

from fer_video.cli.desktop_window.playing.history import Moment, Who
from fer_video.cli.desktop_window.widgets.bars import LEAST, Bars
from fer_video.cli.desktop_window.widgets.layout import largest
from fer_video.cli.desktop_window.widgets.strip import Strip
from fer_video.cli.desktop_window.widgets.theme import DIM, GAP, TEXT, colour_of
from fer_video.cli.desktop_window.widgets.tiles import Tiles
from fer_video.cli.desktop_window.widgets.toolbar import Toolbar
from fer_video.cli.desktop_window.widgets.transport import Transport
from fer_video.cli.desktop_window.widgets.view import View
from fer_video.engine.faces.expressions import EXPRESSIONS, UNCERTAIN, Reading
from fer_video.engine.frames.handovers import RecognizedFrame

_SIDE, _MOST_SIDE = 0.27, 520
"""Share of the window's width that the tiles may have, and the most pixels of it."""


class Screen:
    """It is told what to show; what a person does goes to whoever made it."""

    def __init__(
        self,
        root: tk.Tk,
        do: Callable[[str], None],
        seek: Callable[[float], None],
        cameras: Callable[[], Sequence[str]],
        network: str,
    ) -> None:
        """Put the widgets into a window.

        Args:
            root: the window.
            do: does an action, see `ACTIONS`.
            seek: goes to a moment of the film, in seconds.
            cameras: lists what may be chosen as a live source.
            network: the one that is used first.
        """
        self._root, self._size = root, (0, 0)
        self._who: Who | None = None
        self.detail: Who | None = None
        """The face that is shown in detail."""
        self.toolbar = Toolbar(root, do, cameras, network)
        self.toolbar.pack(side="top", fill="x")
        self.transport = Transport(root, do, seek)
        self.transport.pack(side="bottom", fill="x")
        self.strip = Strip(root)
        self.strip.pack(side="bottom", fill="x", padx=GAP, pady=GAP)
        side = ttk.Frame(root)
        side.pack(side="right", fill="y", padx=GAP, pady=(GAP, 0))
        self.tiles = Tiles(side)
        self.tiles.pack(side="top", fill="x")
        self.bars = Bars(side, EXPRESSIONS)
        self.bars.pack(side="top", fill="x")
        self.view = View(root, self.choose)
        self.view.pack(side="left", fill="both", expand=True, padx=(GAP, 0), pady=(GAP, 0))
        root.bind("<Configure>", self._resized)
        self.tell_of_parts(wanted=False)

    def begin(self, names: Sequence[str], hint: str) -> None:
        """Expect the pictures of these sources; `hint` is said until one comes."""
        self.view.begin(names, hint)
        self.detail = None
        self._show_detail()

    def prepare(self, recognized: RecognizedFrame) -> None:
        """Make ready what takes long of a frame that will be shown; from any thread."""
        self.view.prepare(recognized)
        reading = self._in_detail_soon(recognized)
        if reading is not None:
            self.tiles.prepare(recognized.frame, reading.face)

    def show(self, results: Sequence[RecognizedFrame], lost: Mapping[str, str]) -> None:
        """Show what is new; see `View.show`."""
        self.detail = self.view.show(results, self._who, lost)
        self._show_detail()

    def show_strip(self, moments: Sequence[Moment], now: float) -> None:
        """Show what the face in detail showed; see `Strip.show`."""
        self.strip.show(moments, self.detail, now)

    def choose(self, who: Who | None) -> None:
        """Show a face in detail from now on; None for the largest."""
        self._who = who
        self.detail = self.view.choose(who)
        self._show_detail()

    def tell_of_parts(self, *, wanted: bool) -> None:
        """Say what the parts predict, or what the complete face does."""
        self.view.parts_wanted = wanted
        self.toolbar.mark("parts_predict", chosen=wanted)
        self.toolbar.mark("complete_predict", chosen=not wanted)
        self.view.draw()
        self._show_detail()

    @property
    def seen_in_detail(self) -> RecognizedFrame | None:
        """The frame that the face in detail is in; None where there is none."""
        return None if self.detail is None else self.view.shown.get(self.detail[0])

    def _show_detail(self) -> None:
        found = self._find()
        if found is None:
            self.bars.show(None)
            self.tiles.clear()
            self.transport.result("no face" if self.view.shown else "", DIM)
            return
        recognized, reading = found
        self.bars.show(reading)
        self.tiles.show(recognized.frame, reading)
        self.transport.result(*_result(reading))

    def _in_detail_soon(self, recognized: RecognizedFrame) -> Reading | None:
        """The face in detail, as far as one source knows; see `View.show`."""
        source, who = recognized.frame.source, self._who or self.detail
        if who is not None and who[0] != source:
            return None
        chosen = None if self._who is None else self._who[1]
        named = (one for one in recognized.readings if one.face.id == chosen)
        return next(named, largest(recognized.readings))

    def _find(self) -> tuple[RecognizedFrame, Reading] | None:
        """That frame, and the face in it."""
        recognized = self.seen_in_detail
        if recognized is None or self.detail is None:
            return None
        readings = {reading.face.id: reading for reading in recognized.readings}
        reading = readings.get(self.detail[1])
        return None if reading is None else (recognized, reading)

    def _resized(self, event: "tk.Event[tk.Misc]") -> None:
        """Give the tiles as much of the width as leaves room for the bars under them."""
        if event.widget is not self._root:
            return
        if (event.width, event.height) == self._size:
            return
        self._size = event.width, event.height
        self.strip.resize(event.height)
        others = (self.toolbar, self.strip, self.transport)
        room = event.height - sum(one.winfo_reqheight() for one in others) - 4 * GAP
        bars = LEAST * (len(EXPRESSIONS) + 1)
        width, height = self.tiles.resize(min(event.width * _SIDE, _MOST_SIDE), room - bars)
        self.bars.resize(width, room - height)
        self._show_detail()


def _result(reading: Reading) -> tuple[str, str]:
    if reading.label == UNCERTAIN:
        return reading.label, TEXT
    colour = colour_of(reading.label, reading.labels)
    return f"{reading.label} {reading.confidence:.1%}", colour
