"""Crops of a face in which some of its parts are hidden."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.frames.handovers import Batch

BLUR = 0.12
"""Standard deviation of the blur that hides, in sides of the crop: a face is still seen to be one,
and no expression on it."""
_SMALL = 36
"""Side in pixels of the picture in between, which holds all that such a blur leaves."""


def all_hidings(shown: Batch, hidden: Batch, masks: NDArray[np.float32]) -> Batch:
    """One crop for each choice of parts that are shown; all else is hidden.

    Args:
        shown: (...) uint8 or float32: the crop.
        hidden: as `shown`: what is seen where something is hidden.
        masks: (parts, ...) float32, 0..1: how much each part covers, in the axes of `shown` or with
            axes of one there; their sum is at most 1.

    Returns:
        (2 ** parts, ...) as `shown`: in crop number i, part k is shown where bit k of i is set.
    """
    crops = np.empty((2 ** len(masks), *shown.shape), shown.dtype)
    crops[0] = hidden
    way = shown.astype(np.float32) - hidden
    for part, mask in enumerate(masks):
        step: Batch = way * mask
        if shown.dtype == np.uint8:  # cut towards 0, so that no sum leads beyond what is shown
            step = step.astype(np.int16).astype(np.uint8)  # and modulo 256, as it is added
        before = 1 << part
        np.add(crops[:before], step, out=crops[before : 2 * before])
    return crops


def blurred(crop: Batch, rows: int, sigma: float = BLUR) -> Batch:
    """A crop so blurred that no expression is left.

    It is blurred as a small picture, which holds all that such a blur leaves.

    Args:
        crop: square planes or pixels, uint8 or float32.
        rows: the axis of the rows, 0 or 1; that of the columns is behind it.
        sigma: standard deviation of the blur, in sides of the crop.

    Returns:
        As `crop`.
    """
    side, both = crop.shape[rows], (rows, rows + 1)
    starts, soften, before, share = _steps(side, sigma)
    small = crop.astype(np.float32)
    for axis in both:
        small = np.asarray(np.add.reduceat(small, starts, axis), np.float32)
    small = np.moveaxis(small, both, (-2, -1))
    soft = np.moveaxis(np.matmul(np.matmul(soften, small), soften.T), (-2, -1), both)
    for axis in both[::-1]:
        soft = _between(soft, axis, before, share)
    return np.asarray(np.rint(soft), np.uint8) if crop.dtype == np.uint8 else np.asarray(soft)


def _between(
    small: NDArray[np.float32], axis: int, before: NDArray[np.intp], share: NDArray[np.float32]
) -> NDArray[np.float32]:
    """As many pixels along an axis as there are shares, each between two of a small picture."""
    first, second = small.take(before, axis), small.take(before + 1, axis)
    second -= first
    second *= share.reshape(-1, *[1] * (small.ndim - 1 - axis))
    return first + second


class _Steps(NamedTuple):
    """How crops of one side are blurred."""

    starts: NDArray[np.intp]
    """(small,): first pixel of those that become one."""
    soften: NDArray[np.float32]
    """(small, small): makes of their sums the means around each, in one direction."""
    before: NDArray[np.intp]
    """(side,): which small pixel lies before each of the crop's."""
    share: NDArray[np.float32]
    """(side,), 0..1: the share of the one behind that."""


@lru_cache(maxsize=4)
def _steps(side: int, sigma: float) -> _Steps:
    small = min(_SMALL, side)
    starts = np.arange(small) * side // small
    sizes = np.diff(starts, append=side)
    middles = starts + sizes / 2
    weights = np.exp(-0.5 * ((middles[:, None] - middles) / (sigma * side)) ** 2)
    weights *= sizes  # a flat crop stays as it is, up to its border
    soften = weights / weights.sum(axis=1, keepdims=True) / sizes
    pixels = np.arange(side) + 0.5
    before = (np.searchsorted(middles, pixels) - 1).clip(0, small - 2)
    share = (pixels - middles[before]) / (middles[before + 1] - middles[before])
    return _Steps(starts, soften.astype(np.float32), before, share.clip(0, 1).astype(np.float32))
