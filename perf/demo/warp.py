"""A smooth map of the plane that takes given points to given points."""

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_video.perf.demo.features import Points

_UNIT = 16.0
"""Pixels of the portrait that are 1 in the equations, so that they are well conditioned."""
_STIFFNESS = 0.01
_COARSE = 5
"""Side of the squares in whose middles the map is computed; between them it is interpolated."""


def thin_plate(here: Points, there: Points, grid: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bookstein's thin-plate spline (1989), from `there` back to `here`.

    Args:
        here: (n, 2), where the picture has the points.
        there: (n, 2), where they are to be.
        grid: (H, W, 2) float32, the places that are drawn, evenly spaced; sides multiples of 5.

    Returns:
        (H, W, 2) float32: for each of `grid`, where the picture has what is drawn there.
    """
    knots = there / _UNIT
    flat = np.column_stack([np.ones(len(knots)), knots])
    equations = np.block(
        [[_bend(knots, knots) + _STIFFNESS * np.eye(len(knots)), flat], [flat.T, np.zeros((3, 3))]]
    )
    weights = np.linalg.solve(equations, np.concatenate([here - there, np.zeros((3, 2))]))
    coarse = grid[_COARSE // 2 :: _COARSE, _COARSE // 2 :: _COARSE]
    places = coarse.reshape(-1, 2) / _UNIT
    offset = np.column_stack([_bend(places, knots), np.ones(len(places)), places]) @ weights
    size = grid.shape[1::-1]
    smooth = cv2.resize(offset.reshape(coarse.shape), size, interpolation=cv2.INTER_CUBIC)
    return (grid + smooth).astype(np.float32)


def _bend(places: NDArray[np.floating], knots: Points) -> Points:
    squared = ((places[:, None] - knots[None]) ** 2).sum(axis=2)
    return np.asarray(squared * np.log(squared + 1e-9), np.float64)
