"""Tiles: the magnified eyes, nose and mouth of one face, each with what it says alone."""

import tkinter as tk
from tkinter import ttk
from typing import Final

from PIL import Image, ImageTk

from fer_video.cli.desktop_window.cutting import parts_of
from fer_video.cli.desktop_window.theme import DIM, GAP, PANEL, RAISED, TEXT, colour_of
from fer_video.engine.expressions import Reading
from fer_video.engine.frames import Frame

TITLES: Final = {
    "right_eye": "Right eye",
    "left_eye": "Left eye",
    "nose": "Nose",
    "mouth": "Mouth",
}
"""Names of the parts for people, in the order of the tiles: as a picture shows a face, with the
person's right eye at its left."""


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

    def resize(self, width: int) -> None:
        """Make the tiles as large as this width in pixels, of all of them together, allows."""
        across = max((width - GAP) // 2, 40)
        self._size = (across, across * 3 // 4)
        for tile in self._tiles.values():
            tile.resize(self._size)

    def clear(self) -> None:
        """Empty the tiles."""
        for tile in self._tiles.values():
            tile.show(None)
            tile.tell("", DIM)

    def show(self, frame: Frame, reading: Reading) -> None:
        """Show the parts of a face of this frame."""
        pictures = parts_of(frame, reading.face, self._size)
        for name, tile in self._tiles.items():
            tile.show(pictures.get(name))
            if reading.parts is None:
                tile.tell("", DIM)
            else:
                said = reading.parts.of[name]
                colour = colour_of(said.expression, reading.labels)
                tile.tell(f"{said.expression} {said.confidence:.0%}", colour)


class _Tile(tk.Frame):
    """A picture with a line under it."""

    def __init__(self, parent: tk.Misc, title: str) -> None:
        super().__init__(parent, background=PANEL, highlightthickness=2)
        self.configure(highlightbackground=PANEL)
        self._photo = ImageTk.PhotoImage("RGB", (144, 108), master=self)
        self._picture = tk.Label(self, image=self._photo, background=RAISED, borderwidth=0)
        self._picture.pack()
        line = tk.Frame(self, background=PANEL)
        line.pack(fill="x", padx=GAP, pady=(4, 5))
        name = tk.Label(line, text=title, background=PANEL, foreground=DIM, font="FerSmall")
        name.pack(side="left")
        self._said = tk.Label(line, background=PANEL, foreground=TEXT, font="FerStrong")
        self._said.pack(side="right")
        self._empty = Image.new("RGB", (1, 1), RAISED)
        self.resize((144, 108))

    def resize(self, size: tuple[int, int]) -> None:
        """Take another size of the picture, in pixels."""
        width, height = size[0] - 4, size[1] - 4
        self._photo = ImageTk.PhotoImage("RGB", (width, height), master=self)
        self._picture.configure(image=self._photo)
        self.show(None)

    def show(self, picture: Image.Image | None) -> None:
        """Show a picture, or none."""
        size = self._photo.width(), self._photo.height()
        self._photo.paste((picture or self._empty).resize(size, Image.Resampling.BILINEAR))

    def tell(self, text: str, colour: str) -> None:
        """Put words and a border of their colour to the picture."""
        self._said.configure(text=text, foreground=colour)
        self.configure(highlightbackground=colour if text else PANEL)
