"""The newest pictures of several sources as one picture."""

from collections.abc import Sequence
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.output.window.overlay import write_lines

WIDTH, HEIGHT = 1280, 720
"""Size of the grid of several sources, in pixels."""

_DARK = 3
"""By how much less light a lost source is shown."""


class Mosaic:
    """A grid, a cell a source, each with the source's name; one source alone fills the picture."""

    def __init__(self, infos: Sequence[SourceInfo]) -> None:
        """Lay out cells for these sources; all are dark."""
        self._names = [info.name for info in infos]
        self._columns = ceil(sqrt(len(infos)))
        rows = ceil(len(infos) / self._columns)
        self._cell = (HEIGHT // rows, WIDTH // self._columns)
        self._grid = np.zeros((rows * self._cell[0], WIDTH, 3), np.uint8)

    def __call__(self, frames: Sequence[Frame]) -> NDArray[np.uint8]:
        """Put frames into the cells of their sources; each of the others shows what it did.

        Args:
            frames: one or more, at most one a source.

        Returns:
            (H, W, 3) uint8, BGR, the caller's own: the grid, or the frame of the only source, its
            pixels made square.
        """
        if len(self._names) == 1:
            only = frames[-1]
            square = only.pixel_aspect == 1
            return np.ascontiguousarray(only.to_bgr() if square else only.to_bgr(_shown(only)))
        for frame in frames:
            self._fill(frame)
        return self._grid.copy()

    def darken(self, bgr: NDArray[np.uint8], source: str, said: str) -> None:
        """Show a source as lost in a picture that this has given.

        Args:
            bgr: (H, W, 3) uint8; changed in place.
            source: name of the source.
            said: a line of text in its place.
        """
        cell = self._cell_of(bgr, source) if len(self._names) > 1 else bgr
        cell //= _DARK
        size = max(bgr.shape[0] // 40, 12)
        write_lines(cell[2 * size :], [said], top=True)

    def _cell_of(self, bgr: NDArray[np.uint8], source: str) -> NDArray[np.uint8]:
        row, column = divmod(self._names.index(source), self._columns)
        height, width = self._cell
        return bgr[row * height : (row + 1) * height, column * width : (column + 1) * width]

    def _fill(self, frame: Frame) -> None:
        height, width = self._cell
        cell = self._cell_of(self._grid, frame.source)
        cell[:] = 0
        rows, columns = _shown(frame)
        zoom = min(height / rows, width / columns)
        inner = max(int(rows * zoom), 1), max(int(columns * zoom), 1)
        top, left = (height - inner[0]) // 2, (width - inner[1]) // 2
        cell[top : top + inner[0], left : left + inner[1]] = frame.to_bgr(inner)
        write_lines(cell, [frame.source.rpartition("/")[2] or frame.source], top=True)


def _shown(frame: Frame) -> tuple[int, int]:
    """Height and width in square pixels, neither less than it has."""
    wide = frame.pixel_aspect
    return round(frame.height * max(1 / wide, 1)), round(frame.width * max(wide, 1))
