"""Faces as training reads them: cropped, plain or upright, and normalised."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fer_video.exporters.augment.augmentation import FaceImage
from fer_video.exporters.augment.warping import aligned_affine, plain_affine, warp
from fer_video.exporters.data.datasets import Image


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Decoded faces of one split of one data set."""

    name: str
    """Name of the data set, for figures and records."""
    images: tuple[FaceImage, ...]
    """(n,) decoded faces."""
    targets: NDArray[np.float32]
    """(n, labels) float32: what to learn of each face; rows that sum to 1."""
    labels: NDArray[np.intp]
    """(n,) index of the label: what to measure by; one past the last of a face that shows none of
    them, whose target is flat."""

    @property
    def known(self) -> NDArray[np.bool_]:
        """(n,) bool: which faces show one of the labels."""
        return np.asarray(self.labels < self.targets.shape[1])


def chosen(faces: Faces, rows: NDArray[np.bool_]) -> Faces:
    """Some of the faces.

    Args:
        faces: of one data set.
        rows: (n,) bool, true for those that stay.
    """
    images = tuple(face for face, stays in zip(faces.images, rows, strict=True) if stays)
    return replace(faces, images=images, targets=faces.targets[rows], labels=faces.labels[rows])


def joined(parts: Sequence[Faces]) -> Faces:
    """The faces of several parts of one data set."""
    return replace(
        parts[0],
        images=tuple(face for part in parts for face in part.images),
        targets=np.concatenate([part.targets for part in parts]),
        labels=np.concatenate([part.labels for part in parts]),
    )


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


def both_views(
    faces: Faces, side: int, crop_scale: float, crop_shift: float, *, mirrored: bool
) -> tuple[Iterator[Image], Iterator[Image]]:
    """Each face as its image frames it, and as the engine cuts it, which may be mirrored."""
    upright = aligned_crops(faces, side, crop_scale, crop_shift)
    if mirrored:
        upright = (np.ascontiguousarray(crop[:, ::-1]) for crop in upright)
    return plain_crops(faces, side), upright
