"""Theme: colours, fonts and distances of the window, and how they get into ttk."""

import tkinter as tk
from functools import lru_cache
from tkinter import font, ttk
from typing import Final, Literal

from fer_video.engine.render.palette import colours

BACK: Final = "#16181d"
"""Behind everything."""
PANEL: Final = "#1f2229"
"""Behind what belongs together."""
RAISED: Final = "#2c313b"
"""Buttons, and the tracks of bars."""
HOVER: Final = "#3a414e"
"""A button under the pointer."""
TEXT: Final = "#eef1f6"
"""Words."""
DIM: Final = "#9aa4b5"
"""Words that explain others; 7:1 against the background."""
ACCENT: Final = "#7fb4ff"
"""What is chosen."""
ALERT: Final = "#ff9d8a"
"""What went wrong, and what is recorded."""
_FONTS: Final[tuple[tuple[str, int, Literal["normal", "bold"]], ...]] = (
    ("FerSmall", 9, "normal"),
    ("FerStrong", 10, "bold"),
    ("FerResult", 21, "bold"),
)
GAP: Final = 8
"""Pixels between two things."""


@lru_cache(maxsize=64)
def colour_of(label: str, labels: tuple[str, ...]) -> str:
    """The colour of a label, `#RRGGBB`, as the engine draws it on video."""
    return to_hex(colours(labels).get(label, (150, 150, 150)))


def to_hex(rgb: tuple[int, int, int]) -> str:
    """As Tk writes colours."""
    return f"#{rgb[0]:02x}{rgb[1]:02x}{rgb[2]:02x}"


@lru_cache(maxsize=256)
def mixed(colour: str, share: float, behind: str = PANEL) -> str:
    """A colour laid over another one, as far as `share` (0..1) says."""
    over, under = (bytes.fromhex(name[1:]) for name in (colour, behind))
    red, green, blue = (round(u + (o - u) * share) for o, u in zip(over, under, strict=True))
    return to_hex((red, green, blue))


def set_up(root: tk.Tk) -> tuple[font.Font, ...]:
    """Give all widgets of ttk this look, and the named fonts their sizes.

    Returns:
        Fonts that go when nobody holds them any more.
    """
    root.configure(background=BACK)
    for name, size in (("TkDefaultFont", 10), ("TkTextFont", 10), ("TkMenuFont", 10)):
        font.nametofont(name).configure(size=size)
    family = font.nametofont("TkDefaultFont").actual("family")
    fonts = tuple(
        font.Font(root, name=name, exists=False, family=family, size=size, weight=weight)
        for name, size, weight in _FONTS
    )
    _style(ttk.Style(root))
    root.option_add("*Menu.background", PANEL)
    root.option_add("*Menu.foreground", TEXT)
    root.option_add("*Menu.activeBackground", HOVER)
    root.option_add("*Menu.activeForeground", TEXT)
    root.option_add("*Menu.selectColor", ACCENT)
    root.option_add("*Menu.relief", "flat")
    root.option_add("*TCombobox*Listbox.background", RAISED)
    root.option_add("*TCombobox*Listbox.foreground", TEXT)
    root.option_add("*TCombobox*Listbox.selectBackground", HOVER)
    root.option_add("*TCombobox*Listbox.selectForeground", TEXT)
    return fonts


def _style(style: ttk.Style) -> None:
    style.theme_use("clam")
    style.configure(
        ".",
        background=BACK,
        foreground=TEXT,
        fieldbackground=RAISED,
        troughcolor=RAISED,
        bordercolor=BACK,
        lightcolor=RAISED,
        darkcolor=RAISED,
        insertcolor=TEXT,
        arrowcolor=TEXT,
        focuscolor=ACCENT,
    )
    for name in ("TButton", "Toolbutton"):
        style.configure(name, background=RAISED, padding=(9, 6), relief="flat", width=0)
        style.map(
            name,
            background=[("disabled", PANEL), ("selected", HOVER), ("active", HOVER)],
            foreground=[("disabled", "#5f6775"), ("selected", ACCENT)],
            bordercolor=[("focus", ACCENT)],
        )
    style.configure("Dim.TLabel", foreground=DIM, font="FerSmall")
    style.configure("Alert.TLabel", foreground=ALERT, font="FerSmall")
    style.configure("Panel.TFrame", background=PANEL)
    style.configure("Name.TLabel", background=PANEL, foreground=DIM, font="FerSmall")
    style.configure("Result.TLabel", font="FerResult")
    style.configure("TCombobox", padding=5, bordercolor=RAISED)
    style.map("TCombobox", fieldbackground=[("readonly", RAISED)], foreground=[("readonly", TEXT)])
