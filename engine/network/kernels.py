"""Kernels that lay crops out as a network reads them."""

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.compiling import njit


@njit(nogil=True)
def to_planes(
    crop: NDArray[np.uint8],
    means: NDArray[np.float32],
    scales: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Spread pixels over planes, as (level - mean) * scale.

    Args:
        crop: (side, side, 3 or 4) uint8, RGB or RGBX.
        means: (3,) float32: grey level of red, green and blue that becomes 0.
        scales: (3,) float32: what a grey level of each becomes.
        out: (3, side, side) float32, written whole.
    """
    for channel in range(3):
        offset, gain = means[channel], scales[channel]
        for y in range(crop.shape[0]):
            for x in range(crop.shape[1]):
                out[channel, y, x] = (np.float32(crop[y, x, channel]) - offset) * gain


@njit(nogil=True)
def to_gray_plane(
    crop: NDArray[np.uint8], mean: float, scale: float, out: NDArray[np.float32]
) -> None:
    """The luma of pixels (ITU-R BT.601), rounded to a grey level, as (level - mean) * scale.

    Args:
        crop: (side, side, 3 or 4) uint8, RGB or RGBX.
        mean: grey level that becomes 0.
        scale: what a grey level becomes.
        out: (side, side) float32, written whole.
    """
    offset, gain = np.float32(mean), np.float32(scale)
    for y in range(crop.shape[0]):
        for x in range(crop.shape[1]):
            red, green, blue = int(crop[y, x, 0]), int(crop[y, x, 1]), int(crop[y, x, 2])
            level = (299 * red + 587 * green + 114 * blue + 500) // 1000
            out[y, x] = (np.float32(level) - offset) * gain
