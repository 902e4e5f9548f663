"""Kernels on both sides of a network: crops as it reads them, its outputs as probabilities."""

from math import exp, log

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.compiling import njit

_SMALLEST = 1e-7
"""The probability that stands for none at all, of which there is a logarithm."""


@njit()
def softmax_with_temperature(
    outputs: NDArray[np.float32], temperature: float, logged: bool, odds: bool
) -> NDArray[np.float32]:
    """softmax(logits / temperature) of each row.

    A row of which an output is no number (NaN), or infinite where a logit is wanted, becomes NaN
    throughout.

    Args:
        outputs: (n, classes) float32.
        temperature: above 0.
        logged: whether the outputs are probabilities, so that their logarithms are the logits.
        odds: whether each is the probability of its label alone, by a sigmoid, so that the
            logarithm of what it lacks to 1 is subtracted.

    Returns:
        (n, classes) float32, each row summing to 1.
    """
    scores = np.empty_like(outputs)
    logits = np.empty(outputs.shape[1], np.float64)
    for row in range(outputs.shape[0]):
        for column in range(outputs.shape[1]):
            value = float(outputs[row, column])
            logit = log(max(value, _SMALLEST)) if logged else value  # max(NaN, x) is NaN here
            if odds:
                logit -= log(max(1 - value, _SMALLEST))
            logits[column] = logit / temperature
        most, total = logits.max(), 0.0
        for column in range(logits.size):
            logits[column] = exp(logits[column] - most)
            total += logits[column]
        for column in range(logits.size):
            scores[row, column] = logits[column] / total
    return scores


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
