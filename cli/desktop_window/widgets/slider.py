"""Slider: where in the film the frame is that is shown, and the way to any other."""

import tkinter as tk
from collections.abc import Callable

from fer_video.cli.desktop_window.widgets.theme import ACCENT, BACK, DIM, RAISED, TEXT

_PAD = 9
"""Pixels beside the track, so that the knob stays within."""
_CLOCK = 84
"""Pixels for the time, at the right."""


class Slider(tk.Canvas):
    """A track with a knob, and the time beside it; a click on the track goes there at once."""

    def __init__(self, parent: tk.Misc, seek: Callable[[float], None]) -> None:
        """Show nothing to slide; `seek` is told the second at which the knob is let go."""
        super().__init__(parent, background=BACK, highlightthickness=0, height=28, width=120)
        self._seek = seek
        self._time, self._duration = 0.0, 0.0
        self._held = False
        self.bind("<Configure>", lambda _: self._draw())
        self.bind("<ButtonPress-1>", self._hold)
        self.bind("<B1-Motion>", self._hold)
        self.bind("<ButtonRelease-1>", self._let_go)

    def move(self, time: float, duration: float | None) -> None:
        """Put the knob to a moment in seconds; without a duration there is none."""
        if self._held or (time, duration or 0.0) == (self._time, self._duration):
            return
        self._time, self._duration = time, duration or 0.0
        self._draw()

    @property
    def _end(self) -> int:
        return max(self.winfo_width() - _CLOCK - _PAD, _PAD + 1)

    def _draw(self) -> None:
        self.delete("all")
        middle, end = self.winfo_height() / 2, self._end
        if not self._duration:
            return
        self.create_line(_PAD, middle, end, middle, fill=RAISED, width=4)
        x = _PAD + (end - _PAD) * min(self._time / self._duration, 1.0)
        self.create_line(_PAD, middle, x, middle, fill=ACCENT, width=4)
        self.create_oval(x - 6, middle - 6, x + 6, middle + 6, fill=TEXT, outline="")
        told = f"{clock(self._time)} / {clock(self._duration)}"
        right = self.winfo_width() - 2
        self.create_text(right, middle, text=told, anchor="e", fill=DIM, font="FerSmall")

    def _hold(self, event: "tk.Event[tk.Misc]") -> None:
        if self._duration:
            self._held = True
            share = min(max((event.x - _PAD) / (self._end - _PAD), 0.0), 1.0)
            self._time = share * self._duration
            self._draw()

    def _let_go(self, _event: "tk.Event[tk.Misc]") -> None:
        if self._held:
            self._held = False
            self._seek(self._time)


def clock(seconds: float) -> str:
    """As people read it: 1:05."""
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
