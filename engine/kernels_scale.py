"""Kernels that resize a luma plane for the detector."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fer_video.engine.frames import Plane
from fer_video.engine.kernels_lines import MOST_SUMMED, ONE, add, bilinear, halved


@njit(cache=True, nogil=True)
def shrink(
    plane: Plane, out: NDArray[np.float32], height: int, width: int, gain: float, offset: float
) -> None:
    """Resize by averaging whole pixels, and scale: out[y, x] = mean * gain + offset.

    Args:
        plane: (H, W) uint8.
        out: (at least height, at least width) float32; only [:height, :width] is written.
        height: of the result; rows per output row differ by at most one when H is no multiple.
        width: of the result.
        gain: factor on the mean grey level.
        offset: added afterwards.
    """
    rows, columns = plane.shape
    sums, halves = np.empty(columns, np.uint16), 0
    while columns % (2 * width) == 0 and (rows // height + 1) << (halves + 1) <= MOST_SUMMED:
        columns, halves = columns // 2, halves + 1
    edges = np.empty(width + 1, np.uintp)
    for x in range(width + 1):
        edges[x] = x * columns // width
    shares = np.empty(width, np.float32)  # a division for every pixel would double the time
    for x in range(width):
        shares[x] = gain / (max(edges[x + 1] - edges[x], 1) * 2.0**halves)
    for y in range(height):
        top = y * rows // height
        bottom = min(max((y + 1) * rows // height, top + 1), top + MOST_SUMMED)
        sums[:] = 0
        for row in range(top, bottom):
            add(sums, plane[row])
        line = sums
        for _ in range(halves):
            line = halved(line)
        share = np.float32(1 / (bottom - top))
        if columns == width:
            for x in range(width):
                out[y, x] = np.float32(line[x]) * (shares[x] * share) + np.float32(offset)
            continue
        for x in range(width):
            total = np.uint32(0)
            for column in range(edges[x], max(edges[x + 1], edges[x] + np.uintp(1))):
                total += line[column]
            out[y, x] = np.float32(total) * (shares[x] * share) + np.float32(offset)


@njit(cache=True, nogil=True)
def enlarge(
    plane: Plane, out: NDArray[np.float32], height: int, width: int, gain: float, offset: float
) -> None:
    """Resize by bilinear interpolation, and scale; for small pictures. Arguments as `shrink`."""
    rows, columns = plane.shape
    for y in range(height):
        v = int(((y + 0.5) * rows / height - 0.5) * ONE)
        for x in range(width):
            u = int(((x + 0.5) * columns / width - 0.5) * ONE)
            out[y, x] = bilinear(plane, u, v) * gain + offset
