"""Where to cut a face out, upright and always with the same margin."""

from math import hypot

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.faces.face import Box, Face, Landmarks

BOX_SIDE = 1.2
"""Side of the crop in box heights, where a detector gives no landmarks."""
_SMALLEST = 1.0
"""Least distance in pixels from eyes to mouth, and least height of a box, so that even a face
without size has a crop."""


def crop_affine(
    face: Face, side: int, crop_scale: float, crop_shift: float, pixel_aspect: float = 1.0
) -> NDArray[np.float32]:
    """The map from the pixels of a square crop to the pixels of the picture.

    With landmarks the crop is upright and its size is a multiple of the distance between the
    eyes' and the mouth's middle, which, unlike the distance between the eyes, keeps its length
    when the head turns. Without landmarks it is the square around the box. An absurdly large face
    has an absurdly large crop; what samples it takes no more than `kernels/sample.py` allows.

    Args:
        face: box, and landmarks if there are any, in pixels of the picture.
        side: of the crop, in its own pixels.
        crop_scale: see `ModelCard.crop_scale`.
        crop_shift: see `ModelCard.crop_shift`.
        pixel_aspect: width over height of one pixel of the picture on screen; the crop's pixels
            are square.

    Returns:
        (2, 3) float32: picture (x, y) = matrix @ (crop x, crop y, 1), both in units where pixel
        centres lie at whole numbers.
    """
    wide = np.array([pixel_aspect, 1], np.float32)
    if face.landmarks is None:
        x, y, down_x, down_y = _of_box(face.box, crop_scale, pixel_aspect)
    else:
        x, y, down_x, down_y = _of_landmarks(face.landmarks * wide, crop_shift)
    a, b = down_y * crop_scale / side, down_x * crop_scale / side
    half = (side - 1) / 2
    matrix = np.array([[a, b, x - (a + b) * half], [-b, a, y - (a - b) * half]], np.float32)
    return matrix / wide[:, None]


def _of_landmarks(landmarks: Landmarks, shift: float) -> tuple[float, float, float, float]:
    """Centre of the crop, and the vector from eyes to mouth turned to the face's upright."""
    (right_x, right_y), (left_x, left_y), _, right_mouth, left_mouth = landmarks.tolist()
    eyes_x, eyes_y = (right_x + left_x) / 2, (right_y + left_y) / 2
    mouth_x, mouth_y = (right_mouth[0] + left_mouth[0]) / 2, (right_mouth[1] + left_mouth[1]) / 2
    drop_x, drop_y = mouth_x - eyes_x, mouth_y - eyes_y
    upright_x, upright_y = drop_x - (left_y - right_y), drop_y + (left_x - right_x)
    size = hypot(upright_x, upright_y)
    if size < 1e-6:  # all landmarks in one point, or each eye on the other's side: no way is up
        upright_y = size = 1.0
    length = max(hypot(drop_x, drop_y), _SMALLEST) / size
    down_x, down_y = upright_x * length, upright_y * length
    x, y = (eyes_x + mouth_x) / 2 + shift * down_x, (eyes_y + mouth_y) / 2 + shift * down_y
    return x, y, down_x, down_y


def _of_box(box: Box, crop_scale: float, pixel_aspect: float) -> tuple[float, float, float, float]:
    x, y = (box.left + box.width / 2) * pixel_aspect, box.top + box.height / 2
    return x, y, 0.0, BOX_SIDE * max(box.height, _SMALLEST) / crop_scale
