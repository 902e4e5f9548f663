"""Takes a smile out of the skin: the folds beside the mouth, and the shades on the cheeks."""

import cv2
import numpy as np

from fer_video.perf.demo.canvas import Image, Mask, blurred, blurred_within, filled, mixed, stroke
from fer_video.perf.demo.features import FOLDS, NOSE, SKIN, SMILE

_FOLD = 8.3
"""Width of a fold; as the next two, in pixels of the portrait."""
_SHADE = 8.0
"""Size of the largest shade that goes."""
_GRAIN = 0.5
"""Size of the largest grain of the skin that stays."""
_GONE = 0.75
"""Share of a shade that goes."""


def calmed(smiling: Image) -> Image:
    """The face with the skin that it has at rest; its features stay where they are."""
    smooth, skin = _without_folds(smiling), filled(SKIN) * (1 - filled(NOSE)) * (1 - _mouth())
    shade = blurred_within(smooth, skin, _GRAIN) - blurred_within(smooth, skin, _SHADE)
    inner = np.asarray(cv2.erode(skin, np.ones((5, 5))), np.float32)
    share = _GONE * blurred(inner, 1.0) * skin
    return np.asarray(np.clip(smooth - share[..., None] * shade, 0, 255), np.float32)


def _without_folds(smiling: Image) -> Image:
    folds = np.maximum(*(stroke(fold, _FOLD) for fold in FOLDS)) * (1 - _mouth())
    around = cv2.inpaint(
        smiling.astype(np.uint8), folds.astype(np.uint8), 3, flags=cv2.INPAINT_TELEA
    )
    return mixed(smiling, blurred(np.asarray(around, np.float32), 1.3), blurred(folds, 0.7))


def _mouth() -> Mask:
    beside, over, under = np.array([1.0, 0.0]), np.array([0.0, -1.7]), np.array([0.0, 1.3])
    left, right = SMILE.corners
    upper, lower = SMILE.upper_edge + over, SMILE.lower_edge[::-1] + under
    return filled(np.array([left - beside, *upper, right + beside, *lower]))
