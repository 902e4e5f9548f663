"""Where the landmarks of training faces are, so that crops can be cut as the engine cuts them."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from fer_video.engine.detect.stage import Detector
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.faces.face import Landmarks
from fer_video.engine.network.models import find_model
from fer_video.engine.options.detect import DetectOptions
from fer_video.engine.options.session import SessionOptions
from fer_video.exporters.data.arrays import read_arrays
from fer_video.exporters.data.atomic import make_folder, replacing
from fer_video.exporters.data.datasets import Image
from fer_video.exporters.data.fingerprint import (
    file_fingerprint,
    joint_fingerprint,
    picture_fingerprint,
)

_MARGIN = 0.3
"""Border around a tight crop, in its sides: detectors miss faces that touch the picture's edge."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LandmarkFinder:
    """A detector that gives landmarks, and what tells its landmarks from another's."""

    detector: Detector
    """Of the engine."""
    identity: str
    """Fingerprint of its file and settings."""

    @classmethod
    def load(cls, model: str, size: int) -> "LandmarkFinder":
        """The engine's detector.

        Args:
            model: a name of the package or an .onnx file.
            size: longer side, in pixels, of the picture that the network sees.

        Raises:
            ModelError: it is no YuNet-style detector.
        """
        detector = YuNetDetector(DetectOptions(model=model, size=size), SessionOptions())
        identity = joint_fingerprint([file_fingerprint(find_model(model)), size, _MARGIN])
        return cls(detector, identity)


def find_landmarks(images: Iterable[Image], detector: Detector) -> list[Landmarks | None]:
    """Detect the face of each image.

    Args:
        images: each (H, W, 3) uint8, RGB, of one face.
        detector: of the engine.

    Returns:
        Landmarks in pixels of the image; None where no face was found.
    """
    return [_landmarks_of(image, detector) for image in images]


def _landmarks_of(image: Image, detector: Detector) -> Landmarks | None:
    margin = round(_MARGIN * max(image.shape[:2]))
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    bordered = cv2.copyMakeBorder(gray, *(margin,) * 4, borderType=cv2.BORDER_REPLICATE)
    faces = detector(np.asarray(bordered, np.uint8), full_range=True)
    largest = max(faces, key=lambda face: face.box.area, default=None)
    if largest is None or largest.landmarks is None:
        return None
    return largest.landmarks - np.float32(margin)


def cached_landmarks(
    images: Sequence[Image], finder: LandmarkFinder, cache: Path
) -> list[Landmarks | None]:
    """The landmarks of each image, out of a file if it holds those of these very images.

    Args:
        images: each (H, W, 3) uint8, RGB, of one face.
        finder: finds what the file does not hold.
        cache: an .npz file, which is written anew where it is missing, damaged, or of other images
            or of another detector.

    Returns:
        As `find_landmarks`.

    Raises:
        OutputError: the file cannot be written.
    """
    key = joint_fingerprint([finder.identity, *map(picture_fingerprint, images)])
    found = _load(cache, key, len(images))
    if found is None:
        found = find_landmarks(images, finder.detector)
        _save(cache, key, found)
    return found


def _load(cache: Path, key: str, count: int) -> list[Landmarks | None] | None:
    """None where the file does not hold what is wanted; why is logged, if there is a file."""
    if not cache.is_file():
        return None
    try:
        stored = read_arrays(cache)
        of, points = str(stored["key"]), np.asarray(stored["points"], np.float32)
    except (ValueError, TypeError, KeyError) as error:
        log.warning("%s: is damaged (%s); landmarks are detected anew", cache, error)
        return None
    if of != key or points.shape != (count, 5, 2):
        log.warning("%s: is of other images or detectors; landmarks are detected anew", cache)
        return None
    return [None if np.isnan(point[0, 0]) else point for point in points]


def _save(cache: Path, key: str, landmarks: Sequence[Landmarks | None]) -> None:
    """NaN stands for none."""
    none = np.full((5, 2), np.nan, np.float32)
    points = np.array([none if p is None else p for p in landmarks], np.float32)
    make_folder(cache.parent)
    with replacing(cache) as path, path.open("wb") as file:
        np.savez(file, key=np.array(key), points=points.reshape(-1, 5, 2))
