"""Loops over the pixels of a line: sums, and values between pixels.

All kernels are compiled by numba without the interpreter lock, so that the stages' threads run side
by side, and kept in numba's cache on disk; no classes, no I/O.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.compiling import njit
from fer_video.engine.frames.frame import Plane

ONE = 65536
"""One pixel in the fixed-point coordinates of `bilinear`."""
MOST_SUMMED = 257
"""Most pixels whose sum 16 bits hold; twice as many of these go through a vector unit as of 32."""


@njit(nogil=True)
def add(sums: NDArray[np.uint16], values: NDArray[Any]) -> None:
    """Add whole numbers to sums, place by place."""
    for i in range(sums.shape[0]):
        sums[i] += np.uint16(values[i])


@njit(nogil=True)
def add_beyond(sums: NDArray[np.uint16], row: NDArray[np.uint8], left: int) -> None:
    """Add the part of a row that begins at `left`; beyond its ends, their values go on."""
    size = sums.shape[0]
    first = min(max(-left, 0), size)
    last = max(min(row.shape[0] - left, size), first)
    for i in range(first):
        sums[i] += np.uint16(row[0])
    add(sums[first:last], row[left + first : left + last])
    for i in range(last, size):
        sums[i] += np.uint16(row[row.shape[0] - 1])


@njit(nogil=True)
def halved(line: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Sums of pairs."""
    pairs = np.empty(line.shape[0] // 2, np.uint16)
    for i in range(pairs.shape[0]):
        pairs[i] = np.uint16(line[2 * i]) + np.uint16(line[2 * i + 1])
    return pairs


@njit(nogil=True, inline="always")
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
