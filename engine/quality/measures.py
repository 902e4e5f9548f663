"""How well a face is to be seen, by cheap measures in the spirit of ISO/IEC 29794-5:2025.

Exposure, dynamic range and evenness of the light are as its reference software OFIQ has them, on
fewer grey levels. Sharpness is measured at the size at which the networks see a face, so that a
small face, which is enlarged for them, counts as blurred.
"""

from math import atan, degrees, hypot

import numpy as np

from fer_video.engine.faces.crop import crop_affine
from fer_video.engine.faces.face import Face, Landmarks
from fer_video.engine.faces.quality import Quality
from fer_video.engine.frames.frame import Frame
from fer_video.engine.kernels.view import view
from fer_video.engine.quality.kernels import light, sharpness

_SIDE, _SCALE, _SHIFT = 80, 2.0, -0.05
"""The square that is measured: its side in pixels, and in distances from eyes to mouth, see
`crop_affine`. It shows the face without its surroundings."""
_NOSE = 0.6
"""How far the tip of the nose stands out, in distances between the eyes."""


def measure(frame: Frame, face: Face) -> Quality:
    """Measure a face on the luma of its frame.

    Args:
        frame: with the picture as it was taken, nothing drawn on it.
        face: in pixels of the frame.
    """
    square = np.empty((_SIDE, _SIDE), np.float32)
    view(frame.luma, crop_affine(face, _SIDE, _SCALE, _SHIFT, frame.pixel_aspect), square)
    exposure, dynamic_range, evenness = light(square, *_levels(frame))
    distance, turn = (None, None) if face.landmarks is None else _pose(face.landmarks, frame)
    sharp = sharpness(square)
    return Quality(distance, turn, sharp, exposure, dynamic_range, evenness)


def _levels(frame: Frame) -> tuple[float, float]:
    """Grey level of black, and levels from black to white."""
    return (0.0, 255.0) if frame.colour.full_range else (16.0, 219.0)


def _pose(landmarks: Landmarks, frame: Frame) -> tuple[float, float]:
    """Pixels between the eyes, and degrees of turn by the nose's offset from their middle."""
    (right_x, right_y), (left_x, left_y), (nose_x, nose_y), _, _ = landmarks.tolist()
    wide = frame.pixel_aspect
    across, down = (left_x - right_x) * wide, left_y - right_y
    distance = hypot(across, down)
    if distance < 1:
        return distance, 90.0
    offset_x, offset_y = (nose_x - (right_x + left_x) / 2) * wide, nose_y - (right_y + left_y) / 2
    offset = (offset_x * across + offset_y * down) / distance**2
    return distance, degrees(atan(offset / _NOSE))
