"""Kernels that sample a picture along any direction: a face for the classifier, a warp."""

from math import sqrt

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fer_video.engine.frames import Plane
from fer_video.engine.kernels_lines import ONE, add, add_line, bilinear, subtract

QUARTER = ONE // 4


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

    Where the face is larger than the crop, luma is first averaged over as many picture pixels as a
    pixel of the crop covers, so that nothing aliases.

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
    reach = min(max(int(step + 0.25), 1), 16)
    share = luma_gain / np.float32(reach * reach)
    sums, left, top = box_sums(luma, matrix, side, reach)
    left, top = (2 * left + reach - 1) * ONE // 2, (2 * top + reach - 1) * ONE // 2
    lumas, cbs, crs = np.empty((3, side), np.float32)
    for row in range(side):
        u = int(matrix[0, 2] * ONE) + row * du_dy
        v = int(matrix[1, 2] * ONE) + row * dv_dy
        lumas[:] = 0
        add_line(sums, u - left, v - top, du_dx, dv_dx, lumas)
        cbs[:] = -128
        crs[:] = -128
        add_line(cb, u >> 1, (v >> 1) - QUARTER, du_dx >> 1, dv_dx >> 1, cbs)
        add_line(cr, u >> 1, (v >> 1) - QUARTER, du_dx >> 1, dv_dx >> 1, crs)
        for x in range(side):
            grey = lumas[x] * share - black * luma_gain
            red = grey + red_cr * crs[x]
            green = grey - green_cb * cbs[x] - green_cr * crs[x]
            blue = grey + blue_cb * cbs[x]
            out[0, row, x] = (min(max(red, low), high) - shift) * factor
            out[1, row, x] = (min(max(green, low), high) - shift) * factor
            out[2, row, x] = (min(max(blue, low), high) - shift) * factor


@njit(cache=True, nogil=True)
def box_sums(
    plane: Plane, matrix: NDArray[np.float32], side: int, reach: int
) -> tuple[NDArray[np.uint16], int, int]:
    """Sums over `reach` by `reach` pixels, wherever they begin, in the part that a crop shows.

    Returns:
        (h, w) uint16, and the column and row of the plane at which its first box begins.
    """
    rows, columns = plane.shape
    middle = np.float32(side - 1) / 2
    x = matrix[0, 2] + (matrix[0, 0] + matrix[0, 1]) * middle
    y = matrix[1, 2] + (matrix[1, 0] + matrix[1, 1]) * middle
    half_x = (abs(matrix[0, 0]) + abs(matrix[0, 1])) * middle + reach + 1
    half_y = (abs(matrix[1, 0]) + abs(matrix[1, 1])) * middle + reach + 1
    reach = min(reach, rows, columns)
    left = min(max(int(x - half_x), 0), columns - reach)
    top = min(max(int(y - half_y), 0), rows - reach)
    width = max(min(int(x + half_x) + 1, columns) - left - reach + 1, 1)
    height = max(min(int(y + half_y) + 1, rows) - top - reach + 1, 1)
    sums = np.empty((height, width), np.uint16)
    line = np.zeros(width + reach - 1, np.uint16)
    part = plane[top : top + height + reach - 1, left : left + width + reach - 1]
    for row in range(part.shape[0]):
        add(line, part[row])
        if row >= reach:
            subtract(line, part[row - reach])
        if row >= reach - 1:
            out = sums[row - reach + 1]
            out[:] = line[:width]
            for j in range(1, reach):
                add(out, line[j : j + width])
    return sums, left, top


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
            value = (bilinear(plane, u_0 + x * du, v_0 + x * dv) - level) * contrast + level
            out[y, x] = np.uint8(min(max(value, np.float32(0)), np.float32(255)) + np.float32(0.5))
