"""Transport: the result, and under the picture what moves it: pause, step, the slider, record."""

import tkinter as tk
from collections.abc import Callable
from functools import partial
from tkinter import ttk
from typing import Final

from fer_video.cli.desktop_window.widgets.slider import Slider
from fer_video.cli.desktop_window.widgets.theme import ALERT, DIM, GAP, TEXT

BUTTONS: Final = {
    "step_back": "◀ Step",
    "pause": "Pause",
    "step": "Step ▶",
    "record": "Record",
    "save": "Save picture",
    "calibrate": "Calibrate",
}
"""Words on the buttons, by the actions that they do."""


class Transport(ttk.Frame):
    """The rows under the strip."""

    def __init__(
        self, parent: tk.Misc, do: Callable[[str], None], seek: Callable[[float], None]
    ) -> None:
        """Show the buttons, and no result.

        Args:
            parent: the widget around it.
            do: does an action, see `ACTIONS`.
            seek: goes to a moment, in seconds.
        """
        super().__init__(parent, padding=(GAP, 0, GAP, GAP))
        self.columnconfigure(1, weight=1)
        self._result = ttk.Label(self, style="Result.TLabel", width=14)
        self._result.grid(row=0, column=0, rowspan=2, sticky="w", padx=(2, GAP))
        middle = ttk.Frame(self)
        middle.grid(row=0, column=1, sticky="ew")
        self.buttons = {
            name: ttk.Button(
                middle, text=text, command=partial(do, name), takefocus=False, width=len(text)
            )
            for name, text in BUTTONS.items()
        }
        """By their actions."""
        self._add_buttons()
        self._slider = Slider(self, seek)
        self._slider.grid(row=1, column=1, sticky="ew", pady=(4, 0))
        self._said = ttk.Label(self, style="Dim.TLabel", anchor="w")
        self._said.grid(row=2, column=0, columnspan=2, sticky="ew", padx=2, pady=(4, 0))
        self._rate = ttk.Label(self, style="Dim.TLabel", anchor="e")
        self._rate.grid(row=2, column=1, sticky="e", padx=2, pady=(4, 0))

    def _add_buttons(self) -> None:
        for name in ("step_back", "pause", "step"):
            self.buttons[name].pack(side="left", padx=(0, 5))
        for name in ("calibrate", "save", "record"):
            self.buttons[name].pack(side="right", padx=(5, 0))

    @property
    def words(self) -> str:
        """The result, as it is shown."""
        return str(self._result["text"])

    @property
    def said(self) -> str:
        """What is said under it."""
        return str(self._said["text"])

    def result(self, text: str, colour: str = TEXT) -> None:
        """Say what the face in detail shows."""
        if text != self.words:
            self._result.configure(text=text, foreground=colour)

    def say(self, text: str, rate: str, *, alert: bool = False) -> None:
        """Say what came of the last thing asked for, and how fast frames come."""
        room = self.winfo_width() - self._rate.winfo_reqwidth() - 4 * GAP
        self._said.configure(
            text=text, foreground=ALERT if alert else DIM, wraplength=max(room, 200)
        )
        self._rate.configure(text=rate)

    def move(self, time: float, duration: float | None) -> None:
        """Put the slider to a moment; without a duration there is nothing to slide."""
        self._slider.move(time, duration)

    def enable(self, **actions: bool) -> None:
        """Let buttons be pressed, or not."""
        for action, possible in actions.items():
            self.buttons[action].state(["!disabled" if possible else "disabled"])

    def name(self, action: str, text: str) -> None:
        """Put other words on a button."""
        if str(self.buttons[action]["text"]) != text:
            self.buttons[action].configure(text=text)
