"""Parts of a face, hidden at random: a network that has seen faces in part says what a part says.

What each part of a face adds to a reading is measured by hiding the others. To a network that has
never seen a hidden part, such a picture is none that it learnt from, and what it says means little.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_video.engine.faces.face import Landmarks
from fer_video.engine.faces.regions import ELLIPSES
from fer_video.engine.parts.hiding import BLUR
from fer_video.exporters.data.datasets import Image

_SMALL = 36
"""Side in pixels of the picture that is blurred."""
_PARTS = [ELLIPSES[name] for name in ("right_eye", "left_eye", "nose", "mouth")]
"""As the engine hides them."""


def hide_parts(crop: Image, landmarks: Landmarks, rng: np.random.Generator) -> Image:
    """Leave some or all of eyes, nose and mouth as they are, and blur all the rest.

    Args:
        crop: (side, side, 3) uint8, RGB.
        landmarks: (5, 2) float32, of the face in the crop.
        rng: chooses which parts, and how strongly the rest is blurred.

    Returns:
        (side, side, 3) uint8.
    """
    seen = rng.permutation(len(_PARTS))[: rng.integers(1, len(_PARTS) + 1)]
    mask = part_mask(crop.shape[0], landmarks, [int(part) for part in seen])
    hidden = _blurred(crop, rng.uniform(0.04, BLUR))
    mixed = hidden + (crop - hidden) * mask
    return np.asarray(mixed, np.uint8)


def _blurred(crop: Image, sigma: float) -> NDArray[np.float32]:
    """A strong blur, computed on a small picture: at full size it takes as long as a training step.

    Args:
        crop: (side, side, 3) uint8.
        sigma: of the Gaussian, in sides.
    """
    side = crop.shape[0]
    small = cv2.resize(crop, (_SMALL, _SMALL), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma * _SMALL)
    return cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC).astype(np.float32)


def part_mask(side: int, landmarks: Landmarks, parts: list[int]) -> NDArray[np.float32]:
    """Where parts of a face are.

    Args:
        side: of the crop, in pixels.
        landmarks: (5, 2) float32, of the face in the crop.
        parts: 0 and 1 for the eyes, 2 for the nose, 3 for the mouth.

    Returns:
        (side, side, 1) float32 in 0..1, with soft edges.
    """
    mask = np.zeros((side, side), np.uint8)
    across = landmarks[1] - landmarks[0]
    distance = max(float(np.hypot(*across)), 1.0)
    angle = float(np.degrees(np.arctan2(across[1], across[0])))
    upwards = np.array([across[1], -across[0]]) / distance
    for part in (_PARTS[number] for number in parts):
        centre = landmarks[list(part.owners)].mean(axis=0) + upwards * part.lift * distance
        axes = (2 * part.across * distance, 2 * part.down * distance)
        box = (tuple(float(v) for v in centre), axes, angle)
        cv2.ellipse(mask, box, (255,), thickness=-1)
    edge = max(int(0.2 * distance), 1)
    soft = cv2.blur(mask, (edge, edge))
    return np.asarray(soft / np.float32(255), np.float32)[..., None]
