"""Where the landmarks of training faces are, so that crops can be cut as the engine cuts them."""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from fer_video.engine.detect.stage import Detector
from fer_video.engine.faces import Landmarks
from fer_video.exporters.data.datasets import Image

_MARGIN = 0.3
"""Border around a tight crop, in its sides: detectors miss faces that touch the picture's edge."""


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


def save_landmarks(path: Path, landmarks: list[Landmarks | None]) -> None:
    """Keep them for a training that is resumed; NaN stands for none."""
    none = np.full((5, 2), np.nan, np.float32)
    np.save(path, np.stack([none if points is None else points for points in landmarks]))


def load_landmarks(path: Path) -> list[Landmarks | None]:
    """What `save_landmarks` wrote."""
    stored = np.load(path)
    return [None if np.isnan(points[0, 0]) else points for points in stored]
