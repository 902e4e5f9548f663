"""Kernel that cuts a turned and scaled square out of a plane, as grey levels."""

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.compiling import njit
from fer_video.engine.frames.frame import Plane
from fer_video.engine.kernels.sample import between, bounded, fetch, grids, luma_words, reach_of


@njit(nogil=True)
def view(plane: Plane, matrix: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Cut a square out of a plane.

    Args:
        plane: (H, W) uint8.
        matrix: (2, 3) float32 from pixels of `out` to pixels of `plane`, see `bounded`.
        out: (side, side) float32, written whole.
    """
    side = out.shape[0]
    matrix = bounded(matrix, side, *plane.shape)
    reach = reach_of(matrix)
    grid, _ = grids(matrix, reach)
    words, u, v = luma_words(plane, grid, side, reach)
    above, below = np.empty(side, np.uint32), np.empty(side, np.uint32)
    share = np.float32(1 / (reach * reach))
    for row in range(side):
        fetch(words, u, v, grid, row, above, below)
        between(above, below, u, v, grid, row, 0, 16, 65535, out[row])
        for x in range(side):
            out[row, x] *= share
