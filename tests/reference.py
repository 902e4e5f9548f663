"""Plain NumPy versions of the engine's kernels: slow, short, and by the definition."""

from itertools import pairwise
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float64]
"""(H, W) float, one plane."""


def average(plane: Grey, height: int, width: int) -> Grey:
    """Each output pixel is the mean of the whole pixels between its borders."""
    rows = [i * plane.shape[0] // height for i in range(height + 1)]
    columns = [i * plane.shape[1] // width for i in range(width + 1)]
    return np.array(
        [
            [plane[t : max(b, t + 1), le : max(r, le + 1)].mean() for le, r in pairwise(columns)]
            for t, b in pairwise(rows)
        ]
    )


def sample(plane: Grey, x: NDArray[np.float64], y: NDArray[np.float64]) -> Grey:
    """Bilinear values at (x, y); beyond the border its value goes on."""
    height, width = plane.shape
    x, y = x.clip(0, width - 1), y.clip(0, height - 1)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    across, down = x - left, y - top
    above = plane[top, left] * (1 - across) + plane[top, right] * across
    below = plane[bottom, left] * (1 - across) + plane[bottom, right] * across
    value: Grey = above * (1 - down) + below * down
    return value


def crop(
    planes: tuple[Grey, Grey, Grey],
    matrix: NDArray[np.float32],
    side: int,
    weights: tuple[float, float],
    full_range: bool,
) -> NDArray[np.float64]:
    """(side, side, 3), R'G'B' 0..255: luma from cells of whole pixels, chroma for four pixels."""
    luma, cb, cr = planes
    kr, kb = weights
    y_out, x_out = np.mgrid[:side, :side].astype(float)
    reach = min(max(int(np.hypot(matrix[0, 0], matrix[1, 0]) + 0.25), 1), 16)
    x, y = mapped(matrix, x_out, y_out)
    grey = sample(cells(luma, reach), (x + 0.5) / reach + 0.5, (y + 0.5) / reach + 0.5)
    x, y = mapped(matrix, x_out // 2 * 2 + 0.5, y_out // 2 * 2 + 0.5)
    blue_difference = sample(cb, x / 2, y / 2 - 0.25) - 128  # left-centred, as H.264 has it
    red_difference = sample(cr, x / 2, y / 2 - 0.25) - 128
    if not full_range:
        grey = (grey - 16) * 255 / 219
        blue_difference, red_difference = (
            difference * 255 / 224 for difference in (blue_difference, red_difference)
        )
    red = grey + 2 * (1 - kr) * red_difference
    blue = grey + 2 * (1 - kb) * blue_difference
    green = (grey - kr * red - kb * blue) / (1 - kr - kb)
    return np.stack([red, green, blue], axis=-1).clip(0, 255)


def cells(plane: Grey, size: int) -> Grey:
    """Means of size x size pixels from the corner on, and one cell more around: the border's."""
    height, width = plane.shape
    beyond = ((size, size + -height % size), (size, size + -width % size))
    wide = np.pad(plane, beyond, mode="edge")
    rows, columns = wide.shape[0] // size, wide.shape[1] // size
    means: Grey = wide.reshape(rows, size, columns, size).mean((1, 3))
    return means


def mapped(
    matrix: NDArray[np.float32], x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Picture coordinates of crop coordinates."""
    (a, b, c), (d, e, f) = matrix.astype(float)
    return a * x + b * y + c, d * x + e * y + f


def suppress(boxes: NDArray[np.float32], overlap: float) -> list[int]:
    """Greedy: take the best, forget what overlaps it, and so on."""
    left = sorted(range(len(boxes)), key=lambda i: -boxes[i, 0])
    kept: list[int] = []
    while left:
        best, *rest = left
        kept.append(best)
        left = [i for i in rest if iou(boxes[best, 1:5], boxes[i, 1:5]) < overlap]
    return kept


def iou(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Of two boxes as left, top, width, height."""
    corner = np.minimum(a[:2] + a[2:], b[:2] + b[2:]) - np.maximum(a[:2], b[:2])
    shared = float(np.prod(corner.clip(0)))
    return shared / (float(a[2] * a[3] + b[2] * b[3]) - shared)


def covered(low: int, high: int, step: int, size: int) -> slice:
    """The samples whose luma position (step x index) lies in low..high."""
    return slice(min(max(ceil(low / step), 0), size), min(max(ceil(high / step), 0), size))


def rounded(value: float) -> int:
    """Half goes up."""
    return floor(value + 0.5)
