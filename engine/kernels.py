"""Loops over pixels, compiled by numba without the interpreter lock; no classes, no I/O.

Each is compiled on its first call and kept in numba's cache on disk. `nogil` lets the stages'
threads run side by side.
"""

from math import sqrt

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fer_video.engine.frames import Plane

ONE = 65536
"""One pixel in the fixed-point coordinates of `_bilinear`."""
QUARTER = ONE // 4


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
    edges = np.empty(width + 1, np.uintp)
    for x in range(width + 1):
        edges[x] = x * columns // width
    shares = np.empty(width, np.float32)  # a division for every pixel would double the time
    for x in range(width):
        shares[x] = gain / max(edges[x + 1] - edges[x], 1)
    sums = np.empty(columns, np.uint32)
    for y in range(height):
        top = y * rows // height
        bottom = max((y + 1) * rows // height, top + 1)
        for x in range(columns):
            sums[x] = plane[top, x]
        for row in range(top + 1, bottom):
            for x in range(columns):
                sums[x] += plane[row, x]
        share = np.float32(1 / (bottom - top))
        for x in range(width):
            total = np.uint32(0)
            for column in range(edges[x], max(edges[x + 1], edges[x] + np.uintp(1))):
                total += sums[column]
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
            out[y, x] = _bilinear(plane, u, v) * gain + offset


@njit(cache=True, nogil=True, inline="always")
def _bilinear(plane: Plane, u: int, v: int) -> np.float32:
    """The value at column u, row v, in 1/65536 pixels; beyond the border its value goes on.

    Whole numbers and unsigned indices halve the time: numba then has no negative index to wrap.
    """
    u = min(max(u, 0), (plane.shape[1] - 1) << 16)
    v = min(max(v, 0), (plane.shape[0] - 1) << 16)
    left, top = np.uintp(u >> 16), np.uintp(v >> 16)
    right = min(left + np.uintp(1), np.uintp(plane.shape[1] - 1))
    bottom = min(top + np.uintp(1), np.uintp(plane.shape[0] - 1))
    across = np.float32(u & 65535) * np.float32(1 / 65536)
    down = np.float32(v & 65535) * np.float32(1 / 65536)
    first, second = np.float32(plane[top, left]), np.float32(plane[bottom, left])
    above = first + across * (np.float32(plane[top, right]) - first)
    below = second + across * (np.float32(plane[bottom, right]) - second)
    return above + down * (below - above)


@njit(cache=True, nogil=True, error_model="numpy")
def crop_face(
    luma: Plane,
    cb: Plane,
    cr: Plane,
    matrix: NDArray[np.float32],
    red_weight: float,
    blue_weight: float,
    full_range: bool,
    mean: float,
    scale: float,
    out: NDArray[np.float32],
) -> None:
    """Cut one face out of the planes: sample, convert to R'G'B', clip, normalise, in one pass.

    Where the face is larger than the crop, each output pixel is the mean of a grid of bilinear
    samples, as many as picture pixels it covers, so that nothing aliases.

    Args:
        luma: (H, W) uint8.
        cb: (ceil(H/2), ceil(W/2)) uint8.
        cr: like `cb`.
        matrix: (2, 3) float32 from crop pixels to picture pixels (`crop.crop_affine`).
        red_weight: Kr of the colour matrix.
        blue_weight: Kb.
        full_range: whether luma spans 0..255.
        mean: see `ModelCard.mean`.
        scale: see `ModelCard.scale`.
        out: (3, side, side) float32, any strides; red, green, blue; written whole.
    """
    side = out.shape[1]
    black = np.float32(0 if full_range else 16)
    luma_gain = np.float32(1 if full_range else 255 / 219)
    chroma_gain = 1 if full_range else 255 / 224
    red_cr = np.float32(2 * (1 - red_weight) * chroma_gain)
    blue_cb = np.float32(2 * (1 - blue_weight) * chroma_gain)
    green_weight = np.float32(1 - red_weight - blue_weight)
    green_cb = blue_cb * np.float32(blue_weight) / green_weight
    green_cr = red_cr * np.float32(red_weight) / green_weight
    low, high = np.float32(0), np.float32(255)
    shift, factor = np.float32(mean), np.float32(scale)

    du_dx, du_dy = int(matrix[0, 0] * ONE), int(matrix[0, 1] * ONE)
    dv_dx, dv_dy = int(matrix[1, 0] * ONE), int(matrix[1, 1] * ONE)
    step = sqrt(matrix[0, 0] ** 2 + matrix[1, 0] ** 2)
    grid = min(max(int(step + 0.25), 1), 16)
    share = np.float32(1 / (grid * grid)) * luma_gain
    su_dx, su_dy, sv_dx, sv_dy = du_dx // grid, du_dy // grid, dv_dx // grid, dv_dy // grid
    first_u, first_v = (1 - grid) * (su_dx + su_dy) // 2, (1 - grid) * (sv_dx + sv_dy) // 2
    lumas, cbs, crs = np.empty((3, side), np.float32)
    for row in range(side):
        u = int(matrix[0, 2] * ONE) + row * du_dy
        v = int(matrix[1, 2] * ONE) + row * dv_dy
        lumas[:] = 0
        for i in range(grid):
            for j in range(grid):
                at_u = u + first_u + j * su_dx + i * su_dy
                at_v = v + first_v + j * sv_dx + i * sv_dy
                _add_line(luma, at_u, at_v, du_dx, dv_dx, lumas)
        cbs[:] = -128
        crs[:] = -128
        _add_line(cb, u >> 1, (v >> 1) - QUARTER, du_dx >> 1, dv_dx >> 1, cbs)
        _add_line(cr, u >> 1, (v >> 1) - QUARTER, du_dx >> 1, dv_dx >> 1, crs)
        for x in range(side):
            grey = lumas[x] * share - black * luma_gain
            red = grey + red_cr * crs[x]
            green = grey - green_cb * cbs[x] - green_cr * crs[x]
            blue = grey + blue_cb * cbs[x]
            out[0, row, x] = (min(max(red, low), high) - shift) * factor
            out[1, row, x] = (min(max(green, low), high) - shift) * factor
            out[2, row, x] = (min(max(blue, low), high) - shift) * factor


@njit(cache=True, nogil=True)
def _add_line(plane: Plane, u: int, v: int, du: int, dv: int, line: NDArray[np.float32]) -> None:
    """Add the plane's values along a straight line, in the coordinates of `_bilinear`."""
    for x in range(line.shape[0]):
        line[x] += _bilinear(plane, u + x * du, v + x * dv)


@njit(cache=True, nogil=True)
def fill(
    plane: Plane,
    left: int,
    top: int,
    right: int,
    bottom: int,
    value: int,
    opacity: float,
    step: int,
) -> None:
    """Mix one grey level into a rectangle of a plane, clipped at the border.

    Args:
        plane: (H, W) uint8.
        left: first column, in luma pixels.
        top: first row, in luma pixels.
        right: column behind the last.
        bottom: row behind the last.
        value: grey level to mix in.
        opacity: 0..1.
        step: luma pixels per pixel of the plane: 1 for luma, 2 for chroma.
    """
    share = np.float32(opacity)
    level = np.float32(value) * share + np.float32(0.5)
    for y in range(max(-(-top // step), 0), min(-(-bottom // step), plane.shape[0])):
        for x in range(max(-(-left // step), 0), min(-(-right // step), plane.shape[1])):
            plane[y, x] = np.uint8(np.float32(plane[y, x]) * (np.float32(1) - share) + level)


@njit(cache=True, nogil=True)
def fill_all(luma: Plane, cb: Plane, cr: Plane, rectangles: NDArray[np.float32]) -> None:
    """Fill several rectangles, in order.

    Args:
        luma: (H, W) uint8.
        cb: (ceil(H/2), ceil(W/2)) uint8.
        cr: like `cb`.
        rectangles: (n, 8) float32: left, top, right, bottom, opacity, and the values of the planes.
    """
    for index in range(rectangles.shape[0]):
        left, top, right, bottom = rectangles[index, :4].astype(np.int64)
        opacity, y, blue, red = rectangles[index, 4:]
        fill(luma, left, top, right, bottom, y, opacity, 1)
        fill(cb, left, top, right, bottom, blue, opacity, 2)
        fill(cr, left, top, right, bottom, red, opacity, 2)


@njit(cache=True, nogil=True)
def blend(plane: Plane, mask: Plane, left: int, top: int, value: int, step: int) -> None:
    """Mix one grey level into a plane as far as a mask covers it, clipped at the border.

    Args:
        plane: (H, W) uint8.
        mask: (h, w) uint8, 255 where the value covers; in luma pixels.
        left: column of the mask's corner, in luma pixels.
        top: row of the mask's corner, in luma pixels.
        value: grey level to mix in.
        step: luma pixels per pixel of the plane: 1 for luma, 2 for chroma.
    """
    right, bottom = left + mask.shape[1], top + mask.shape[0]
    for y in range(max(-(-top // step), 0), min(-(-bottom // step), plane.shape[0])):
        for x in range(max(-(-left // step), 0), min(-(-right // step), plane.shape[1])):
            share = int(mask[y * step - top, x * step - left])
            plane[y, x] = (plane[y, x] * (255 - share) + value * share + 127) // 255


@njit(cache=True, nogil=True)
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
            value = (_bilinear(plane, u_0 + x * du, v_0 + x * dv) - level) * contrast + level
            out[y, x] = np.uint8(min(max(value, np.float32(0)), np.float32(255)) + np.float32(0.5))
