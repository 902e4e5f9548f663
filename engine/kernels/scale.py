"""Kernels that resample a plane: smaller or larger for the detector, or along any direction."""

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.compiling import njit
from fer_video.engine.frames.frame import Plane
from fer_video.engine.kernels.lines import MOST_SUMMED, ONE, add, bilinear, halved


@njit(nogil=True)
def shrink(plane: Plane, out: Plane, full_range: bool) -> None:
    """Resize by averaging whole pixels.

    Args:
        plane: (H, W) uint8.
        out: (h, w) uint8, full range, written whole; rows per row of it differ by at most one
            where H is no multiple of h, and so do columns.
        full_range: whether luma spans 0..255.
    """
    (rows, columns), (height, width) = plane.shape, out.shape
    gain, offset = levels(full_range)
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
                out[y, x] = grey(np.float32(line[x]) * (shares[x] * share) + offset)
            continue
        for x in range(width):
            total = np.uint32(0)
            for column in range(edges[x], max(edges[x + 1], edges[x] + np.uintp(1))):
                total += line[column]
            out[y, x] = grey(np.float32(total) * (shares[x] * share) + offset)


@njit(nogil=True)
def enlarge(plane: Plane, out: Plane, full_range: bool) -> None:
    """Resize by bilinear interpolation; for small pictures. Arguments as `shrink`."""
    (rows, columns), (height, width) = plane.shape, out.shape
    gain, offset = levels(full_range)
    for y in range(height):
        v = int(((y + 0.5) * rows / height - 0.5) * ONE)
        for x in range(width):
            u = int(((x + 0.5) * columns / width - 0.5) * ONE)
            out[y, x] = grey(bilinear(plane, u, v) * gain + offset)


@njit(nogil=True, inline="always")
def levels(full_range: bool) -> tuple[np.float32, np.float32]:
    """Factor on luma, and what to add to it then, that make grey levels 0..255 of it."""
    if full_range:
        return np.float32(1), np.float32(0)
    return np.float32(255 / 219), np.float32(-16 * 255 / 219)


@njit(nogil=True, inline="always")
def grey(value: np.float32) -> np.uint8:
    """The nearest grey level."""
    return np.uint8(np.int32(min(max(value + np.float32(0.5), np.float32(0)), np.float32(255))))


@njit(nogil=True)
def warp(plane: Plane, matrix: NDArray[np.float64], gain: float, black: float, out: Plane) -> None:
    """Fill `out` from `plane` by an affine map, bilinear, and change the contrast about `black`.

    Args:
        plane: (H, W) uint8; beyond its border the border's value goes on.
        matrix: (2, 3) float64 from pixels of `out` to pixels of `plane`.
        gain: contrast.
        black: the grey level that stays.
        out: (h, w) uint8, written whole.
    """
    du, dv = int(matrix[0, 0] * ONE), int(matrix[1, 0] * ONE)
    level, contrast = np.float32(black), np.float32(gain)
    for y in range(out.shape[0]):
        u_0 = int((matrix[0, 1] * y + matrix[0, 2]) * ONE)
        v_0 = int((matrix[1, 1] * y + matrix[1, 2]) * ONE)
        for x in range(out.shape[1]):
            value = (bilinear(plane, u_0 + x * du, v_0 + x * dv) - level) * contrast + level
            out[y, x] = grey(value)
