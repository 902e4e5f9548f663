"""How a face is cut out of its image, turned, and what is painted where there is none."""

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_video.engine.faces.crop import crop_affine
from fer_video.engine.faces.face import Box, Face, Landmarks
from fer_video.exporters.data.datasets import Image

Affine = NDArray[np.float32]
"""(2, 3) float32, as `crop_affine` gives it: picture (x, y) = matrix @ (crop x, crop y, 1)."""
BORDERS = (cv2.BORDER_REPLICATE, cv2.BORDER_REFLECT_101, cv2.BORDER_CONSTANT)
"""What OpenCV may put beside a picture."""
_BLACK = 12
"""Grey level up to which a pixel beside the picture's border may belong to a painted background."""


def painted_background(image: Image) -> NDArray[np.bool_] | None:
    """The black region that reaches the corners, grown by two pixels against compression's fringe.

    Returns:
        (H, W) bool, or None where fewer than three corners are black.
    """
    height, width = image.shape[:2]
    corners = [(0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1)]
    black = [corner for corner in corners if image[corner[1], corner[0]].max() <= _BLACK]
    if len(black) < 3:
        return None
    dark = (image.max(axis=2) <= _BLACK).astype(np.uint8)
    for corner in black:
        cv2.floodFill(dark, None, corner, (2,))
    grown = cv2.dilate((dark == 2).astype(np.uint8), np.ones((5, 5), np.uint8))
    return grown.astype(bool)


def plain_affine(shape: tuple[int, ...], side: int) -> Affine:
    """The map from a crop to the whole image, corner to corner, as a resize does it."""
    height, width = shape[:2]
    across, down = width / side, height / side
    return np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2]], np.float32)


def aligned_affine(landmarks: Landmarks, side: int, crop_scale: float, crop_shift: float) -> Affine:
    """The map from a crop to the image that the engine uses for a face with these landmarks."""
    face = Face(Box(0.0, 0.0, 0.0, 0.0), 1.0, landmarks)
    return crop_affine(face, side, crop_scale, crop_shift)


def warp(image: Image, affine: Affine, side: int, border: int = cv2.BORDER_REPLICATE) -> Image:
    """Cut a crop.

    Returns:
        (side, side, 3) uint8, bilinear.
    """
    image, affine = _averaged(image, affine)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(image, affine, (side, side), flags=flags, borderMode=border), np.uint8
    )


def _averaged(image: Image, affine: Affine) -> tuple[Image, Affine]:
    """The image nearer to the crop's size, and the map into that.

    As in the engine, a face that is larger than its crop is averaged over whole pixels first, so
    that nothing aliases; smaller ones stay as they are.
    """
    factor = int(np.linalg.norm(affine[:, :2], axis=0).min())
    if factor < 2:
        return image, affine
    height, width = (max(length // factor, 1) for length in image.shape[:2])
    whole = image[: height * factor, : width * factor]  # other sizes take ten times as long
    small = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)
    middle = np.array([[0, 0, (factor - 1) / 2]] * 2)
    return np.asarray(small, np.uint8), ((affine - middle) / factor).astype(np.float32)


def fill(image: Image, background: NDArray[np.bool_], rng: np.random.Generator) -> Image:
    """Put one colour with a slope and coarse texture where the background is true.

    Args:
        image: (H, W, 3) uint8, RGB.
        background: (H, W) bool, as `painted_background` gives it.
        rng: chooses colour and texture.

    Returns:
        (H, W, 3) uint8, RGB.
    """
    height, width = background.shape
    coarse = rng.normal(rng.uniform(20, 235), rng.uniform(0, 50), (4, 4, 3))
    if rng.random() < 0.5:
        coarse = np.repeat(coarse.mean(axis=2, keepdims=True), 3, axis=2)
    scene = cv2.resize(coarse.clip(0, 255).astype(np.uint8), (width, height))
    return np.where(background[..., None], scene, image)


def paint_hull(crop: Image, rng: np.random.Generator) -> Image:
    """Black outside an ellipse about where the face is."""
    side = crop.shape[0]
    mask = np.zeros((side, side), np.uint8)
    centre = np.array([0.5, 0.52]) + rng.uniform(-0.03, 0.03, 2)
    axes = rng.uniform((0.36, 0.42), (0.46, 0.52))
    angle = rng.uniform(-12, 12)
    box = (tuple(float(v) for v in centre * side), tuple(float(v) for v in axes * 2 * side), angle)
    cv2.ellipse(mask, box, (1,), thickness=-1)
    return crop * mask[..., None]
