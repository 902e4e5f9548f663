"""The kernel that compares one picture with the one before, for the end of a shot."""

import numpy as np

from fer_video.engine.compiling import njit
from fer_video.engine.frames.frame import Plane

_SHADES, _SHADE = 16, 16
"""How many, and how many grey levels each is wide."""


@njit()
def replace_sample(plane: Plane, sample: Plane) -> tuple[float, float]:
    """Put evenly spread pixels of a plane in the place of those of the plane before.

    Args:
        plane: (H, W) uint8.
        sample: (h, w) uint8, overwritten.

    Returns:
        The mean difference of the pixels in grey levels, and the share of them whose shade (one of
        16) has become another's.
    """
    (rows, columns), (height, width) = plane.shape, sample.shape
    before, now = np.zeros(_SHADES, np.int64), np.zeros(_SHADES, np.int64)
    moved = 0
    for y in range(height):
        row = plane[y * (rows - 1) // max(height - 1, 1)]
        for x in range(width):
            old, new = int(sample[y, x]), int(row[x * (columns - 1) // max(width - 1, 1)])
            moved += abs(new - old)
            before[old // _SHADE] += 1
            now[new // _SHADE] += 1
            sample[y, x] = new
    return moved / sample.size, np.abs(now - before).sum() / 2 / sample.size
