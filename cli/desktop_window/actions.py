"""Actions: everything that a person may do, each with its words and its key, in the menu's order.

The menu, the keys and the buttons are made from these, so that none of them forgets one.
"""

import sys
import tkinter as tk
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

_TYPED_IN: Final = ("TEntry", "TCombobox", "Entry", "Listbox")
"""Classes of the widgets in which a key is a letter."""

_MODIFIERS: Final = ("Control", "Alt", *(("Command",) if sys.platform == "darwin" else ()))
"""Keys with which another one is none of these; elsewhere, Tk takes Num Lock for `Command`."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a person may do."""

    menu: str
    """The menu that it stands in."""
    title: str
    """Its words there."""
    keys: tuple[str, ...]
    """Tk's names of its keys, the first being the one that the menu shows."""
    shown: str
    """How the menu writes that key."""


ACTIONS: Final[Mapping[str, Action]] = {
    "select_image": Action("File", "Select image…", ("i",), "i"),
    "open_video": Action("File", "Open video…", ("o",), "o"),
    "live_video": Action("File", "Live video", ("l",), "l"),
    "open_stream": Action("File", "Camera or stream…", ("g",), "g"),
    "record": Action("File", "Record, stop recording", ("r",), "r"),
    "save": Action("File", "Save picture", ("s",), "s"),
    "close": Action("File", "Close", ("q", "Escape"), "q, Esc"),
    "pause": Action("Play", "Pause, go on", ("space",), "Space"),
    "step": Action("Play", "Next frame or image", ("Right", "period"), "→"),
    "step_back": Action("Play", "Frame before", ("Left", "comma"), "←"),
    "skip": Action("Play", "Five seconds on", ("Up",), "↑"),
    "skip_back": Action("Play", "Five seconds back", ("Down",), "↓"),
    "restart": Action("Play", "From the start", ("Home",), "Home"),
    "slower": Action("Play", "Slower", ("minus",), "-"),
    "faster": Action("Play", "Faster", ("plus",), "+"),
    "parts_predict": Action("Predict", "Parts predict", ("p",), "p"),
    "complete_predict": Action("Predict", "Complete predict", ("f",), "f"),
    "use_cnn": Action("Predict", "Network: CNN", ("1",), "1"),
    "use_mobilenetv2": Action("Predict", "Network: MobileNetV2", ("2",), "2"),
    "calibrate": Action("Predict", "Calibrate: this is neutral", ("c",), "c"),
    "undo_calibration": Action("Predict", "Undo calibration", ("u",), "u"),
}
"""By the names of what does them."""


def build_menu(root: tk.Tk, do: Callable[[str], None]) -> tk.Menu:
    """A menu bar with every action; `do` is called with an action's name."""
    bar = tk.Menu(root)
    menus: dict[str, tk.Menu] = {}
    for name, action in ACTIONS.items():
        if action.menu not in menus:
            menus[action.menu] = tk.Menu(bar, tearoff=False)
            bar.add_cascade(label=action.menu, menu=menus[action.menu])
        menus[action.menu].add_command(
            label=action.title, accelerator=action.shown, command=partial(do, name)
        )
    root.configure(menu=bar)
    return bar


def bind_keys(root: tk.Tk, do: Callable[[str], None]) -> None:
    """Let every key do its action, also under Caps Lock, unless it is typed into a field.

    With Control and the like it means something else elsewhere, such as Ctrl-C, and nothing here.
    """
    for name, action in ACTIONS.items():
        for key in action.keys:
            for one in {key, key.upper()} if len(key) == 1 else {key}:
                root.bind(f"<Key-{one}>", _unless_typed(name, do))
                for modifier in _MODIFIERS:
                    root.bind(f"<{modifier}-Key-{one}>", lambda _event: None)


def _unless_typed(name: str, do: Callable[[str], None]) -> "Callable[[tk.Event[tk.Misc]], None]":
    def pressed(event: "tk.Event[tk.Misc]") -> None:
        widget = event.widget
        if isinstance(widget, tk.Misc) and widget.winfo_class() in _TYPED_IN:
            return
        do(name)

    return pressed
