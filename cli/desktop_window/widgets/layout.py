"""Layout: where in the window each source's picture lies, and which face is under a point."""

from collections.abc import Iterable
from math import ceil, sqrt
from typing import NamedTuple

from fer_video.engine.faces.expressions import Reading
from fer_video.engine.faces.face import Box
from fer_video.engine.frames.frame import Frame

_APART = 4
"""Pixels between the cells of two sources."""


class Place(NamedTuple):
    """Where a picture is shown, in pixels of the window."""

    left: int
    top: int
    width: int
    height: int
    across: float
    """Pixels of the window for one of the picture, from left to right."""
    down: float
    """Pixels of the window for one of the picture, from top to bottom."""

    def corners(self, box: Box) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of a box of the picture."""
        left, top = self.left + box.left * self.across, self.top + box.top * self.down
        return left, top, left + box.width * self.across, top + box.height * self.down

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the picture is shown."""
        return self.left + x * self.across, self.top + y * self.down


class Cell(NamedTuple):
    """The part of the window that a source has, in pixels."""

    left: int
    top: int
    width: int
    height: int

    def fit(self, frame: Frame) -> Place:
        """Where a picture lies in it: as large as it can be, in its own proportions, centred.

        It is an even number of pixels wide, since to scale to an odd one takes four times as long.
        """
        wide = frame.width * frame.pixel_aspect
        zoom = min(self.width / wide, self.height / frame.height)
        width, height = max(round(wide * zoom) // 2 * 2, 1), max(round(frame.height * zoom), 1)
        left = self.left + (self.width - width) // 2
        top = self.top + (self.height - height) // 2
        return Place(left, top, width, height, width / frame.width, height / frame.height)


def cells(count: int, width: int, height: int) -> list[Cell]:
    """A grid with a cell for each of some sources, row by row."""
    columns = max(ceil(sqrt(count)), 1)
    rows = max(ceil(count / columns), 1)
    wide, high = width // columns, height // rows
    apart = _APART if count > 1 else 0
    return [
        Cell(
            place % columns * wide,
            place // columns * high,
            max(wide - apart, 1),
            max(high - apart, 1),
        )
        for place in range(count)
    ]


def largest(readings: Iterable[Reading]) -> Reading | None:
    """The reading of the largest face; None where there is none."""
    return max(readings, key=lambda reading: reading.face.box.area, default=None)


def under(readings: Iterable[Reading], place: Place, x: float, y: float) -> Reading | None:
    """The reading of the smallest face whose box is under a point of the window."""

    def holds(reading: Reading) -> bool:
        left, top, right, bottom = place.corners(reading.face.box)
        return left <= x <= right and top <= y <= bottom

    found = [reading for reading in readings if holds(reading)]
    return min(found, key=lambda reading: reading.face.box.area, default=None)
