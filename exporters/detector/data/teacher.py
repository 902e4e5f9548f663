"""Labels for pictures that have none: faces on which a larger detector agrees with itself.

A teacher sees each picture at several sizes and mirrored. What it finds both ways at one size is a
face, its box and landmarks the mean of all such detections, since each alone is off by some per
cent of the face. What it finds only once, or with little confidence, becomes an ignore region:
training leaves it out instead of calling it background.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_video.engine.detect.stage import Detector
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.faces.face import Box, Face
from fer_video.engine.frames.frame import Plane
from fer_video.engine.options.detect import DetectOptions
from fer_video.engine.options.session import SessionOptions
from fer_video.exporters.data.fingerprint import file_fingerprint, joint_fingerprint

Teacher: TypeAlias = Mapping[int, Detector]
"""A detector for each longer side, in pixels, at which it looks; it reports unsure faces too."""

CANDIDATE_SCORE = 0.4
"""The teacher's score from which a place may hold a face and is at least ignored."""

SURE_SCORE = 0.6
"""The teacher's score, both ways at one size, from which a place holds a face."""

UPRIGHT = 640
"""Longer side in pixels at which the four ways up of a picture are compared."""

SAME_FACE_IOU = 0.45
"""Intersection over union from which two boxes are one face."""

MIRRORED = np.array([1, 0, 2, 4, 3])
"""The landmarks' order in a mirrored picture: the person's right becomes left."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPicture:
    """A picture and what is known about the faces in it."""

    luma: Plane
    """(H, W) uint8, grey levels in full range."""
    faces: tuple[Face, ...] = ()
    """Faces of which the teacher is sure, with landmarks; `score` is the teacher's."""
    ignored: tuple[Face, ...] = ()
    """Ignore regions: places that may hold a face or not, which training leaves out."""


def load_teacher(model: str, sizes: Sequence[int]) -> Teacher:
    """A YuNet-style detector as a teacher.

    Args:
        model: .onnx file that takes any size.
        sizes: longer sides, in pixels; small faces need an enlarged picture.

    Raises:
        ModelError: it is no such detector.
    """
    session = SessionOptions(provider="cpu")
    return {
        size: YuNetDetector(DetectOptions(model, size, CANDIDATE_SCORE, SAME_FACE_IOU), session)
        for size in {*sizes, UPRIGHT}
    }


def teacher_identity(model: Path) -> str:
    """What tells a teacher's labels from another's: its file, and how sure it must be.

    Raises:
        OSError: the file cannot be read.
    """
    settings = (CANDIDATE_SCORE, SURE_SCORE, SAME_FACE_IOU, UPRIGHT)
    return joint_fingerprint([file_fingerprint(model), *settings])


def label(luma: Plane, teacher: Teacher, sizes: Sequence[int]) -> LabelledPicture:
    """Find the faces of an upright picture.

    Args:
        luma: (H, W) uint8.
        teacher: has a detector for each of `sizes`.
        sizes: longer sides, in pixels, at which to look.
    """
    detections = [_both_ways(luma, size, teacher) for size in sizes]
    agreed = [face for ways in detections for face in _agreed(*ways)]
    faces = [_mean(_same(face.box, agreed)) for face in _strongest(agreed)]
    every = _strongest([face for ways in detections for way in ways for face in way])
    ignored = (face for face in every if _find(face.box, faces) is None)
    return LabelledPicture(luma, tuple(faces), tuple(ignored))


def set_upright(luma: Plane, teacher: Teacher) -> int:
    """Quarter turns, counterclockwise, after which the teacher is surest of most faces.

    Collections made for training hold pictures on their side or head; a detector that learns
    those faces, or learns them as background, is worse on upright ones.
    """
    return max(range(4), key=lambda turns: _confidence(np.rot90(luma, turns), teacher))


def mirror(face: Face, width: int) -> Face:
    """The face in the mirror image of a picture that is `width` pixels wide."""
    box = Box(width - face.box.left - face.box.width, face.box.top, face.box.width, face.box.height)
    points = face.landmarks
    if points is not None:
        points = points[MIRRORED]
        points[:, 0] = width - 1 - points[:, 0]
    return Face(box, face.score, points)


def _confidence(luma: Plane, teacher: Teacher) -> float:
    return sum(
        face.score - CANDIDATE_SCORE
        for face in _detect(np.ascontiguousarray(luma), UPRIGHT, teacher)
    )


def _both_ways(luma: Plane, size: int, teacher: Teacher) -> tuple[list[Face], list[Face]]:
    mirrored = _detect(np.ascontiguousarray(luma[:, ::-1]), size, teacher)
    return _detect(luma, size, teacher), [mirror(face, luma.shape[1]) for face in mirrored]


def _detect(luma: Plane, size: int, teacher: Teacher) -> list[Face]:
    """Faces in pixels of `luma`, which is resized here, better than a detector in a hurry does."""
    zoom = size / max(luma.shape)
    way = cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(luma, None, fx=zoom, fy=zoom, interpolation=way).astype(np.uint8)
    height, width = luma.shape
    back = np.array([width / resized.shape[1], height / resized.shape[0]], np.float32)
    return [_scaled(face, back) for face in teacher[size](resized, full_range=True)]


def _scaled(face: Face, zoom: NDArray[np.float32]) -> Face:
    x, y = (float(value) for value in zoom)
    box = Box(face.box.left * x, face.box.top * y, face.box.width * x, face.box.height * y)
    return Face(box, face.score, None if face.landmarks is None else face.landmarks * zoom)


def _agreed(straight: list[Face], mirrored: list[Face]) -> Iterator[Face]:
    """The mean of each pair that the straight and the mirrored picture give with confidence."""
    for face in straight:
        counterpart = _find(face.box, mirrored)
        if counterpart is not None and min(face.score, counterpart.score) >= SURE_SCORE:
            yield _mean([face, counterpart])


def _mean(faces: Sequence[Face]) -> Face:
    boxes = [(f.box.left, f.box.top, f.box.width, f.box.height) for f in faces]
    points = [face.landmarks for face in faces if face.landmarks is not None]
    return Face(
        Box(*np.mean(boxes, axis=0).tolist()),
        float(np.mean([face.score for face in faces])),
        np.mean(points, axis=0, dtype=np.float32) if points else None,
    )


def _find(box: Box, faces: Sequence[Face]) -> Face | None:
    best = max(faces, key=lambda face: face.box.iou(box), default=None)
    return best if best is not None and best.box.iou(box) >= SAME_FACE_IOU else None


def _same(box: Box, faces: Sequence[Face]) -> list[Face]:
    return [face for face in faces if face.box.iou(box) >= SAME_FACE_IOU]


def _strongest(faces: list[Face]) -> list[Face]:
    """Each face once, where its score is highest."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda face: -face.score):
        if _find(face.box, kept) is None:
            kept.append(face)
    return kept
