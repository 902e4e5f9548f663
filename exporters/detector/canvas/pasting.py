"""Faces cut out of their pictures and blended into others: one by one, or as a crowd."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_video.engine.frames.frame import Plane
from fer_video.exporters.detector.canvas.geometry import (
    IGNORED,
    ROW,
    Rows,
    covered,
    moved,
    overlaps,
    rows_of,
    similarity,
    warped,
)
from fer_video.exporters.detector.data.teacher import LabelledPicture

MOST_HIDDEN = 0.5
"""Share of a face behind another one from which it is ignored."""

MOST_HEADS = 40
"""Most faces of a crowd."""

_REACH = 1.1
"""Sides of the oval that is pasted, in those of the face."""


def paste_face(
    rng: np.random.Generator,
    canvas: Plane,
    cutouts: Sequence[LabelledPicture],
    present: Rows,
    turn: float,
) -> Rows:
    """Blend a face into a place chosen at random, if no other is there.

    Args:
        rng: decides.
        canvas: (size, size) uint8, changed in place.
        cutouts: pictures of little more than one face.
        present: the canvas's faces and ignore regions.
        turn: largest rotation, in degrees.

    Returns:
        The face, or no row.
    """
    size = canvas.shape[0]
    height = float(np.exp(rng.uniform(np.log(16), np.log(size / 2))))
    place = rng.uniform(0.1, 0.9, 2) * size
    picture, matrix = _placed(rng, cutouts, height, place, turn)
    row = moved(rows_of(picture)[:1], matrix)
    if overlaps(row, present):
        return row[:0]
    _blend(canvas, picture, matrix, _REACH)
    return row


def paste_crowd(
    rng: np.random.Generator,
    canvas: Plane,
    cutouts: Sequence[LabelledPicture],
    smallest: float,
    turn: float,
) -> Rows:
    """Blend lines of people into the canvas, the farther ones smaller and partly hidden.

    Args:
        rng: decides.
        canvas: (size, size) uint8, changed in place.
        cutouts: pictures of little more than one face.
        smallest: height in pixels from which faces are shown.
        turn: largest rotation, in degrees.

    Returns:
        The crowd's faces from the farthest to the nearest; those that others hide are ignored.
    """
    size = canvas.shape[0]
    rows = np.zeros((0, ROW), np.float32)
    reach, growth = rng.uniform(1.1, 1.6), rng.uniform(1.0, 1.3)
    across, down = rng.uniform(1.0, 2.4), rng.uniform(0.7, 1.6)
    height = float(np.exp(rng.uniform(np.log(smallest), np.log(smallest * 4))))
    top = rng.uniform(0.05, 0.6) * size
    while top < size and len(rows) < MOST_HEADS:
        for left in np.arange(rng.uniform(0, across) * height, size, across * height):
            if rng.random() < 0.2 or len(rows) == MOST_HEADS:
                continue
            place = np.array([left, top]) + rng.normal(0, 0.2 * height, 2)
            each = height * float(np.exp(rng.normal(0, 0.12)))
            picture, matrix = _placed(rng, cutouts, each, place, turn)
            _blend(canvas, picture, matrix, reach)
            row = moved(rows_of(picture)[:1], matrix)
            hide(rows, row)
            rows = np.concatenate([rows, row])
        top += down * height
        height *= growth
    return rows


def hide(rows: Rows, behind: Rows) -> None:
    """Ignore, in place, faces of which others that came later hide more than `MOST_HIDDEN`."""
    for row in behind:
        rows[covered(rows, row) > MOST_HIDDEN, 0] = IGNORED


def _placed(
    rng: np.random.Generator,
    cutouts: Sequence[LabelledPicture],
    height: float,
    place: NDArray[np.float64],
    turn: float,
) -> tuple[LabelledPicture, NDArray[np.float64]]:
    """A cut-out, and the map of its face to a place, at a height in pixels."""
    picture = cutouts[int(rng.integers(len(cutouts)))]
    box = picture.faces[0].box
    angle = float(np.clip(rng.normal(0, turn / 2), -turn, turn))
    matrix = similarity(height / box.height, angle, mirrored=rng.random() < 0.5)
    middle = np.array([box.left + box.width / 2, box.top + box.height / 2])
    matrix[:, 2] = place - matrix[:, :2] @ middle
    return picture, matrix


def _blend(
    canvas: Plane, picture: LabelledPicture, matrix: NDArray[np.float64], reach: float
) -> None:
    """Show what of the oval around a face lies on the canvas."""
    row = moved(rows_of(picture)[:1], matrix)[0]
    centre, half = row[1:3] + row[3:5] / 2, row[3:5].max() * reach * 0.75 + 2
    low = np.clip(centre - half, 0, canvas.shape[::-1]).astype(int)
    high = np.clip(centre + half, 0, canvas.shape[::-1]).astype(int)
    if (high <= low).any():
        return
    size = (int(high[0] - low[0]), int(high[1] - low[1]))
    local = matrix.copy()
    local[:, 2] -= low
    oval = _oval(picture, reach)
    alpha = warped(oval, local, size, cv2.BORDER_CONSTANT, 0) / np.float32(255)
    face = warped(picture.luma, local, size, cv2.BORDER_REPLICATE, 0)
    view = canvas[low[1] : high[1], low[0] : high[0]]
    view[:] = view + alpha * (face - view.astype(np.float32)) + 0.5


def _oval(picture: LabelledPicture, reach: float) -> Plane:
    """(H, W) uint8: 255 in the face, fading out around it."""
    box = picture.faces[0].box
    oval = np.zeros(picture.luma.shape, np.uint8)
    centre = (box.left + box.width / 2, box.top + box.height / 2)
    cv2.ellipse(oval, (centre, (box.width * reach, box.height * reach), 0.0), 255, cv2.FILLED)
    return cv2.GaussianBlur(oval, (0, 0), box.height / 20).astype(np.uint8)
