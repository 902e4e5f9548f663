"""Where a face is in a picture, in pixels of the upright picture."""

from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Landmarks: TypeAlias = NDArray[np.float32]
"""(5, 2) float32, x and y in pixels: the person's right eye, left eye, nose, right mouth corner,
left mouth corner."""


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle in pixels; it may reach beyond the picture's border."""

    left: float
    """Pixels from the picture's left border to that of the rectangle."""
    top: float
    """Pixels from the picture's upper border to that of the rectangle."""
    width: float
    """Pixels across."""
    height: float
    """Pixels down."""

    def __post_init__(self) -> None:
        """Let nothing in that is no place, since all that is counted with it would be none either.

        Numbers of any kind become plain ones, as records need them.

        Raises:
            ValueError: a number is infinite or NaN, or none.
        """
        for name in ("left", "top", "width", "height"):
            object.__setattr__(self, name, _plain(name, getattr(self, name)))
        if not (isfinite(self.left + self.width) and isfinite(self.top + self.height)):
            raise ValueError(f"a box is made of finite numbers, not {self}")

    @property
    def area(self) -> float:
        """Square pixels."""
        return self.width * self.height

    def within(self, width: float, height: float) -> "Box":
        """The part of it that lies in a picture of this size; without area where none does."""
        left, right = (min(max(x, 0), width) for x in (self.left, self.left + self.width))
        top, bottom = (min(max(y, 0), height) for y in (self.top, self.top + self.height))
        return Box(left, top, right - left, bottom - top)

    def iou(self, other: "Box") -> float:
        """Intersection over union with `other`, 0..1."""
        across = min(self.left + self.width, other.left + other.width) - max(self.left, other.left)
        down = min(self.top + self.height, other.top + other.height) - max(self.top, other.top)
        if across <= 0 or down <= 0:
            return 0.0
        shared = across * down
        return shared / (self.area + other.area - shared)


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One detected face."""

    box: Box
    score: float
    """The detector's confidence, 0..1."""
    landmarks: Landmarks | None = None
    """The five points of the face; None where the detector gives none."""
    id: int | None = None
    """Number that stays with a person from frame to frame, and belongs to one face of one
    photograph alone; it counts from 1 within a source; None before the faces are told apart."""

    def __post_init__(self) -> None:
        """Let nothing in that is no place or no score, see `Box`.

        Raises:
            ValueError: a number is infinite or NaN, or none.
        """
        object.__setattr__(self, "score", _plain("score", self.score))
        if self.landmarks is not None:
            object.__setattr__(self, "landmarks", np.asarray(self.landmarks, np.float32))
        if not isfinite(self.score):
            raise ValueError(f"the score of a face is a finite number, not {self.score}")
        points = () if self.landmarks is None else self.landmarks.ravel().tolist()
        if not all(map(isfinite, points)):
            raise ValueError(f"landmarks are finite numbers, not {points}")

    def within(self, width: float, height: float) -> "Face":
        """The face with its box cut, and its landmarks moved, to a picture of this size."""
        points = self.landmarks
        if points is not None:
            points = np.clip(points, 0, np.array([width, height], np.float32))
        return replace(self, box=self.box.within(width, height), landmarks=points)

    def places(self) -> dict[str, Any]:
        """Box and landmarks as records have them, in hundredths of a pixel."""
        box, points = self.box, self.landmarks
        return {
            "box": [round(value, 2) for value in (box.left, box.top, box.width, box.height)],
            "landmarks": None
            if points is None
            else [[round(x, 2), round(y, 2)] for x, y in points.tolist()],
        }


def _plain(name: str, value: float) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} is {value!r}; give a number") from error
