"""Tiles: the magnified eyes, nose and mouth of one face, each with what it says alone."""

import tkinter as tk
from functools import lru_cache
from tkinter import ttk
from typing import Final

from PIL import Image, ImageTk

from fer_video.cli.desktop_window.widgets.cutting import parts_of
from fer_video.cli.desktop_window.widgets.scaler import KEPT
from fer_video.cli.desktop_window.widgets.theme import (
    BACK,
    DIM,
    GAP,
    PANEL,
    RAISED,
    TEXT,
    colour_of,
)
from fer_video.engine.faces.expressions import Reading
from fer_video.engine.faces.face import Face
from fer_video.engine.frames.frame import Frame

TITLES: Final = {
    "right_eye": "Right eye",
    "left_eye": "Left eye",
    "nose": "Nose",
    "mouth": "Mouth",
}
"""Names of the parts for people, in the order of the tiles: as a picture shows a face, with the
person's right eye at its left."""

_LEAST = 246
"""Pixels of width that the longest words under two tiles need."""
_WORDS = "words"
"""Tag of all that lies beside or over the picture."""
_FOOT = 30
"""Height of what is under the picture, in pixels."""
_BAR = 6
"""Height of the bar of what a part adds, in pixels."""
_ZERO = 0.25
"""Where that bar begins, in widths of the tile's: what takes away goes to the left."""


class Tiles(ttk.Frame):
    """Two by two; where nobody has asked what the parts say, the pictures are there alone."""

    def __init__(self, parent: tk.Misc) -> None:
        """Show empty tiles."""
        super().__init__(parent)
        self.columnconfigure((0, 1), weight=1, uniform="tile")
        self._tiles = {name: _Tile(self, title) for name, title in TITLES.items()}
        for place, tile in enumerate(self._tiles.values()):
            row, column = divmod(place, 2)
            pad = (0, GAP // 2) if column == 0 else (GAP // 2, 0)
            tile.grid(row=row, column=column, sticky="nsew", padx=pad, pady=(0, GAP))
        self._size = (144, 108)
        self._parts_of = lru_cache(KEPT)(parts_of)
        """With the last few faces kept, see `prepare`."""

    def resize(self, width: float, height: float) -> tuple[int, int]:
        """Make the tiles as large as this room in pixels allows, but never too small to be read.

        Returns:
            The width and the height that they take.
        """
        high = (height - 2 * (_FOOT + GAP)) / 0.75
        width = round(max(min(width, high), _LEAST))
        across = (width - GAP) // 2
        self._size = (across - 4, across * 3 // 4 - 4)
        for tile in self._tiles.values():
            tile.resize(self._size)
        return width, 2 * (self._size[1] + _FOOT + 4 + GAP)

    @property
    def said(self) -> dict[str, str]:
        """What is written under each part."""
        return {name: tile.said for name, tile in self._tiles.items()}

    def clear(self) -> None:
        """Empty the tiles."""
        for tile in self._tiles.values():
            tile.show(None)
            tile.tell("", DIM)

    def prepare(self, frame: Frame, face: Face) -> None:
        """Cut out the parts of a face that will be shown; from any thread."""
        self._parts_of(frame, face, self._size)

    def show(self, frame: Frame, reading: Reading) -> None:
        """Show the parts of a face of this frame."""
        pictures = self._parts_of(frame, reading.face, self._size)
        for name, tile in self._tiles.items():
            tile.show(pictures.get(name))
            if reading.parts is None:
                tile.tell("", DIM)
                continue
            said = reading.parts.of[name]
            colour = colour_of(said.expression, reading.labels)
            adds = float(said.evidence[reading.labels.index(reading.expression)])
            tile.tell(f"{said.expression} {said.confidence:.0%}", colour, adds)


class _Tile(tk.Canvas):
    """A picture, what the part says alone, and what it adds to the label of the face."""

    def __init__(self, parent: tk.Misc, title: str) -> None:
        super().__init__(parent, background=PANEL, highlightthickness=2)
        self.configure(highlightbackground=PANEL)
        self._title, self.said = title, ""
        self._empty = Image.new("RGB", (1, 1), RAISED)
        self._size = 1, 1
        self._told: object = None
        self._photo: ImageTk.PhotoImage | None = None
        self._item = self.create_image(0, 0, anchor="nw")

    def resize(self, size: tuple[int, int]) -> None:
        """Take another size of the picture, in pixels."""
        self._size = size
        self.configure(width=size[0], height=size[1] + _FOOT)
        self._photo = ImageTk.PhotoImage("RGB", size, master=self)
        self.itemconfigure(self._item, image=self._photo)
        self.coords(self._item, 2, 2)
        self.show(None)
        self.tell("", DIM)

    def show(self, picture: Image.Image | None) -> None:
        """Show a picture of the tile's size, or none."""
        if self._photo is not None:
            self._photo.paste(picture or self._empty.resize(self._size))

    def tell(self, text: str, colour: str, adds: float | None = None) -> None:
        """Put words and a border of their colour to the picture, and a bar from its zero."""
        if self._told == (told := (text, colour, adds, self._size)):
            return
        self._told = told
        self.configure(highlightbackground=colour if text else PANEL)
        self.delete(_WORDS)
        self.said = text
        name = self.create_text(
            8, 6, text=self._title, anchor="nw", fill=TEXT, font="FerSmall", tags=_WORDS
        )
        left, top, right, bottom = self.bbox(name)
        self.create_rectangle(
            left - 4, top - 1, right + 4, bottom + 1, fill=BACK, outline="", tags=_WORDS
        )
        self.tag_raise(name)
        width, height = self._size
        middle = height + 2 + (_FOOT - _BAR - 4) / 2
        words = self.create_text(
            8, middle, text=text, anchor="w", fill=colour, font="FerStrong", tags=_WORDS
        )
        if text and self.bbox(words)[2] > width:
            self.itemconfigure(words, font="FerSmall")
        if adds is not None:
            self._draw_bar(8, width - 6, height + _FOOT - _BAR - 2, colour, adds)

    def _draw_bar(self, left: int, right: int, top: int, colour: str, adds: float) -> None:
        zero = left + (right - left) * _ZERO
        end = min(max(zero + (right - zero) * adds, left), right)
        for x_0, x_1, fill in ((left, right, BACK), (min(zero, end), max(zero, end), colour)):
            self.create_rectangle(x_0, top, x_1, top + _BAR, fill=fill, outline="", tags=_WORDS)
        self.create_line(zero, top, zero, top + _BAR, fill=TEXT, tags=_WORDS)
