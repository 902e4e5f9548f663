"""Faces as training reads them: cropped, plain or upright, and normalised."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_video.exporters.augment.augmentation import (
    FaceImage,
    aligned_affine,
    plain_affine,
    warp,
)
from fer_video.exporters.data.datasets import Image


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Decoded faces of one split of one data set."""

    name: str
    """Name of the data set, for figures and records."""
    images: tuple[FaceImage, ...]
    """(n,) decoded faces."""
    targets: NDArray[np.float32]
    """(n, 5) float32: what to learn of each face; rows that sum to 1."""
    labels: NDArray[np.intp]
    """(n,) index into EXPRESSIONS: what to measure by."""


def normalise(crops: Image | NDArray[np.uint8]) -> NDArray[np.float32]:
    """Grey levels 0..255 to [-1, 1], as the card says."""
    return np.asarray((crops.astype(np.float32) - 127.5) * np.float32(1 / 127.5))


def plain_crops(faces: Faces, side: int) -> Iterator[Image]:
    """Each image as it is, resized to (side, side, 3) uint8."""
    for face in faces.images:
        yield warp(face.image, plain_affine(face.image.shape, side), side)


def aligned_crops(faces: Faces, side: int, crop_scale: float, crop_shift: float) -> Iterator[Image]:
    """Each face as the engine cuts it; as it is where no landmarks are known."""
    for face in faces.images:
        if face.landmarks is None:
            affine = plain_affine(face.image.shape, side)
        else:
            affine = aligned_affine(face.landmarks, side, crop_scale, crop_shift)
        yield warp(face.image, affine, side)
