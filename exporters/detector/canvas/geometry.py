"""Faces and pictures under affine maps: what training does to the one it does to the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_video.engine.faces.face import Box, Face
from fer_video.engine.frames.frame import Plane
from fer_video.exporters.detector.data.teacher import MIRRORED, LabelledPicture

Rows: TypeAlias = NDArray[np.float32]
"""(n, ROW) float32: kind, left, top, width, height, and the five landmarks' x and y, in pixels."""

ROW = 15

FACE, IGNORED = 1.0, -1.0
"""Kinds of a row: a face, and an ignore region, which may hold one or not; zeros fill up."""

SEEN_IOU = 0.3
"""Intersection over union from which a detected box counts as a sighting of a face."""

ALIASING = 0.7
"""Zoom under which a picture is averaged before it is interpolated."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A rectangle of the canvas, in pixels."""

    left: int
    """First column."""
    top: int
    """First row."""
    width: int
    """Number of columns."""
    height: int
    """Number of rows."""


def similarity(zoom: float, turn: float, *, mirrored: bool) -> NDArray[np.float64]:
    """(2, 3): scales by `zoom`, turns by `turn` degrees, mirrors or not; moves nothing."""
    cosine, sine = zoom * np.cos(np.radians(turn)), zoom * np.sin(np.radians(turn))
    side = -1.0 if mirrored else 1.0
    return np.array([[side * cosine, -sine, 0.0], [side * sine, cosine, 0.0]])


def warped(
    luma: Plane, matrix: NDArray[np.float64], size: tuple[int, int], border: int, shade: int
) -> Plane:
    """`luma` mapped by `matrix` (2, 3) into a picture of `size` (width, height).

    Args:
        luma: (H, W) uint8.
        matrix: from pixels of `luma` to pixels of the result, a similarity.
        size: width and height of the result.
        border: one of OpenCV's: what lies beyond the picture.
        shade: grey level there, for a constant border.
    """
    zoom = float(np.hypot(*matrix[:, 0]))
    if zoom < ALIASING:
        small = cv2.resize(luma, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
        back = np.array(luma.shape[::-1]) / np.array(small.shape[::-1])
        offset = matrix[:, :2] @ ((back - 1) / 2)
        matrix = np.column_stack([matrix[:, :2] * back, matrix[:, 2] + offset])
        luma = small.astype(np.uint8)
    view = cv2.warpAffine(
        luma, matrix, size, flags=cv2.INTER_LINEAR, borderMode=border, borderValue=(shade,)
    )
    return np.asarray(view, np.uint8)


def rows_of(picture: LabelledPicture) -> Rows:
    """A picture's faces and ignore regions."""
    return np.array(
        [_row(face, FACE) for face in picture.faces]
        + [_row(face, IGNORED) for face in picture.ignored],
        np.float32,
    ).reshape(-1, ROW)


def _row(face: Face, kind: float) -> list[float]:
    points = np.zeros(10) if face.landmarks is None else face.landmarks.ravel()
    return [kind, face.box.left, face.box.top, face.box.width, face.box.height, *points]


def moved(rows: Rows, matrix: NDArray[np.float64]) -> Rows:
    """Faces after an affine map; a turned face's box is that of the ellipse in its old box."""
    result = rows.copy()
    centres = rows[:, 1:3] + rows[:, 3:5] / 2
    sides = np.sqrt((rows[:, 3:5] ** 2) @ (matrix[:, :2] ** 2).T)
    result[:, 1:3] = centres @ matrix[:, :2].T + matrix[:, 2] - sides / 2
    result[:, 3:5] = sides
    points = rows[:, 5:].reshape(-1, 5, 2)
    if np.linalg.det(matrix[:, :2]) < 0:
        points = points[:, MIRRORED]
    result[:, 5:] = (points @ matrix[:, :2].T + matrix[:, 2]).reshape(-1, 10)
    return result


def visible(rows: Rows, tile: Tile, least: float, smallest: float) -> Rows:
    """Boxes cut at the tile's edge; too small or mostly hidden faces are ignored.

    Args:
        rows: in pixels of the tile.
        tile: its width and height count.
        least: share of a box inside the tile under which it is ignored; under 0.05 it is gone.
        smallest: height in pixels under which a face is ignored.
    """
    low = np.clip(rows[:, 1:3], 0, [tile.width, tile.height])
    high = np.clip(rows[:, 1:3] + rows[:, 3:5], 0, [tile.width, tile.height])
    seen = (high - low).prod(1) / np.maximum(rows[:, 3:5].prod(1), 1e-6)
    unsure = (seen < least) | (rows[:, 4] < smallest)
    cut = rows.copy()
    cut[unsure, 0] = IGNORED
    cut[:, 1:3], cut[:, 3:5] = low, high - low
    kept: Rows = cut[seen > 0.05]
    return kept


def ignore_unseen(rows: Rows, seen: Sequence[Face]) -> None:
    """Turn faces that are not among those seen into ignore regions, in place.

    A face that a detector does not see any more at all, so dark or blurred has it become, would
    teach that any dark spot is one.
    """
    for row in rows:
        box = Box(*row[1:5].tolist())
        if row[0] == FACE and all(face.box.iou(box) < SEEN_IOU for face in seen):
            row[0] = IGNORED


def overlaps(row: Rows, rows: Rows) -> bool:
    """Whether one box, if there is one, overlaps any of the others."""
    low = np.maximum(row[:, 1:3], rows[:, 1:3])
    high = np.minimum(row[:, 1:3] + row[:, 3:5], rows[:, 1:3] + rows[:, 3:5])
    return bool((high > low).all(1).any())


def covered(rows: Rows, by: Rows) -> NDArray[np.float32]:
    """(n,) shares of boxes, 0..1, that lie in the box of one row."""
    low = np.maximum(rows[:, 1:3], by[1:3])
    high = np.minimum(rows[:, 1:3] + rows[:, 3:5], by[1:3] + by[3:5])
    shared = np.maximum(high - low, 0).prod(1) / np.maximum(rows[:, 3:5].prod(1), 1e-6)
    return np.asarray(shared, np.float32)
