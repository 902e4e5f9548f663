"""Where an expression puts the features of the portrait."""

from dataclasses import astuple, dataclass

import numpy as np

from fer_video.perf.demo.features import (
    BROWS,
    CHEEKS,
    CHIN,
    FIXED,
    HALF,
    JAW,
    LOWER_LIDS,
    MIDDLE,
    SMILE,
    UPPER_LIDS,
    Lips,
    Points,
)


@dataclass(frozen=True, slots=True)
class Expression:
    """How far the features are from where the smile has them: pixels of the portrait, downwards."""

    mouth: float = 1.0
    """Width of the mouth, in widths of the smile."""
    corners: float = 0.0
    """Corners of the mouth."""
    upper: float = 0.0
    """Middle of the upper lip, at its lower edge."""
    lower: float = 0.0
    """Middle of the lower lip, at its upper edge."""
    upper_edge: float = 0.0
    """Middle of the upper lip, where it meets the skin."""
    lower_edge: float = 0.0
    """Middle of the lower lip, where it meets the skin."""
    chin: float = 0.0
    """The chin; the jaw goes half the way."""
    cheeks: float = 0.0
    """The cheeks and the folds beside the mouth."""
    outer_brows: float = 0.0
    """The brows at the temples."""
    brows: float = 0.0
    """The brows in their middle."""
    inner_brows: float = 0.0
    """The brows at the nose."""
    upper_lids: float = 0.0
    """The upper lids."""
    lower_lids: float = 0.0
    """The lower lids."""
    teeth: float = 0.0
    """The teeth, which no skin moves."""
    calm: float = 0.0
    """Share of the smile's folds and shades that has gone, 0..1."""

    def towards(self, other: "Expression", share: float) -> "Expression":
        """The expression on the way to another, 0 for this one and 1 for that."""
        pairs = zip(astuple(self), astuple(other), strict=True)
        return Expression(*((1 - share) * one + share * two for one, two in pairs))

    def lips(self) -> Lips:
        """The mouth of this expression."""
        return Lips(
            corners=self._lip(SMILE.corners, 0.0),
            upper=self._lip(SMILE.upper, self.upper),
            upper_edge=self._lip(SMILE.upper_edge, self.upper_edge),
            lower=self._lip(SMILE.lower, self.lower),
            lower_edge=self._lip(SMILE.lower_edge, self.lower_edge),
        )

    def _lip(self, points: Points, middle: float) -> Points:
        """Moved as much as the corners there, as much as `middle` in the middle of the mouth."""
        aside = points[:, 0] - MIDDLE
        down = middle + (aside / HALF) ** 2 * (self.corners - middle)
        return np.stack([MIDDLE + aside * self.mouth, points[:, 1] + down], axis=1)

    def moved(self) -> tuple[Points, Points]:
        """What does not belong to the lips: in the portrait, and in this expression."""
        brows = self.outer_brows, self.brows, self.inner_brows
        brow = np.interp(np.linspace(0, 2, len(BROWS) // 2), (0, 1, 2), brows)
        parts = (
            (BROWS, np.tile(brow, 2)),
            (UPPER_LIDS, self.upper_lids),
            (LOWER_LIDS, self.lower_lids),
            (CHEEKS, self.cheeks),
            (CHIN, self.chin),
            (JAW, self.chin / 2),
            (FIXED, 0.0),
        )
        here = np.concatenate([points for points, _ in parts])
        down = np.concatenate([np.broadcast_to(by, len(points)) for points, by in parts])
        return here, here + np.stack([np.zeros_like(down), down], axis=1)


HAPPY = Expression()
NEUTRAL = Expression(
    mouth=0.71,
    corners=4.1,
    upper=-0.4,
    lower=-7.8,
    upper_edge=-0.5,
    lower_edge=-3.5,
    chin=-2.8,
    cheeks=2.8,
    outer_brows=-0.6,
    brows=0.5,
    inner_brows=-1.8,
    upper_lids=0.6,
    lower_lids=0.6,
    calm=1.0,
)
SURPRISE = Expression(
    mouth=0.58,
    corners=9.2,
    upper=-0.4,
    lower=8.6,
    upper_edge=-1.5,
    lower_edge=9.5,
    chin=7.2,
    cheeks=2.0,
    outer_brows=-4.0,
    brows=-5.0,
    inner_brows=-4.0,
    upper_lids=-1.7,
    lower_lids=1.1,
    teeth=-2.8,
    calm=1.0,
)
