"""Kernels that cut a face out of the planes for the classifier.

The part of a plane that a crop shows is copied first, with its border going on beyond the picture
and each pixel packed beside its neighbours. What is then fetched for a pixel of the crop is two
whole words, and the arithmetic between them runs in vectors.
"""

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.compiling import njit
from fer_video.engine.frames.frame import Plane
from fer_video.engine.kernels.lines import ONE, add_beyond
from fer_video.engine.kernels.sample import (
    Grid,
    Words,
    between,
    bounded,
    extent,
    fetch,
    grids,
    luma_words,
    reach_of,
)


@njit(nogil=True, error_model="numpy")
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
        matrix: (2, 3) float32 from crop pixels to picture pixels (`crop.crop_affine`), see
            `bounded`.
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

    matrix = bounded(matrix, side, *luma.shape)
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


@njit(nogil=True)
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
