"""Where the parts of a face are in its crop: ellipses with soft edges around the landmarks."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.faces.evidence import PARTS
from fer_video.engine.faces.face import Landmarks


class Ellipse(NamedTuple):
    """Size and place of a part, in distances between the eyes."""

    owners: tuple[int, ...]
    """Landmarks whose middle it is around."""
    across: float
    """Half its width."""
    down: float
    """Half its height."""
    lift: float
    """How far above the landmarks its middle is."""


ELLIPSES: dict[str, Ellipse] = {
    "left_eye": Ellipse((1,), 0.55, 0.5, 0.18),
    "right_eye": Ellipse((0,), 0.55, 0.5, 0.18),
    "nose": Ellipse((2,), 0.42, 0.5, 0.1),
    "mouth": Ellipse((3, 4), 0.75, 0.45, 0.0),
}
"""Of each part; an eye's is lifted, so that its brow is in it."""

EDGE = 0.35
"""Width of the edge over which a part fades into what is around it, in the ellipse's radii."""

_LEANING = 2.0
"""How sharply what lies between two parts goes to the nearer one: see `part_shares`."""

_STEP = 2
"""Pixels of the crop to which landmarks are rounded: less than they are off by."""


class Place(NamedTuple):
    """An ellipse in a picture."""

    x: float
    """Pixels across to its middle."""
    y: float
    """Pixels down to its middle."""
    across: float
    """Half its length along the eyes, in pixels."""
    down: float
    """Half its length across that, in pixels."""
    cos: float
    """Cosine of the angle by which the line from the right eye to the left one falls."""
    sin: float
    """Sine of it."""


def places(landmarks: Landmarks) -> dict[str, Place]:
    """Where the parts are, in the pixels of the landmarks.

    Args:
        landmarks: (5, 2), see `Face`; those of a turned head have the eyes near each other, and
            parts that are as much smaller, but never under a third of eyes to mouth.
    """
    points = landmarks.astype(np.float64)
    along = points[1] - points[0]
    apart = float(np.hypot(*along))
    drop = float(np.hypot(*(points[3:].mean(axis=0) - points[:2].mean(axis=0))))
    cos, sin = (along / apart).tolist() if apart > 0 else (1.0, 0.0)
    size = max(apart, drop / 3, 1.0)
    found = {}
    for name, ellipse in ELLIPSES.items():
        x, y = points[list(ellipse.owners)].mean(axis=0).tolist()
        lift = ellipse.lift * size
        found[name] = Place(
            x + sin * lift, y - cos * lift, ellipse.across * size, ellipse.down * size, cos, sin
        )
    return found


def part_masks(side: int, landmarks: Landmarks) -> NDArray[np.float32]:
    """How much of each pixel of a crop belongs to each part.

    Args:
        side: of the crop, in pixels.
        landmarks: (5, 2), in pixels of the crop.

    Returns:
        (parts, side, side) float32, 0..1, in the order of `PARTS`; at most 1 in all, so that where
            two parts overlap each has its share. Not to be changed: faces whose landmarks lie at
            the same pixels have the same ones.
    """
    near = np.rint(landmarks.clip(-side, 2 * side) / _STEP) * _STEP
    return _masks(side, tuple(near.ravel().tolist()))


def part_shares(cells: int, side: int, landmarks: Landmarks) -> NDArray[np.float32]:
    """How much of each cell of a feature map belongs to each part.

    The receptive field of a cell reaches around it, so that parts are seen beyond their borders:
    each cell is shared out by its distances to the parts, in the radii of their ellipses, as a
    softmax shares.

    Args:
        cells: along each side of the feature map.
        side: of the crop, in pixels.
        landmarks: (5, 2), in pixels of the crop.

    Returns:
        (parts, cells, cells) float32, 0..1, in the order of `PARTS`; 1 in all. Not to be changed.
    """
    near = np.rint(landmarks.clip(-side, 2 * side) / _STEP) * _STEP
    return _shares(cells, side, tuple(near.ravel().tolist()))


@lru_cache(maxsize=64)
def _shares(cells: int, side: int, points: tuple[float, ...]) -> NDArray[np.float32]:
    found = places(np.array(points, np.float32).reshape(5, 2))
    middles = ((np.arange(cells, dtype=np.float32) + 0.5) * (side / cells) - 0.5).astype(np.float32)
    x, y = middles, middles[:, None]
    near = np.stack([-_LEANING * radii(found[name], x, y) ** 2 for name in PARTS])
    shares: NDArray[np.float32] = np.exp(near - near.max(axis=0))
    shares /= shares.sum(axis=0)
    shares.flags.writeable = False
    return shares


@lru_cache(maxsize=64)
def _masks(side: int, points: tuple[float, ...]) -> NDArray[np.float32]:
    """Upright crops put the landmarks near the same pixels, over and over."""
    found = places(np.array(points, np.float32).reshape(5, 2))
    masks = np.stack([_mask(side, found[name]) for name in PARTS])
    masks /= np.maximum(masks.sum(axis=0), 1)
    masks.flags.writeable = False
    return masks


def _mask(side: int, place: Place) -> NDArray[np.float32]:
    """1 within, 0 outside, and half at the ellipse itself."""
    pixels = np.arange(side, dtype=np.float32)
    return np.asarray(((1 - radii(place, pixels, pixels[:, None])) / EDGE + 0.5).clip(0, 1))


def radii(place: Place, x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far from the middle of an ellipse points are, in its radii.

    Args:
        place: of the ellipse.
        x: (columns,) float32, of the points, in the pixels of the place.
        y: (rows, 1) float32, likewise.

    Returns:
        (rows, columns) float32.
    """
    x, y = x - np.float32(place.x), y - np.float32(place.y)
    along = x * np.float32(place.cos / place.across) + y * np.float32(place.sin / place.across)
    down = y * np.float32(place.cos / place.down) - x * np.float32(place.sin / place.down)
    return np.asarray(np.sqrt(along * along + down * down))
