"""Knowledge distillation (Hinton, Vinyals and Dean, 2015): a small network learns from a larger
one, on faces with labels and on faces without.

The teacher reads every face in two ways, and its scores are mixed into the targets: it sees
through wrong labels, and says which expressions a face lies between.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_video.engine.detect.stage import Detector
from fer_video.engine.errors import DataError, ModelError
from fer_video.engine.expressions import EXPRESSIONS
from fer_video.engine.faces import Face
from fer_video.engine.frames import Plane
from fer_video.engine.network.classifier import Classifier
from fer_video.exporters.augment.augmentation import FaceImage
from fer_video.exporters.augment.faces import Faces, aligned_crops, plain_crops
from fer_video.exporters.data.archive import read_archive
from fer_video.exporters.data.datasets import Image
from fer_video.exporters.evaluation.matching import match_labels
from fer_video.exporters.evaluation.recognition import classify_crops

SMALLEST = 40
"""Height in pixels from which a face without a label is worth learning from."""
_MARGIN = 0.5
"""Margin around a face's box, in heights of the box."""


def with_soft_targets(faces: Faces, teacher: Classifier, share: float) -> Faces:
    """Mix a teacher's scores into the targets: soft targets.

    Args:
        faces: of one data set.
        teacher: reads each face as its image frames it, and mirrored as the engine cuts it.
        share: of the teacher in the new targets, 0..1.

    Raises:
        ModelError: the teacher lacks one of the labels.
    """
    match = match_labels(teacher.card.labels)
    if match.lacking:
        raise ModelError(
            f"teacher {teacher.card.name}: reads {', '.join(teacher.card.labels)}; a teacher knows "
            f"all of {', '.join(EXPRESSIONS)}"
        )
    if not faces.images:
        return faces
    side, crop = teacher.card.input_height, (teacher.card.crop_scale, teacher.card.crop_shift)
    views = (plain_crops(faces, side), _mirrored(aligned_crops(faces, side, *crop)))
    scores = np.mean([np.stack(classify_crops(teacher, view)) for view in views], axis=0)
    taught = np.float32(share) * match.scores(scores)
    return replace(faces, targets=np.float32(1 - share) * faces.targets + taught)


def unlabelled_faces(path: Path, detector: Detector, teacher: Classifier) -> Faces:
    """The faces of an archive of pictures, labelled by the teacher alone.

    Args:
        path: a .zip of pictures.
        detector: finds the faces, with landmarks.
        teacher: reads them.

    Raises:
        DataError: the archive is missing, holds a file that is no picture, or shows no face.
    """
    images = tuple(_cut_out(read_archive(path), detector))
    if not images:
        raise DataError(f"{path}: no face of {SMALLEST} pixels in its pictures; leave it out")
    blank = np.zeros((len(images), 5), np.float32)
    taught = with_soft_targets(
        Faces(path.stem, images, blank, np.zeros(len(images), np.intp)), teacher, 1.0
    )
    return replace(taught, labels=taught.targets.argmax(axis=1))


def _cut_out(pictures: Iterable[Plane], detector: Detector) -> Iterator[FaceImage]:
    for luma in pictures:
        for face in detector(luma, full_range=True):
            if face.box.height >= SMALLEST and face.landmarks is not None:
                yield _face_image(luma, face, face.landmarks)


def _face_image(luma: Plane, face: Face, landmarks: NDArray[np.float32]) -> FaceImage:
    box, margin = face.box, _MARGIN * face.box.height
    left, top = max(int(box.left - margin), 0), max(int(box.top - margin), 0)
    right, bottom = (round(v + margin) for v in (box.left + box.width, box.top + box.height))
    image = cv2.cvtColor(luma[top:bottom, left:right], cv2.COLOR_GRAY2RGB)
    return FaceImage(np.asarray(image, np.uint8), landmarks - np.array([left, top], np.float32))


def _mirrored(crops: Iterable[Image]) -> Iterator[Image]:
    return (np.ascontiguousarray(crop[:, ::-1]) for crop in crops)
