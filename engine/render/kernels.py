"""Kernels that draw on the planes."""

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.compiling import njit
from fer_video.engine.frames.frame import Plane


@njit(nogil=True)
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


@njit(nogil=True)
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


@njit(nogil=True)
def blend_all(
    luma: Plane,
    cb: Plane,
    cr: Plane,
    mask: Plane,
    left: int,
    top: int,
    values: tuple[int, int, int],
) -> None:
    """`blend` into all planes, each with its value."""
    blend(luma, mask, left, top, values[0], 1)
    blend(cb, mask, left, top, values[1], 2)
    blend(cr, mask, left, top, values[2], 2)


@njit(nogil=True)
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
