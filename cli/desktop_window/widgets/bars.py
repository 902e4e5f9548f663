"""Bars: the score of each label of one face."""

import tkinter as tk

from fer_video.cli.desktop_window.widgets.theme import BACK, DIM, PANEL, TEXT, colour_of
from fer_video.engine.faces.expressions import Reading

LEAST, _MOST = 22, 40
"""Pixels from bar to bar, at least and at most."""
_PAD = 8


class Bars(tk.Canvas):
    """A row a label: its name, a bar as long as its score, and the score."""

    def __init__(self, parent: tk.Misc, labels: tuple[str, ...]) -> None:
        """Show empty bars of these labels."""
        super().__init__(parent, background=PANEL, highlightthickness=0, width=200)
        self._reading: Reading | None = None
        self._told: object = None
        """What is shown of it."""
        self._labels = labels
        self.bind("<Configure>", lambda _: self._draw())
        self._row = LEAST
        self._fit()

    def resize(self, width: int, height: float) -> None:
        """Fill this room in pixels, as far as bars should be apart."""
        self._row = round(min(max((height - _PAD) / len(self._labels), LEAST), _MOST))
        self.configure(width=width)
        self._fit()

    def show(self, reading: Reading | None) -> None:
        """Show the scores of a face; None empties the bars."""
        told = None if reading is None else _told(reading)
        if told == self._told:
            return
        self._reading, self._told = reading, told
        if reading is not None and reading.labels != self._labels:
            self._labels = reading.labels
            self._fit()
        self._draw()

    def _fit(self) -> None:
        self.configure(height=self._row * len(self._labels) + _PAD)

    def _draw(self) -> None:
        self.delete("all")
        width = self.winfo_width()
        thick = self._row * 0.22
        left, right = 86, max(width - 58, 90)
        for row, label in enumerate(self._labels):
            middle = _PAD / 2 + (row + 0.5) * self._row
            shown = self._reading is not None and self._reading.expression == label
            font, colour = ("FerStrong", TEXT) if shown else ("FerSmall", DIM)
            self.create_text(_PAD, middle, text=label, anchor="w", fill=colour, font=font)
            self.create_rectangle(
                left, middle - thick, right, middle + thick, fill=BACK, outline=""
            )
            if self._reading is None:
                continue
            score = self._reading[label]
            end, fill = left + (right - left) * score, colour_of(label, self._labels)
            self.create_rectangle(left, middle - thick, end, middle + thick, fill=fill, outline="")
            told = f"{score:.0%}"
            self.create_text(width - _PAD, middle, text=told, anchor="e", fill=colour, font=font)


def _told(reading: Reading) -> tuple[object, ...]:
    """All that the bars show of a reading; where that is the same, nothing is drawn."""
    return reading.labels, reading.expression, *(round(100 * reading[x]) for x in reading.labels)
