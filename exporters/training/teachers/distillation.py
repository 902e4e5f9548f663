"""Knowledge distillation (Hinton, Vinyals and Dean, 2015): a small network learns from a larger
one, on faces with labels and on faces without.

The teacher reads every face in two ways, and its scores are mixed into the targets: it sees
through wrong labels, and says which expressions a face lies between.
"""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_video.engine.detect.stage import Detector
from fer_video.engine.errors import DataError, ModelError
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.engine.faces.face import Face
from fer_video.engine.network.classifier import Classifier
from fer_video.exporters.augment.augmentation import FaceImage
from fer_video.exporters.augment.faces import Faces, both_views
from fer_video.exporters.data.alignment import find_landmarks
from fer_video.exporters.data.archive import open_archive, picture_names
from fer_video.exporters.data.datasets import Image
from fer_video.exporters.data.images import LARGEST, at_most, decode, tell_left_out
from fer_video.exporters.evaluation.matching import Match, match_labels
from fer_video.exporters.evaluation.recognition import classify_crops

SMALLEST = 40
"""Height in pixels from which a face without a label is worth learning from."""
_MARGIN = 0.5
"""Margin around a face's box, in heights of the box."""
_CUT_OUT = 160
"""Longer side in pixels up to which a picture is taken for one face and little else."""


def opinions_of(
    faces: Faces, teacher: Classifier, labels: Sequence[str] = EXPRESSIONS
) -> NDArray[np.float32]:
    """What a teacher says: of each face as its image frames it, and mirrored as the engine cuts it.

    Args:
        faces: of one data set.
        teacher: of the engine; it may know more than the labels.
        labels: what the faces are told apart by, in order.

    Returns:
        (n, labels) float32.

    Raises:
        ModelError: the teacher lacks one of the labels.
    """
    match = match_all(teacher, labels)
    if not faces.images:
        return np.empty((0, len(labels)), np.float32)
    side, crop = teacher.card.input_height, (teacher.card.crop_scale, teacher.card.crop_shift)
    views = both_views(faces, side, *crop, mirrored=True)
    said = [np.stack(classify_crops(teacher, view)) for view in views]
    return np.asarray(match.scores(np.mean(said, axis=0)), np.float32)


def match_all(teacher: Classifier, labels: Sequence[str]) -> Match:
    """The labels of a teacher, matched with those that are learnt.

    Raises:
        ModelError: the teacher lacks one of them.
    """
    match = match_labels(teacher.card.labels, labels)
    if match.lacking:
        raise ModelError(
            f"teacher {teacher.card.name}: reads {', '.join(teacher.card.labels)}; a teacher knows "
            f"all of {', '.join(labels)}"
        )
    return match


def unlabelled_faces(path: Path, detector: Detector, labels: int = len(EXPRESSIONS)) -> Faces:
    """The faces of an archive of pictures, without targets: they are NaN.

    Pictures that cannot be read are left out, and the first is logged.

    Args:
        path: a .zip of pictures.
        detector: finds the faces, with landmarks.
        labels: how many labels faces are told apart by.

    Raises:
        DataError: the archive is missing, or shows no face.
    """
    images = tuple(
        replace(face, name=f"{name}#{number}")
        for name, picture in _pictures(path)
        for number, face in enumerate(_cut_out(picture, detector))
    )
    if not images:
        raise DataError(f"{path}: no face of {SMALLEST} pixels in its pictures; leave it out")
    blank = np.full((len(images), labels), np.nan, np.float32)
    return Faces(path.stem, images, blank, np.zeros(len(images), np.intp))


def _pictures(path: Path) -> Iterator[tuple[str, Image]]:
    """Those that can be read, by name."""
    reasons: list[DataError] = []
    with open_archive(path) as archive:
        for name in picture_names(archive):
            try:
                picture = decode(zipfile.Path(archive, name), f"{path}: {name}")
            except DataError as error:
                reasons.append(error)
            else:
                yield name, picture
    tell_left_out(reasons)


def _cut_out(picture: Image, detector: Detector) -> Iterator[FaceImage]:
    if max(picture.shape[:2]) <= _CUT_OUT:
        yield FaceImage(picture, find_landmarks([picture], detector)[0])
        return
    luma = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
    for face in detector(luma, full_range=True):
        if face.box.height >= SMALLEST and face.landmarks is not None:
            yield _face_image(picture, face, face.landmarks)


def _face_image(picture: Image, face: Face, landmarks: NDArray[np.float32]) -> FaceImage:
    box, margin = face.box, _MARGIN * face.box.height
    left, top = max(int(box.left - margin), 0), max(int(box.top - margin), 0)
    right, bottom = (round(v + margin) for v in (box.left + box.width, box.top + box.height))
    cut = picture[top:bottom, left:right]
    image = at_most(cut, LARGEST)  # a copy, so that the picture need not be kept
    zoom = image.shape[1] / cut.shape[1]
    return FaceImage(image, (landmarks - np.array([left, top], np.float32)) * np.float32(zoom))
