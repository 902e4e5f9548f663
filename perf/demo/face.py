"""Where the features of the portrait are, and where an expression puts them."""

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""(n, 2) float64: x and y in pixels of the portrait, y downwards."""


def _points(*places: tuple[float, float]) -> Points:
    return np.array(places, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Lips:
    """Points of a mouth, from the left of the picture to its right."""

    corners: Points
    """The two corners."""
    upper: Points
    """Lower edge of the upper lip."""
    upper_edge: Points
    """Where the upper lip meets the skin."""
    lower: Points
    """Upper edge of the lower lip."""
    lower_edge: Points
    """Where the lower lip meets the skin."""

    @property
    def above(self) -> Points:
        """The upper lip and the corners."""
        return np.concatenate([self.corners, self.upper, self.upper_edge])

    @property
    def below(self) -> Points:
        """The lower lip and the corners."""
        return np.concatenate([self.corners, self.lower, self.lower_edge])


SMILE = Lips(
    corners=_points((202.8, 139.3), (244.8, 140.5)),
    upper=_points(
        *((206.3, 140.7), (210.0, 142.0), (217.2, 143.2), (223.7, 143.5)),
        *((231.5, 143.2), (238.5, 142.2), (241.7, 141.5)),
    ),
    upper_edge=_points(
        *((206.7, 138.5), (212.5, 139.2), (218.3, 139.5), (223.7, 140.3)),
        *((229.2, 139.7), (235.0, 139.8), (240.8, 139.7)),
    ),
    lower=_points(
        *((206.7, 143.9), (210.7, 147.4), (216.0, 150.0), (222.5, 150.4)),
        *((227.8, 150.1), (232.7, 148.2), (237.3, 146.1), (241.0, 143.0)),
    ),
    lower_edge=_points(
        *((207.5, 147.0), (211.2, 150.5), (216.0, 152.5), (222.5, 153.7)),
        *((229.0, 153.5), (234.3, 150.8), (239.2, 147.0)),
    ),
)
"""The mouth of the portrait."""
_MIDDLE, _HALF = 223.8, 21.0
"""x of its middle, and half its width."""
_BROWS = _points(
    *((190.2, 90.5), (193.7, 89.3), (198.2, 88.7), (203.3, 89.7), (208.3, 90.7), (213.5, 92.5)),
    *((263.0, 95.8), (259.2, 93.7), (255.3, 92.3), (250.0, 92.3), (244.2, 92.7), (238.5, 93.2)),
)
"""Both from the temple to the nose."""
_UPPER_LIDS = _points(
    *((197.7, 96.8), (202.8, 96.7), (208.0, 98.2)), *((252.8, 99.7), (247.0, 98.5), (241.8, 100.5))
)
_LOWER_LIDS = _points(
    *((200.5, 104.3), (203.3, 104.8), (208.0, 104.0)),
    *((252.8, 106.3), (247.0, 107.2), (243.0, 106.7)),
)
FOLDS = (
    _points((208.8, 123.0), (205.8, 127.0), (200.0, 133.0), (196.7, 137.5), (196.0, 143.3)),
    _points((238.5, 124.5), (242.0, 127.5), (248.3, 134.2), (251.0, 140.0), (250.7, 145.8)),
)
"""Of the smile, from the nose past the corners of the mouth."""
_CHEEKS = _points(
    *((195.0, 120.0), (256.7, 121.7), (200.0, 125.0), (250.0, 126.7)),
    *((196.7, 137.5), (250.7, 140.8), (200.0, 148.3), (250.0, 148.3)),
)
_CHIN = _points((224.2, 177.3), (211.7, 174.2), (236.7, 175.0), (224.2, 165.0))
_JAW = _points((200.0, 165.8), (250.0, 163.3))
_FIXED = _points(
    *(
        (192.3, 101.7),
        (214.3, 103.3),
        (259.3, 104.3),
        (236.3, 105.2),
        (203.0, 100.8),
        (247.0, 102.8),
    ),
    *(
        (224.2, 126.7),
        (212.5, 126.7),
        (236.7, 127.5),
        (224.2, 110.0),
        (216.7, 131.3),
        (231.7, 131.3),
    ),
    *(
        (181.7, 90.0),
        (180.8, 103.3),
        (181.7, 120.0),
        (184.2, 136.7),
        (185.8, 151.7),
        (190.0, 160.0),
    ),
    *(
        (270.0, 93.3),
        (271.3, 110.0),
        (270.0, 126.7),
        (266.7, 141.7),
        (263.3, 153.3),
        (257.5, 165.0),
    ),
    *((183.3, 80.0), (200.0, 78.3), (216.7, 80.8), (233.3, 81.7), (250.0, 83.3), (265.0, 86.7)),
    *((190.0, 178.3), (224.2, 191.7), (256.7, 180.0), (166.7, 126.7), (166.7, 60.0), (283.3, 60.0)),
    *((283.3, 126.7), (224.2, 51.7), (224.2, 206.7), (166.7, 193.3), (283.3, 193.3)),
)
"""Eyes' corners and pupils, the nose, the outline of the face, hair and collar."""
SKIN = _points(
    *(
        (184.2, 110.0),
        (203.3, 109.2),
        (224.2, 116.7),
        (243.3, 110.8),
        (265.0, 110.0),
        (268.0, 116.7),
    ),
    *((267.5, 130.0), (265.0, 143.3), (261.3, 153.3), (248.3, 167.5), (224.2, 170.0)),
    *((201.7, 164.2), (192.5, 156.7), (187.0, 146.7), (185.3, 136.7), (184.0, 123.3)),
)
"""Around the cheeks and the chin."""
NOSE = _points(
    *((218.3, 103.3), (230.0, 103.3), (234.2, 120.0), (237.5, 130.3), (231.7, 133.7)),
    *((224.2, 135.3), (216.7, 133.3), (211.0, 125.0), (214.2, 120.0)),
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
        aside = points[:, 0] - _MIDDLE
        down = middle + (aside / _HALF) ** 2 * (self.corners - middle)
        return np.stack([_MIDDLE + aside * self.mouth, points[:, 1] + down], axis=1)

    def moved(self) -> tuple[Points, Points]:
        """What does not belong to the lips: in the portrait, and in this expression."""
        brows = self.outer_brows, self.brows, self.inner_brows
        brow = np.interp(np.linspace(0, 2, len(_BROWS) // 2), (0, 1, 2), brows)
        parts = (
            (_BROWS, np.tile(brow, 2)),
            (_UPPER_LIDS, self.upper_lids),
            (_LOWER_LIDS, self.lower_lids),
            (_CHEEKS, self.cheeks),
            (_CHIN, self.chin),
            (_JAW, self.chin / 2),
            (_FIXED, 0.0),
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
