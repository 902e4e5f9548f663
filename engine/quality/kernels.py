"""Kernels that measure how well a face is to be seen."""

from math import log2

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.compiling import njit

_LEVELS, _COARSE = 64, 16
"""Bins of a histogram of grey levels, and of one in which the halves of a face are compared."""
_EVEN = 0.01
"""Least mean of a squared slope, in grey levels: less is a plain surface."""
_ROUNDING = 20 / 12
"""Mean of (∇²I)² of what grey levels lose by being whole numbers, which is no sharpness."""


@njit(nogil=True)
def sharpness(face: NDArray[np.float32]) -> float:
    """Energy of the second derivatives over that of the first: the sum of (∇²I)² over that of
    |∇I|², which contrast does not change.

    Args:
        face: (side, side) float32, grey levels.

    Returns:
        From 0, of what is even, to 20, of noise; see `Quality.sharpness` for faces.
    """
    side, bends, slopes = face.shape[0], np.float32(0), np.float32(0)
    for y in range(1, side - 1):
        for x in range(1, side - 1):
            right, left, lower, upper = (
                face[y, x + 1],
                face[y, x - 1],
                face[y + 1, x],
                face[y - 1, x],
            )
            bend = right + left + lower + upper - np.float32(4) * face[y, x]
            bends += bend * bend
            slopes += (right - left) * (right - left) + (lower - upper) * (lower - upper)
    bends -= np.float32(_ROUNDING * (side - 2) * (side - 2))
    return max(float(4 * bends / slopes), 0.0) if slopes > 4 * side * side * _EVEN else 0.0


@njit(nogil=True)
def light(face: NDArray[np.float32], low: float, span: float) -> tuple[float, float, float]:
    """How a face is lit.

    Args:
        face: (side, side) float32, grey levels.
        low: level of black.
        span: levels from black to white.

    Returns:
        The mean level, 0 black to 1 white; the entropy of the levels, 0 of one to 1 of all alike;
        and the share that the histograms of the left and the right half have in common, 0..1.
    """
    side, total = face.shape[0], 0.0
    counts, half = np.zeros((2, _LEVELS), np.int32), side // 2
    gain, offset = np.float32(_LEVELS / span), np.float32(low * _LEVELS / span)
    for y in range(side):
        for x in range(2 * half):
            level = face[y, x] * gain - offset
            total += level
            place = min(max(np.int32(level), np.int32(0)), np.int32(_LEVELS - 1))
            counts[1 if x >= half else 0, place] += 1
    pixels = 2 * half * side
    entropy, common, fold = 0.0, 0, _LEVELS // _COARSE
    for coarse in range(_COARSE):
        left = right = 0
        for fine in range(coarse * fold, (coarse + 1) * fold):
            left += int(counts[0, fine])
            right += int(counts[1, fine])
            share = (counts[0, fine] + counts[1, fine]) / pixels
            entropy -= share * log2(share) if share > 0 else 0.0
        common += min(left, right)
    mean = min(max(total / pixels / _LEVELS, 0.0), 1.0)
    return mean, entropy / log2(_LEVELS), 2 * common / pixels
