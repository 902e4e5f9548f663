"""Where a face is in a picture, in pixels of the upright picture."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Landmarks: TypeAlias = NDArray[np.float32]
"""(5, 2) float32, x and y in pixels: the person's right eye, left eye, nose, right mouth corner,
left mouth corner."""


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle in pixels; it may reach beyond the picture's border."""

    left: float
    top: float
    width: float
    height: float

    @property
    def area(self) -> float:
        """Square pixels."""
        return self.width * self.height

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
    """Number that stays with the face from frame to frame; None before tracking."""
