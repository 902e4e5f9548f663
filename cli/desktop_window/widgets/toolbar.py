"""Toolbar: the paper's five buttons, the video, camera or stream to open, and the network."""

import tkinter as tk
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tkinter import ttk
from typing import Final

from fer_video.cli.desktop_window.widgets.theme import GAP

BUTTONS: Final = {
    "select_image": "Select image",
    "open_video": "Open video",
    "live_video": "Live video",
    "parts_predict": "Parts predict",
    "complete_predict": "Complete predict",
    "close": "Close",
}
"""Words on the buttons, by the actions that they do."""
NETWORKS: Final = {"cnn": "CNN", "mobilenetv2": "MobileNetV2"}
"""The packaged networks, for people."""


class Toolbar(ttk.Frame):
    """The row above the picture."""

    def __init__(
        self,
        parent: tk.Misc,
        do: Callable[[str], None],
        cameras: Callable[[], Sequence[str]],
        network: str,
    ) -> None:
        """Show the buttons.

        Args:
            parent: the widget around it.
            do: does an action, see `ACTIONS`.
            cameras: lists what may be chosen as a live source.
            network: the one that is used first; one that is not packaged is offered, too.
        """
        super().__init__(parent, padding=(GAP, GAP, GAP, 0))
        self.source = tk.StringVar(self, "0")
        """The camera or stream that is chosen: a number, a path or an address."""
        self.network = tk.StringVar(self, network)
        """The network that is chosen."""
        self.buttons: dict[str, ttk.Button] = {}
        """By their actions."""
        for name, text in BUTTONS.items():
            button = ttk.Button(self, text=text, command=partial(do, name), takefocus=False)
            button.pack(side="right" if name == "close" else "left", padx=(0, 5))
            self.buttons[name] = button
            if name == "live_video":
                self._choose = self._add_choice(do, cameras)
        self._add_networks(do, network)

    def mark(self, action: str, *, chosen: bool) -> None:
        """Show a button as chosen, or not."""
        self.buttons[action].state(["selected" if chosen else "!selected"])

    def focus_source(self) -> None:
        """Let the camera or stream be typed."""
        self._choose.focus_set()
        self._choose.selection_range(0, "end")

    def _add_choice(
        self, do: Callable[[str], None], cameras: Callable[[], Sequence[str]]
    ) -> ttk.Combobox:
        choice = ttk.Combobox(self, textvariable=self.source, width=9)
        choice.configure(postcommand=lambda: choice.configure(values=[*cameras(), "demo"]))
        choice.pack(side="left", padx=(0, 5), fill="y")

        def chosen(_event: "tk.Event[tk.Misc]") -> None:
            self.winfo_toplevel().focus_set()
            do("live_video")

        for event in ("<Return>", "<<ComboboxSelected>>"):
            choice.bind(event, chosen)
        choice.bind("<Escape>", lambda _: self.winfo_toplevel().focus_set())
        return choice

    def _add_networks(self, do: Callable[[str], None], network: str) -> None:
        for name, text in {**NETWORKS, **_other(network)}.items():
            ttk.Radiobutton(
                self,
                text=text,
                value=name,
                variable=self.network,
                style="Toolbutton",
                command=lambda: do("use_chosen"),
                takefocus=False,
            ).pack(side="left")


def _other(network: str) -> dict[str, str]:
    """One that is not packaged, by the name of its file."""
    return {} if network in NETWORKS else {network: Path(network).stem}
