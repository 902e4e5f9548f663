"""Strip: what one face and its parts showed in the last thirty seconds."""

import tkinter as tk
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal

from fer_video.cli.desktop_window.history import SPAN, Moment, Who
from fer_video.cli.desktop_window.slider import clock
from fer_video.cli.desktop_window.theme import BACK, DIM, PANEL, TEXT, colour_of, mixed
from fer_video.cli.desktop_window.tiles import TITLES
from fer_video.engine.expressions import Reading

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
            self.create_rectangle(
                _LEFT,
                self._row(row),
                self._x(SPAN),
                self._row(row) + self._lane,
                fill=BACK,
                outline="",
            )
        for row, start, stop, colour in self._runs(begin):
            top = self._row(row)
            x_0, x_1 = (
                self._x(start - begin),
                max(self._x(stop - begin), self._x(start - begin) + 1),
            )
            self.create_rectangle(x_0, top, x_1, top + self._lane, fill=colour, outline="")
        self._marks(begin)
        if self._moments:
            x = self._x(self.now - begin)
            self.create_line(x, _TOP - 4, x, self._row(1 + len(TITLES)), fill=TEXT)

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

    def _runs(self, begin: float) -> Iterator[tuple[int, float, float, str]]:
        """Stretches of one colour: their lane, first and last second, and colour."""
        open_runs: dict[int, tuple[float, float, str]] = {}
        for start, stop, reading in _stretches(self._moments, self._who, begin):
            for row, colour in enumerate(_colours(reading)):
                run = open_runs.get(row)
                if run is not None and run[2] == colour and start - run[1] < 1e-6:
                    open_runs[row] = run[0], stop, colour
                    continue
                if run is not None:
                    yield row, *run
                open_runs[row] = start, stop, colour
        yield from ((row, *run) for row, run in open_runs.items())


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


def _colours(reading: Reading) -> Iterator[str]:
    """Of each lane; where the parts are not read, of the face alone."""
    yield _shade(reading.label, reading.confidence, reading.labels)
    if reading.parts is not None:
        for name in TITLES:
            part = reading.parts.of[name]
            yield _shade(part.expression, part.confidence, reading.labels)


def _shade(label: str, confidence: float, labels: tuple[str, ...]) -> str:
    """In five steps, so that neighbours of about one confidence are one rectangle."""
    return mixed(colour_of(label, labels), 0.4 + 0.6 * round(confidence * 5) / 5, BACK)
