"""Kernels that sample a plane on a turned and scaled grid.

The part of a plane that a grid covers is copied first, with its border going on beyond the picture
and each pixel packed beside its neighbours. What is then fetched for a point of the grid is two
whole words, and the arithmetic between them runs in vectors.
"""

from math import inf, sqrt
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.compiling import njit
from fer_video.engine.frames.frame import Plane
from fer_video.engine.kernels.lines import ONE, add_beyond, halved

Words: TypeAlias = NDArray[np.uint32]
"""Pixels that are fetched at once, packed into 32 bits."""

Grid: TypeAlias = tuple[int, int, int, int, int, int]
"""Where a crop's pixels lie in a plane, in 1/65536 of its pixels: column and row of the first, what
a step to the right adds to each, and what a step down adds."""

_LARGEST_REACH = 16
"""Most rows and columns of bytes whose sum 16 bits hold."""
_MOST_PICTURES, _MOST_PIXELS = 4, 32768
"""Extent of the largest crop, in longer sides of the picture and in pixels. The crop of a face that
fills its picture spans about twice the picture."""


@njit(nogil=True)
def bounded(matrix: NDArray[np.float32], side: int, height: int, width: int) -> NDArray[np.float32]:
    """The map of a crop as it is, unless no face in a picture can have such a crop.

    One that is not finite becomes a single point; one that is too large is shrunk about its middle,
    and one too far away comes nearer. Else wild numbers would become wild addresses, and landmarks
    far apart a crop that fills the memory.

    Args:
        matrix: (2, 3) float32 from crop pixels to picture pixels.
        side: of the crop, in its own pixels.
        height: of the picture, in pixels.
        width: of the picture, in pixels.

    Returns:
        (2, 3) float32, a copy.
    """
    result, half = matrix.copy(), (side - 1) / 2
    most = float(min(_MOST_PICTURES * max(height, width), _MOST_PIXELS))
    a, b, c, d = float(matrix[0, 0]), float(matrix[0, 1]), float(matrix[1, 0]), float(matrix[1, 1])
    x, y = matrix[0, 2] + half * (a + b), matrix[1, 2] + half * (c + d)
    extent = side * max(abs(a) + abs(b), abs(c) + abs(d))
    if not (extent < inf and abs(x) < inf and abs(y) < inf):  # NaN is not less than anything
        result[:] = 0
        return result
    if extent <= most and -most <= x <= width + most and -most <= y <= height + most:
        return result
    share = min(1.0, most / max(extent, 1.0))
    result[:, :2] *= share
    result[0, 2] = min(max(x, -most), width + most) - half * share * (a + b)
    result[1, 2] = min(max(y, -most), height + most) - half * share * (c + d)
    return result


@njit(nogil=True)
def reach_of(matrix: NDArray[np.float32]) -> int:
    """Rows and columns of pixels averaged for one of a crop, of a map that is `bounded`."""
    step = sqrt(matrix[0, 0] ** 2 + matrix[1, 0] ** 2)
    return min(max(int(step + 0.25), 1), _LARGEST_REACH)


@njit(nogil=True)
def grids(matrix: NDArray[np.float32], reach: int) -> tuple[Grid, Grid]:
    """Of luma in cells of `reach` by `reach` pixels, and of chroma for each four of the crop; of a
    map that is `bounded`."""
    u, u_right, u_down = int(matrix[0, 2] * ONE), int(matrix[0, 0] * ONE), int(matrix[0, 1] * ONE)
    v, v_right, v_down = int(matrix[1, 2] * ONE), int(matrix[1, 0] * ONE), int(matrix[1, 1] * ONE)
    fine = (
        (u + ONE // 2) // reach - ONE // 2,
        (v + ONE // 2) // reach - ONE // 2,
        u_right // reach,
        v_right // reach,
        u_down // reach,
        v_down // reach,
    )
    coarse_u = (u + (u_right + u_down) // 2) // 2  # chroma sits left-centred between rows
    coarse_v = (v + (v_right + v_down) // 2) // 2 - ONE // 4
    return fine, (coarse_u, coarse_v, u_right, v_right, u_down, v_down)


@njit(nogil=True)
def extent(start: int, right: int, down: int, side: int) -> tuple[int, int]:
    """The first whole pixel that a crop fetches along one axis, and how many begin a pair."""
    low = start + (min(right, 0) + min(down, 0)) * (side - 1)
    high = start + (max(right, 0) + max(down, 0)) * (side - 1)
    return low >> 16, (high >> 16) - (low >> 16) + 1


@njit(nogil=True)
def luma_words(plane: Plane, grid: Grid, side: int, reach: int) -> tuple[Words, int, int]:
    """Sums over cells, each packed with its right neighbour's: 16 bits each.

    Returns:
        (h, w) uint32, and the grid's first column and row in it.
    """
    left, width = extent(grid[0], grid[2], grid[4], side)
    top, height = extent(grid[1], grid[3], grid[5], side)
    words = np.empty((height + 1, width), np.uint32)
    line = np.empty((width + 1) * reach, np.uint16)
    for y in range(height + 1):
        line[:] = 0
        for row in range((top + y) * reach, (top + y + 1) * reach):
            add_beyond(line, plane[min(max(row, 0), plane.shape[0] - 1)], left * reach)
        cells = folded(line, reach)
        for x in range(width):
            words[y, x] = np.uint32(cells[x]) | np.uint32(cells[x + 1]) << np.uint32(16)
    return words, grid[0] - left * ONE, grid[1] - top * ONE


@njit(nogil=True)
def folded(line: NDArray[np.uint16], size: int) -> NDArray[np.uint16]:
    """Sums of `size` neighbours each."""
    while size % 2 == 0:
        line, size = halved(line), size // 2
    if size == 1:
        return line
    sums = np.empty(line.shape[0] // size, np.uint16)
    for x in range(sums.shape[0]):
        total = np.uint16(0)
        for i in range(size):
            total += line[x * size + i]
        sums[x] = total
    return sums


@njit(nogil=True)
def fetch(words: Words, u: int, v: int, grid: Grid, row: int, above: Words, below: Words) -> None:
    """The words at the pixels of one row of a grid, and those under them.

    On its own since no vector unit is good at it. Unsigned indices halve the time: numba then has
    no negative one to wrap.
    """
    flat, width = words.reshape(-1), np.uintp(words.shape[1])
    u, v = u + row * grid[4], v + row * grid[5]
    for x in range(above.shape[0]):
        place = np.uintp(v >> 16) * width + np.uintp(u >> 16)
        above[x], below[x] = flat[place], flat[place + width]
        u, v = u + grid[2], v + grid[3]


@njit(nogil=True)
def between(
    above: Words,
    below: Words,
    u: int,
    v: int,
    grid: Grid,
    row: int,
    left: int,
    right: int,
    mask: int,
    line: NDArray[np.float32],
) -> None:
    """Bilinear values of what words hold from the bits `left` and `right` on."""
    u, v = u + row * grid[4], v + row * grid[5]
    for x in range(line.shape[0]):
        across = np.float32(np.int32((u + x * grid[2]) & 65535)) * np.float32(1 / ONE)
        down = np.float32(np.int32((v + x * grid[3]) & 65535)) * np.float32(1 / ONE)
        first = np.float32(np.int32(above[x] >> np.uint32(left) & np.uint32(mask)))
        second = np.float32(np.int32(below[x] >> np.uint32(left) & np.uint32(mask)))
        beside = np.float32(np.int32(above[x] >> np.uint32(right) & np.uint32(mask)))
        first += across * (beside - first)
        beside = np.float32(np.int32(below[x] >> np.uint32(right) & np.uint32(mask)))
        second += across * (beside - second)
        line[x] = first + down * (second - first)
