"""Loops over the pixels of a line: sums, and values between pixels.

All kernels are compiled by numba without the interpreter lock, so that the stages' threads run side
by side, and kept in numba's cache on disk; no classes, no I/O.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fer_video.engine.frames import Plane

ONE = 65536
"""One pixel in the fixed-point coordinates of `bilinear`."""
MOST_SUMMED = 257
"""Pixels whose sum 16 bits hold; twice as many of them go through a vector unit as of 32."""


@njit(cache=True, nogil=True)
def add(sums: NDArray[np.uint16], values: NDArray[Any]) -> None:
    """Add whole numbers to sums, place by place."""
    for i in range(sums.shape[0]):
        sums[i] += np.uint16(values[i])


@njit(cache=True, nogil=True)
def subtract(sums: NDArray[np.uint16], values: NDArray[Any]) -> None:
    """The reverse of `add`."""
    for i in range(sums.shape[0]):
        sums[i] -= np.uint16(values[i])


@njit(cache=True, nogil=True)
def halved(line: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Sums of pairs."""
    pairs = np.empty(line.shape[0] // 2, np.uint16)
    for i in range(pairs.shape[0]):
        pairs[i] = np.uint16(line[2 * i]) + np.uint16(line[2 * i + 1])
    return pairs


@njit(cache=True, nogil=True, inline="always")
def bilinear(plane: Plane, u: int, v: int) -> np.float32:
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


@njit(cache=True, nogil=True, inline="always")
def bilinear_inside(plane: NDArray[Any], u: int, v: int) -> np.float32:
    """As `bilinear`, for places with pixels on all sides."""
    left, top, one = np.uintp(u >> 16), np.uintp(v >> 16), np.uintp(1)
    across = np.float32(u & 65535) * np.float32(1 / 65536)
    down = np.float32(v & 65535) * np.float32(1 / 65536)
    first, second = np.float32(plane[top, left]), np.float32(plane[top + one, left])
    above = first + across * (np.float32(plane[top, left + one]) - first)
    below = second + across * (np.float32(plane[top + one, left + one]) - second)
    return above + down * (below - above)


@njit(cache=True, nogil=True)
def add_line(
    plane: NDArray[Any], u: int, v: int, du: int, dv: int, line: NDArray[np.float32]
) -> None:
    """Add the plane's values along a straight line, in the coordinates of `bilinear`.

    Most lines have pixels on all sides, and nothing to look out for.
    """
    last = line.shape[0] - 1
    right, bottom = (plane.shape[1] - 1) << 16, (plane.shape[0] - 1) << 16
    inside = min(u, u + last * du) >= 0 and max(u, u + last * du) < right
    if inside and min(v, v + last * dv) >= 0 and max(v, v + last * dv) < bottom:
        for x in range(line.shape[0]):
            line[x] += bilinear_inside(plane, u + x * du, v + x * dv)
        return
    for x in range(line.shape[0]):
        line[x] += bilinear(plane, u + x * du, v + x * dv)
