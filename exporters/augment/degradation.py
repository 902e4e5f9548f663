"""What light, lens, sensor and codec do to a crop, at random.

Every function takes a crop (side, side, 3) uint8, RGB, and the generator that chooses how much, and
returns another of the same shape.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_video.exporters.data.datasets import Image


def to_gray(crop: Image, _: np.random.Generator) -> Image:
    return np.asarray(cv2.cvtColor(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB))


def tint(crop: Image, rng: np.random.Generator) -> Image:
    """White balance: a gain for each channel."""
    levels = np.arange(256)[:, None] * rng.uniform(0.85, 1.15, 3)
    return _look_up(crop, levels)


def relight(crop: Image, rng: np.random.Generator) -> Image:
    """Gamma, contrast about the crop's middle level, and brightness."""
    levels = 255 * (np.arange(256) / 255) ** np.exp(rng.uniform(-0.5, 0.5))
    levels = 128 + (levels - 128) * rng.uniform(0.55, 1.45) + rng.uniform(-40, 40)
    return _look_up(crop, np.repeat(levels[:, None], 3, axis=1))


def _look_up(crop: Image, levels: NDArray[np.float64]) -> Image:
    table = levels.clip(0, 255).astype(np.uint8)[None]
    return np.asarray(cv2.LUT(crop, table), np.uint8)


def occlude(crop: Image, rng: np.random.Generator) -> Image:
    """A rectangle of one colour, a hand's or a caption's size."""
    side = crop.shape[0]
    height, width = rng.integers(side // 10, side // 3, 2)
    top, left = rng.integers(0, side - height), rng.integers(0, side - width)
    crop = crop.copy()
    crop[top : top + height, left : left + width] = rng.integers(0, 256, 3)
    return crop


def blur(crop: Image, rng: np.random.Generator) -> Image:
    sigma = crop.shape[0] / 180 * rng.uniform(0.6, 2.5)
    return np.asarray(cv2.GaussianBlur(crop, (0, 0), sigma), np.uint8)


def lower_resolution(crop: Image, rng: np.random.Generator) -> Image:
    side = crop.shape[0]
    small = int(rng.integers(side // 7, side // 2))
    shrunk = cv2.resize(crop, (small, small), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(shrunk, (side, side), interpolation=cv2.INTER_LINEAR), np.uint8)


def add_noise(crop: Image, rng: np.random.Generator) -> Image:
    """Sensor noise, the same in all channels half of the time."""
    planes = 1 if rng.random() < 0.5 else 3
    noise = rng.standard_normal((*crop.shape[:2], planes), np.float32) * rng.uniform(2, 10)
    return np.asarray((crop + noise).clip(0, 255), np.uint8)


def compress(crop: Image, rng: np.random.Generator) -> Image:
    quality = int(rng.integers(20, 80))
    _, data = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
