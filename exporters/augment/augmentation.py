"""One face, many crops: how it is framed, what is behind it, and what a camera does to it."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_video.engine.faces.face import Landmarks
from fer_video.exporters.augment.degradation import (
    add_noise,
    blur,
    compress,
    lower_resolution,
    occlude,
    relight,
    tint,
    to_gray,
)
from fer_video.exporters.augment.parts import hide_parts
from fer_video.exporters.augment.warping import (
    BORDERS,
    Affine,
    aligned_affine,
    fill,
    paint_hull,
    plain_affine,
    warp,
)
from fer_video.exporters.data.datasets import Image


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How far a training crop may differ from its source."""

    rotation: float = 12.0
    """Largest rotation to either side, in degrees."""
    zoom: tuple[float, float] = (0.62, 1.35)
    """Smallest and largest side of the crop, in sides of the plain crop: below 1 is tighter."""
    shift: float = 0.08
    """Largest shift in either direction, in sides of the crop."""
    flip: float = 0.5
    """Probability of mirroring a crop."""
    aligned: float = 0.5
    """Probability of cutting a face with landmarks as the engine cuts it, rather than as it is."""
    gray: float = 0.5
    """Probability of taking the colours out of a crop."""
    light: float = 0.6
    """Probability of another gamma, contrast and brightness."""
    colour: float = 0.4
    """Probability of another white balance."""
    blur: float = 0.15
    """Probability of a Gaussian blur."""
    noise: float = 0.2
    """Probability of a sensor's noise."""
    jpeg: float = 0.2
    """Probability of JPEG compression."""
    low_resolution: float = 0.35
    """Probability of shrinking a crop and enlarging it again."""
    occlusion: float = 0.2
    """Probability of a rectangle that covers a part of the face."""
    background: float = 0.6
    """Probability of replacing a background that was painted black."""
    parts: float = 0.0
    """Probability of blurring all but some of eyes, nose and mouth."""
    hull: float = 0.12
    """Probability of painting any other picture black outside an ellipse, so that black tells
    nothing."""


CAMERA = Augmentation()
"""Augmentation of the recipe `best`: what cameras, rooms and codecs do."""

GENTLE = Augmentation(
    rotation=10.0,
    zoom=(0.75, 1.2),
    shift=0.06,
    light=0.4,
    colour=0.2,
    blur=0.1,
    noise=0.1,
    jpeg=0.1,
    low_resolution=0.2,
    occlusion=0.1,
    hull=0.06,
)
"""Augmentation of the last phases of the recipe `best`: nearer to the faces as they come."""

PAPER = Augmentation(
    rotation=20.0,
    zoom=(0.8, 1.2),
    shift=0.1,
    aligned=0.0,
    gray=0.0,
    light=0.0,
    colour=0.0,
    blur=0.0,
    noise=0.0,
    jpeg=0.0,
    low_resolution=0.0,
    occlusion=0.0,
    background=0.0,
    hull=0.0,
)
"""Augmentation of the recipe `paper`: rotation, zoom, flip and shift, whose amounts the paper does
not name."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceImage:
    """A decoded sample and what its crops are made from."""

    image: Image
    """(H, W, 3) uint8, RGB."""
    landmarks: Landmarks | None = None
    """Landmarks of the face in the image's pixels; None where they are not known."""
    background: NDArray[np.bool_] | None = field(default=None)
    """(H, W) bool, true where the background was painted black; None where it was not."""
    name: str = ""
    """The path inside its data set, by which a teacher's opinion is found again."""


class Augmenter:
    """Makes training crops of faces.

    Args:
        settings: how far they may differ from the source.
        side: of the crops, in pixels.
        crop_scale: see `ModelCard.crop_scale`.
        crop_shift: see `ModelCard.crop_shift`.
    """

    def __init__(
        self, settings: Augmentation, side: int, crop_scale: float, crop_shift: float
    ) -> None:
        self._settings = settings
        self._side = side
        self._crop = (crop_scale, crop_shift)

    def __call__(self, face: FaceImage, rng: np.random.Generator) -> Image:
        """One crop at random.

        Returns:
            (side, side, 3) uint8, RGB.
        """
        settings = self._settings
        image = face.image
        if face.background is not None and rng.random() < settings.background:
            image = fill(image, face.background, rng)
        affine = self._plain(face, rng) @ self._jitter(rng)
        border = BORDERS[rng.integers(3)] if settings.aligned else cv2.BORDER_REPLICATE
        crop = warp(image, affine.astype(np.float32), self._side, border)
        if face.landmarks is not None and rng.random() < settings.parts:
            crop = hide_parts(crop, _seen_in(affine, face.landmarks), rng)
        if rng.random() < settings.flip:
            crop = np.asarray(cv2.flip(crop, 1), np.uint8)
        if face.background is None and rng.random() < settings.hull:
            crop = paint_hull(crop, rng)
        return self._degrade(crop, rng)

    def _plain(self, face: FaceImage, rng: np.random.Generator) -> Affine:
        if face.landmarks is not None and rng.random() < self._settings.aligned:
            return aligned_affine(face.landmarks, self._side, *self._crop)
        return plain_affine(face.image.shape, self._side)

    def _degrade(self, crop: Image, rng: np.random.Generator) -> Image:
        """Light first, then what lies between the face and the file, in the order of a camera."""
        settings = self._settings
        steps = (
            (settings.gray, to_gray),
            (settings.colour, tint),
            (settings.light, relight),
            (settings.occlusion, occlude),
            (settings.blur, blur),
            (settings.low_resolution, lower_resolution),
            (settings.noise, add_noise),
            (settings.jpeg, compress),
        )
        for probability, step in steps:
            if rng.random() < probability:
                crop = step(crop, rng)
        return crop

    def _jitter(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """(3, 3) map of the crop onto itself: turned, zoomed and shifted about its centre."""
        settings, centre = self._settings, (self._side - 1) / 2
        angle = rng.uniform(-settings.rotation, settings.rotation)
        low, high = settings.zoom
        zoom = float(np.exp(rng.uniform(np.log(low), np.log(high))))
        turn = np.vstack([cv2.getRotationMatrix2D((centre, centre), angle, zoom), [0.0, 0.0, 1.0]])
        turn[:2, 2] += rng.uniform(-settings.shift, settings.shift, 2) * self._side
        return np.asarray(turn, np.float64)


def _seen_in(affine: NDArray[np.float64], landmarks: Landmarks) -> Landmarks:
    """Where the landmarks of the picture are in the crop."""
    inverse = cv2.invertAffineTransform(affine)
    return np.asarray(landmarks @ inverse[:, :2].T + inverse[:, 2], np.float32)
