"""The part of the portrait in which something moves, enlarged, and what is done to its pixels."""

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_video.perf.demo.features import Points

Image = NDArray[np.float32]
"""(H, W, 3) float32, RGB, 0..255."""
Mask = NDArray[np.float32]
"""(H, W) float32, 0..1, or (1, W) where all rows are alike."""

SCALE = 3
"""Pixels drawn for one of the portrait."""
_LEFT, _TOP, _WIDTH, _HEIGHT = 150, 10, 150, 200
"""Of the portrait, what moves."""
PART = (
    slice(_TOP * SCALE, (_TOP + _HEIGHT) * SCALE),
    slice(_LEFT * SCALE, (_LEFT + _WIDTH) * SCALE),
)
"""Rows and columns of the enlarged portrait."""
_CORNER = np.array([_LEFT, _TOP], np.float32)
GRID = _CORNER + (
    np.stack(np.meshgrid(np.arange(_WIDTH * SCALE), np.arange(_HEIGHT * SCALE)), axis=2) + 0.5
).astype(np.float32) / np.float32(SCALE)
"""(H, W, 2) float32: x and y of every pixel drawn, in pixels of the portrait."""
X, Y = GRID[:1, :, 0], GRID[:, :1, 1]
"""The same, (1, W) and (H, 1)."""


def enlarged(portrait: NDArray[np.uint8]) -> Image:
    """The whole portrait, `SCALE` times as large, a little sharpened."""
    size = portrait.shape[1] * SCALE, portrait.shape[0] * SCALE
    large = np.asarray(cv2.resize(portrait, size, interpolation=cv2.INTER_LANCZOS4), np.float32)
    return np.asarray(np.clip(1.5 * large - 0.5 * blurred(large, 0.73), 0, 255), np.float32)


def step(values: NDArray[np.floating]) -> Mask:
    """A smooth step from 0 to 1 between 0 and 1."""
    share: Mask = np.clip(values, 0, 1).astype(np.float32)
    return share * share * (3 - 2 * share)


def mixed(one: Image, other: Image, share: Mask | float) -> Image:
    """`one` where the share is 0, `other` where it is 1."""
    weight = np.asarray(share, np.float32)[..., None]
    return (one * (1 - weight) + other * weight).astype(np.float32)


def blurred(picture: Image, radius: float) -> Image:
    """By a Gaussian; its radius in pixels of the portrait."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), radius * SCALE), np.float32)


def blurred_within(picture: Image, mask: Mask, radius: float) -> Image:
    """The same, of what the mask shows alone."""
    whole = np.maximum(blurred(mask, radius), 1e-4)[..., None]
    return np.asarray(blurred(picture * mask[..., None], radius) / whole, np.float32)


def taken(picture: Image, places: NDArray[np.float32]) -> Image:
    """What is at places, (H, W, 2), of the portrait."""
    at = ((places - _CORNER) * SCALE - 0.5).astype(np.float32)
    x, y = np.ascontiguousarray(at[..., 0]), np.ascontiguousarray(at[..., 1])
    border = cv2.BORDER_REPLICATE
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=border), np.float32)


def filled(outline: Points) -> Mask:
    """What lies within an outline."""
    mask = np.zeros(GRID.shape[:2], np.float32)
    return np.asarray(cv2.fillPoly(mask, [_pixels(outline)], 1), np.float32)


def stroke(path: Points, width: float) -> Mask:
    """A line that is so many pixels of the portrait wide."""
    mask = np.zeros(GRID.shape[:2], np.float32)
    drawn = cv2.polylines(mask, [_pixels(path)], False, 1, round(width * SCALE))
    return np.asarray(drawn, np.float32)


def _pixels(points: Points) -> NDArray[np.int32]:
    return ((points - _CORNER) * SCALE).astype(np.int32)
