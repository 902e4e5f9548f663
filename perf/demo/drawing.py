"""Draws an expression: the skin moved with its features, and a mouth that opens and closes."""

import numpy as np
from numpy.typing import NDArray

from fer_video.perf.demo.calm import calmed
from fer_video.perf.demo.canvas import (
    GRID,
    PART,
    Image,
    Mask,
    X,
    Y,
    blurred,
    enlarged,
    mixed,
    step,
    taken,
)
from fer_video.perf.demo.face import Expression
from fer_video.perf.demo.features import SMILE, Lips, Points
from fer_video.perf.demo.warp import thin_plate

_TEETH = 205.8, 238.8
"""Where the portrait's teeth begin and end."""
_DARK, _RED = np.array([58, 20, 20], np.float32), np.array([60, 22, 24], np.float32)
"""Behind the teeth, and how much lighter it is at the lower lip."""
_SEAM = np.array([110, 50, 45], np.float32)
"""Where lips meet."""
_UPPER_LIP = np.array([178, 104, 100], np.float32)
"""At rest."""
_LOWER_LIP = np.array([205, 125, 122], np.float32)
"""At rest."""


class Mouth:
    """The lips as lines from the left of the face to its right, (1, W) float32 each."""

    def __init__(self, lips: Lips) -> None:
        """Lay lines through the points of the lips; the lower one stays below the upper."""
        self.corners = lips.corners
        self.upper, self.upper_edge = self._line(lips.upper), self._line(lips.upper_edge)
        self.lower: Mask = np.maximum(self._line(lips.lower), self.upper)
        self.lower_edge = self._line(lips.lower_edge)
        self.gap: Mask = self.lower - self.upper
        self.middle: Mask = self.upper + self.gap / np.float32(2)
        left, right = lips.corners[:, 0]
        self.beyond = np.asarray(np.maximum(np.maximum(left - X, X - right), 0), np.float32)
        """Distance from the nearer corner, outside of the mouth."""
        self.within = np.asarray(self.beyond == 0, np.float32)
        """1 from corner to corner."""
        self.tapered = self.within * step(np.minimum(X - left, right - X) / 5 + 0.4)
        """The same, less towards the corners."""

    def _line(self, points: Points) -> NDArray[np.float32]:
        places, centre = np.concatenate([self.corners, points]), self.corners[:, 0].mean()
        weights = np.array([3.0, 3.0, *np.ones(len(points))])
        curve = np.polyfit(places[:, 0] - centre, places[:, 1], 4, w=weights)
        inside = np.clip(X, self.corners[0, 0], self.corners[1, 0]) - centre
        return np.polyval(curve, inside).astype(np.float32)


class Sitter:
    """A portrait that shows what it is asked for."""

    def __init__(self, portrait: NDArray[np.uint8]) -> None:
        """Take a portrait, (H, W, 3) uint8, RGB: the one whose points `face.py` has."""
        self._picture = enlarged(portrait)
        self._smiling = self._picture[PART].copy()
        self._calm, self._teeth = calmed(self._smiling), _teeth(Mouth(SMILE))

    def show(self, expression: Expression) -> NDArray[np.uint8]:
        """The portrait with this expression, `SCALE` times as large: (H, W, 3) uint8, RGB."""
        mouth = Mouth(expression.lips())
        skin, inside = self._skin(expression, mouth), self._inside(expression.teeth, mouth)
        face = mixed(mixed(skin, inside, _opening(mouth)), _SEAM, _seam(mouth))
        picture = self._picture.copy()
        picture[PART] = _coloured(face, mouth, expression.calm)
        return np.asarray(np.clip(picture + 0.5, 0, 255), np.uint8)

    def _skin(self, expression: Expression, mouth: Mouth) -> Image:
        """What is above the mouth and what is below it, each moved with its own lip."""
        texture = mixed(self._smiling, self._calm, expression.calm)
        (here, there), lips = expression.moved(), expression.lips()
        above, below = (
            taken(
                texture, thin_plate(np.concatenate([here, of]), np.concatenate([there, to]), GRID)
            )
            for of, to in ((SMILE.above, lips.above), (SMILE.below, lips.below))
        )
        return mixed(above, below, step((Y - mouth.middle) / (0.5 + 3 * mouth.beyond) + 0.5))

    def _inside(self, teeth: float, mouth: Mouth) -> Image:
        """The portrait's teeth, so much lower, and the dark around them."""
        places = GRID - np.array([0, teeth], np.float32)
        depth = np.clip((Y - mouth.upper) / np.maximum(mouth.gap, 0.2), 0, 1)[..., None]
        dark = np.asarray(_DARK + _RED * depth**2, np.float32)
        return mixed(dark, taken(self._smiling, places), taken(self._teeth, places))


def _teeth(smile: Mouth) -> Mask:
    """Where the portrait shows teeth."""
    along = step((X - _TEETH[0]) / 2.3) * step((_TEETH[1] - X) / 2.3)
    return step(Y - smile.upper + 0.2) * step((smile.lower - Y) / 0.9 + 0.5) * along


def _opening(mouth: Mouth) -> Mask:
    between = step((Y - mouth.upper) / 0.7 + 0.25) * step((mouth.lower - Y) / 0.7 + 0.25)
    return between * step(mouth.gap / 1.3) * mouth.within


def _seam(mouth: Mouth) -> Mask:
    line: Mask = 0.55 * np.exp(-(((Y - mouth.middle) / 0.53) ** 2)).astype(np.float32)
    return line * mouth.tapered * (1 - step(mouth.gap / 1.7))


def _coloured(face: Image, mouth: Mouth, share: float) -> Image:
    """Give lips that no smile stretches their colour back."""
    upper = step((Y - mouth.upper_edge) / 0.8 + 0.5) * step((mouth.upper - Y) / 0.7 + 0.5)
    lower = step((Y - mouth.lower) / 0.7 + 0.5) * step((mouth.lower_edge - Y) / 1.5 + 0.5)
    face = mixed(face, _tinted(face, _UPPER_LIP), 0.25 * share * upper * mouth.tapered)
    return mixed(face, _tinted(face, _LOWER_LIP), 0.35 * share * lower * mouth.tapered)


def _tinted(face: Image, colour: NDArray[np.float32]) -> Image:
    soft = blurred(face, 1.7)
    light = np.sqrt(soft.mean(axis=2, keepdims=True) / colour.mean())
    return np.asarray(colour * light + 0.7 * (face - soft), np.float32)
