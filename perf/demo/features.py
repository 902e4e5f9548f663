"""Where the features of the portrait are, found by hand."""

from dataclasses import dataclass

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
MIDDLE, HALF = 223.8, 21.0
"""x of its middle, and half its width."""
BROWS = _points(
    *((190.2, 90.5), (193.7, 89.3), (198.2, 88.7), (203.3, 89.7), (208.3, 90.7), (213.5, 92.5)),
    *((263.0, 95.8), (259.2, 93.7), (255.3, 92.3), (250.0, 92.3), (244.2, 92.7), (238.5, 93.2)),
)
"""Both from the temple to the nose."""
UPPER_LIDS = _points(
    *((197.7, 96.8), (202.8, 96.7), (208.0, 98.2)), *((252.8, 99.7), (247.0, 98.5), (241.8, 100.5))
)
LOWER_LIDS = _points(
    *((200.5, 104.3), (203.3, 104.8), (208.0, 104.0)),
    *((252.8, 106.3), (247.0, 107.2), (243.0, 106.7)),
)
FOLDS = (
    _points((208.8, 123.0), (205.8, 127.0), (200.0, 133.0), (196.7, 137.5), (196.0, 143.3)),
    _points((238.5, 124.5), (242.0, 127.5), (248.3, 134.2), (251.0, 140.0), (250.7, 145.8)),
)
"""Of the smile, from the nose past the corners of the mouth."""
CHEEKS = _points(
    *((195.0, 120.0), (256.7, 121.7), (200.0, 125.0), (250.0, 126.7)),
    *((196.7, 137.5), (250.7, 140.8), (200.0, 148.3), (250.0, 148.3)),
)
CHIN = _points((224.2, 177.3), (211.7, 174.2), (236.7, 175.0), (224.2, 165.0))
JAW = _points((200.0, 165.8), (250.0, 163.3))
FIXED = _points(
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
