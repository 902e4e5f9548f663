"""Where to cut a face out: upright, always with the same margin; shared with training."""

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.faces import Box, Face, Landmarks

BOX_SIDE = 1.2
"""Side of the crop in box heights, where a detector gives no landmarks."""


def crop_affine(face: Face, side: int, crop_scale: float, crop_shift: float) -> NDArray[np.float32]:
    """The map from the pixels of a square crop to the pixels of the picture.

    With landmarks the crop is upright and its size is a multiple of the distance between the
    eyes' and the mouth's middle, which, unlike the distance between the eyes, keeps its length
    when the head turns. Without landmarks it is the square around the box.

    Args:
        face: box, and landmarks if there are any, in pixels of the picture.
        side: of the crop, in its own pixels.
        crop_scale: see `ModelCard.crop_scale`.
        crop_shift: see `ModelCard.crop_shift`.

    Returns:
        (2, 3) float32: picture (x, y) = matrix @ (crop x, crop y, 1), both in units where pixel
        centres lie at whole numbers.
    """
    if face.landmarks is None:
        centre, down = _of_box(face.box, crop_scale)
    else:
        centre, down = _of_landmarks(face.landmarks, crop_shift)
    step = down * (crop_scale / side)
    matrix = np.array([[step[1], step[0]], [-step[0], step[1]]], np.float32)
    origin = centre - matrix @ np.full(2, (side - 1) / 2, np.float32)
    return np.column_stack([matrix, origin]).astype(np.float32)


def _of_landmarks(landmarks: Landmarks, shift: float) -> tuple[NDArray[np.float32], ...]:
    """Centre of the crop, and the vector from eyes to mouth turned to the face's upright."""
    right_eye, left_eye, _, right_mouth, left_mouth = landmarks
    eyes, mouth = (right_eye + left_eye) / 2, (right_mouth + left_mouth) / 2
    drop = mouth - eyes
    across = left_eye - right_eye
    upright = drop + np.array([-across[1], across[0]], np.float32)
    length = max(float(np.hypot(*drop)), 1.0)
    down = upright * (length / max(float(np.hypot(*upright)), 1e-6))
    return (eyes + mouth) / 2 + shift * down, down


def _of_box(box: Box, crop_scale: float) -> tuple[NDArray[np.float32], ...]:
    centre = np.array([box.left + box.width / 2, box.top + box.height / 2], np.float32)
    return centre, np.array([0.0, BOX_SIDE * box.height / crop_scale], np.float32)
