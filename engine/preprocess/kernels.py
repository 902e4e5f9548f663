"""Kernels that cut a face out of the planes for the classifier.

The part of a plane that a crop shows is copied first, with its border going on beyond the picture
and each pixel packed beside its neighbours. What is then fetched for a pixel of the crop is two
whole words, and the arithmetic between them runs in vectors.
"""

from math import sqrt
from typing import TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fer_video.engine.frames import Plane
from fer_video.engine.kernels.lines import ONE, add_beyond, halved

Words: TypeAlias = NDArray[np.uint32]
Grid: TypeAlias = tuple[int, int, int, int, int, int]
"""Where a crop's pixels lie in a plane, in 1/65536 of its pixels: column and row of the first, what
a step to the right adds to each, and what a step down adds."""

_LARGEST_REACH = 16
"""So many rows and columns of bytes add up to no more than 16 bits hold."""


@njit(cache=True, nogil=True, error_model="numpy")
def crop_face(
    luma: Plane,
    cb: Plane,
    cr: Plane,
    matrix: NDArray[np.float32],
    red_weight: float,
    blue_weight: float,
    full_range: bool,
    out: Words,
) -> None:
    """Cut one face out of the planes: sample, convert to R'G'B', clip, in one pass.

    Where the face is larger than the crop, luma is averaged over whole pixels first, about as many
    as a pixel of the crop covers, so that nothing aliases. Chroma is sampled once for four pixels
    of the crop, as 4:2:0 holds it once for four of the picture.

    Args:
        luma: (H, W) uint8.
        cb: (ceil(H/2), ceil(W/2)) uint8.
        cr: like `cb`.
        matrix: (2, 3) float32 from crop pixels to picture pixels (`crop.crop_affine`).
        red_weight: Kr of the colour matrix.
        blue_weight: Kb.
        full_range: whether luma spans 0..255.
        out: (side, side) uint32, written whole: red + 256 green + 65536 blue, so that its bytes
            are RGBX on a little-endian machine.
    """
    side = out.shape[0]
    gain, black = np.float32(1 if full_range else 255 / 219), 0 if full_range else 16
    chroma_gain = 1 if full_range else 255 / 224
    red_cr = np.float32(2 * (1 - red_weight) * chroma_gain)
    blue_cb = np.float32(2 * (1 - blue_weight) * chroma_gain)
    green_weight = np.float32(1 - red_weight - blue_weight)
    green_cb = blue_cb * np.float32(blue_weight) / green_weight
    green_cr = red_cr * np.float32(red_weight) / green_weight
    low, high = np.float32(0), np.float32(255)

    reach = reach_of(matrix)
    grid, coarse = grids(matrix, reach)
    pairs = (side + 1) // 2
    lumas, u, v = luma_words(luma, grid, side, reach)
    chromas, coarse_u, coarse_v = chroma_words(cb, cr, coarse, pairs)
    # rows of one array would have strides, which no vector unit likes
    above, below = np.empty(side, np.uint32), np.empty(side, np.uint32)
    above_pairs, below_pairs = np.empty(pairs, np.uint32), np.empty(pairs, np.uint32)
    grey = np.empty(side, np.float32)
    cbs, crs = np.empty(pairs, np.float32), np.empty(pairs, np.float32)
    reds, greens, blues = (
        np.empty(2 * pairs, np.float32),
        np.empty(2 * pairs, np.float32),
        np.empty(2 * pairs, np.float32),
    )
    share = gain / np.float32(reach * reach)
    offset = np.float32(0.5) - np.float32(black) * gain
    for row in range(side):
        if row % 2 == 0:
            y = row // 2
            fetch(chromas, coarse_u, coarse_v, coarse, y, above_pairs, below_pairs)
            between(above_pairs, below_pairs, coarse_u, coarse_v, coarse, y, 0, 8, 255, cbs)
            between(above_pairs, below_pairs, coarse_u, coarse_v, coarse, y, 16, 24, 255, crs)
            for i in range(pairs):
                blueness, redness = cbs[i] - np.float32(128), crs[i] - np.float32(128)
                greenness = -green_cb * blueness - green_cr * redness
                reds[2 * i] = reds[2 * i + 1] = offset + red_cr * redness
                greens[2 * i] = greens[2 * i + 1] = offset + greenness
                blues[2 * i] = blues[2 * i + 1] = offset + blue_cb * blueness
        fetch(lumas, u, v, grid, row, above, below)
        between(above, below, u, v, grid, row, 0, 16, 65535, grey)
        for x in range(side):
            level = grey[x] * share
            red = np.int32(min(max(level + reds[x], low), high))
            green = np.int32(min(max(level + greens[x], low), high))
            blue = np.int32(min(max(level + blues[x], low), high))
            out[row, x] = np.uint32(red | green << 8 | blue << 16)


@njit(cache=True, nogil=True)
def to_planes(crop: NDArray[np.uint8], mean: float, scale: float, out: NDArray[np.float32]) -> None:
    """Spread pixels over planes, as (level - mean) * scale.

    Args:
        crop: (side, side, 3 or 4) uint8, RGB or RGBX.
        mean: grey level that becomes 0.
        scale: what a grey level becomes.
        out: (3, side, side) float32, written whole.
    """
    offset, gain = np.float32(mean), np.float32(scale)
    for channel in range(3):
        for y in range(crop.shape[0]):
            for x in range(crop.shape[1]):
                out[channel, y, x] = (np.float32(crop[y, x, channel]) - offset) * gain


@njit(cache=True, nogil=True)
def reach_of(matrix: NDArray[np.float32]) -> int:
    """Rows and columns of pixels that are averaged for one of a crop."""
    step = sqrt(matrix[0, 0] ** 2 + matrix[1, 0] ** 2)
    return min(max(int(step + 0.25), 1), _LARGEST_REACH)


@njit(cache=True, nogil=True)
def grids(matrix: NDArray[np.float32], reach: int) -> tuple[Grid, Grid]:
    """Of luma in cells of `reach` by `reach` pixels, and of chroma for each four of the crop."""
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


@njit(cache=True, nogil=True)
def extent(start: int, right: int, down: int, side: int) -> tuple[int, int]:
    """The first whole pixel that a crop fetches along one axis, and how many begin a pair."""
    low = start + (min(right, 0) + min(down, 0)) * (side - 1)
    high = start + (max(right, 0) + max(down, 0)) * (side - 1)
    return low >> 16, (high >> 16) - (low >> 16) + 1


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def chroma_words(cb: Plane, cr: Plane, grid: Grid, side: int) -> tuple[Words, int, int]:
    """Pixels of both planes, each packed with its right neighbour: 8 bits each. See `luma_words`.

    Returns:
        (h, w) uint32, and the grid's first column and row in it.
    """
    left, width = extent(grid[0], grid[2], grid[4], side)
    top, height = extent(grid[1], grid[3], grid[5], side)
    words = np.empty((height + 1, width), np.uint32)
    blue, red = np.empty(width + 1, np.uint16), np.empty(width + 1, np.uint16)
    for y in range(height + 1):
        row = min(max(top + y, 0), cb.shape[0] - 1)
        blue[:] = 0
        red[:] = 0
        add_beyond(blue, cb[row], left)
        add_beyond(red, cr[row], left)
        for x in range(width):
            first, second = blue[x] | red[x] << 16, blue[x + 1] | red[x + 1] << 16
            words[y, x] = np.uint32(first | second << 8)
    return words, grid[0] - left * ONE, grid[1] - top * ONE


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
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
