"""Crowds to measure a detector on: pictures of many small faces whose places are known.

The teacher labels scenes enlarged, several times each; what is then shown small, side by side, has
labels for faces that no detector sees in one look.
"""

import numpy as np

from fer_video.engine.faces.face import Box, Face
from fer_video.engine.frames.frame import Plane
from fer_video.exporters.detector.canvas.canvas import CanvasOptions, TrainingPictures, compose
from fer_video.exporters.detector.canvas.geometry import FACE, Rows
from fer_video.exporters.detector.data.teacher import LabelledPicture
from fer_video.exporters.detector.pictures import Labelled, pictures_of

SIDE = 640
"""Height and width of a crowd, in pixels."""

_COUNT = 120
_SMALLEST = 5.0
"""Height in pixels from which a face counts."""
_OPTIONS = CanvasOptions(
    tiles=(0.1, 0.2, 0.25, 0.25, 0.2),
    empty=0.25,
    farthest=0.5,
    pasted=0.0,
    whole=1.0,
    smallest_face=_SMALLEST,
    least_visible=0.6,
    turn=0.0,
)


def crowds(valid: Labelled, count: int = _COUNT) -> list[LabelledPicture]:
    """Crowds of the held-out scenes and pictures of no face, the same in every run.

    Args:
        valid: the pictures held out.
        count: how many to make, at most one for each scene with a face.
    """
    shown = [p for p in pictures_of(valid, "scenes") if p.faces]
    empty = [p for p in pictures_of(valid, "negatives", videos=False) if not p.faces]
    if not (shown and empty):
        return []
    pictures = TrainingPictures([shown], [1.0], empty, [])
    rng = np.random.default_rng(0)
    return [
        _labelled(*compose(rng, pictures, SIDE, _OPTIONS)) for _ in range(min(count, len(shown)))
    ]


def _labelled(luma: Plane, rows: Rows) -> LabelledPicture:
    faces = tuple(map(_face, rows[rows[:, 0] == FACE]))
    ignored = tuple(map(_face, rows[rows[:, 0] != FACE]))
    return LabelledPicture(luma, faces, ignored)


def _face(row: Rows) -> Face:
    return Face(Box(*row[1:5].tolist()), 1.0, row[5:].reshape(5, 2))
