"""Strip: what one face and its parts showed in the last thirty seconds."""

import tkinter as tk
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageTk

from fer_video.cli.desktop_window.playing.history import SPAN, Moment, Who
from fer_video.cli.desktop_window.widgets.slider import clock
from fer_video.cli.desktop_window.widgets.theme import BACK, DIM, PANEL, TEXT, colour_of, mixed
from fer_video.cli.desktop_window.widgets.tiles import TITLES
from fer_video.engine.faces.expressions import Reading

_LEFT, _RIGHT, _TOP, _FOOT = 86, 12, 7, 18
"""Pixels beside the lanes, above and under them."""
_LEAST, _MOST, _APART = 14, 26, 3
"""Height of a lane, at least and at most, and the distance to the next, in pixels."""
_TICK = 5
"""Seconds from mark to mark."""
_HELD = 0.5
"""Seconds for which what was read is drawn on, where the next frame is late."""


class Strip(tk.Canvas):
    """A lane for the face and one for each part; the more certain, the stronger the colour."""

    def __init__(self, parent: tk.Misc) -> None:
        """Show empty lanes."""
        super().__init__(parent, background=PANEL, highlightthickness=0)
        self._lane = 0
        self.resize(0)
        self._moments: Sequence[Moment] = ()
        self._who: Who | None = None
        self._photo: ImageTk.PhotoImage | None = None
        self.now = 0.0
        """Time of the frame that is marked, in seconds of the video."""
        self.bind("<Configure>", lambda _: self._draw())

    def resize(self, height: float) -> None:
        """Take the lanes as high as goes with a window of this height in pixels."""
        lane = round(min(max(height / 45, _LEAST), _MOST))
        if lane != self._lane:
            self._lane = lane
            self.configure(height=_TOP + (1 + len(TITLES)) * (lane + _APART) + _FOOT)

    def show(self, moments: Sequence[Moment], who: Who | None, now: float) -> None:
        """Show what a face showed.

        Args:
            moments: of its source, the oldest first.
            who: the face; None where there is none.
            now: time of the frame that is shown, in seconds of the video.
        """
        self._moments, self._who, self.now = moments, who, now
        self._draw()

    def _draw(self) -> None:
        self.delete("all")
        end = max(self._moments[-1].time, self.now) if self._moments else 0.0
        begin = max(end - SPAN, 0.0)
        for row, title in enumerate(("Face", *TITLES.values())):
            middle = self._row(row) + self._lane / 2
            font, colour = ("FerStrong", TEXT) if row == 0 else ("FerSmall", DIM)
            self.create_text(10, middle, text=title, anchor="w", fill=colour, font=font)
        self._paste(begin)
        self._marks(begin)
        if self._moments:
            x = self._x(self.now - begin)
            self.create_line(x, _TOP - 4, x, self._row(1 + len(TITLES)), fill=TEXT)

    def _paste(self, begin: float) -> None:
        """The lanes as one picture: there may be more stretches than Tk draws in time."""
        width = max(self.winfo_width() - _LEFT - _RIGHT, 1)
        lanes = np.full((1 + len(TITLES), width, 3), _rgb(BACK), np.uint8)
        for start, stop, reading in _stretches(self._moments, self._who, begin):
            first, last = (round((time - begin) / SPAN * width) for time in (start, stop))
            lanes[:, first : max(last, first + 1)] = _colours(reading)[:, None]
        rows = np.full((len(lanes), self._lane + _APART, width, 3), _rgb(PANEL), np.uint8)
        rows[:, : self._lane] = lanes[:, None]
        picture = Image.fromarray(rows.reshape(-1, width, 3))
        if self._photo is None or (self._photo.width(), self._photo.height()) != picture.size:
            self._photo = ImageTk.PhotoImage("RGB", picture.size, master=self)
        self._photo.paste(picture)
        self.create_image(_LEFT, _TOP, image=self._photo, anchor="nw")

    def _row(self, row: int) -> int:
        return _TOP + row * (self._lane + _APART)

    def _x(self, seconds: float) -> float:
        return _LEFT + seconds / SPAN * max(self.winfo_width() - _LEFT - _RIGHT, 1)

    def _marks(self, begin: float) -> None:
        foot = self._row(1 + len(TITLES))
        mark = -(-begin // _TICK) * _TICK
        while mark <= begin + SPAN:
            anchor: Literal["n", "ne"] = "ne" if mark - begin > SPAN - 1 else "n"
            self.create_text(
                self._x(mark - begin),
                foot,
                text=clock(mark),
                anchor=anchor,
                fill=DIM,
                font="FerSmall",
            )
            mark += _TICK


def _stretches(
    moments: Sequence[Moment], who: Who | None, begin: float
) -> Iterator[tuple[float, float, Reading]]:
    """From when to when what was read of the face stood."""
    ends = [moment.time for moment in moments[1:]]
    usual = sorted(b - a for a, b in pairwise(m.time for m in moments))
    last = usual[len(usual) // 2] if usual else 0.0
    ends += [moments[-1].time + last] if moments else []
    for moment, end in zip(moments, ends, strict=True):
        reading = None if who is None else moment.readings.get(who[1])
        if reading is not None and moment.time >= begin:
            yield moment.time, min(end, moment.time + _HELD), reading


@lru_cache(maxsize=1024)
def _colours(reading: Reading) -> NDArray[np.uint8]:
    """(lanes, 3) uint8, RGB: of each lane; where the parts are not read, of the face alone."""
    shades = [_shade(reading.label, reading.confidence, reading.labels)]
    if reading.parts is not None:
        said = (reading.parts.of[name] for name in TITLES)
        shades += [_shade(part.expression, part.confidence, reading.labels) for part in said]
    shades += [BACK] * (1 + len(TITLES) - len(shades))
    return np.array([_rgb(shade) for shade in shades], np.uint8)


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


def _shade(label: str, confidence: float, labels: tuple[str, ...]) -> str:
    """In five steps, which are told apart."""
    return mixed(colour_of(label, labels), 0.4 + 0.6 * round(confidence * 5) / 5, BACK)
