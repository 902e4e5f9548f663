"""Where one shot ends and another begins, so that no identity crosses it."""

import numpy as np

from fer_video.engine.detect.kernels.cut import replace_sample
from fer_video.engine.frames.frame import Plane


class SceneCut:
    """Tells where one shot ends and another begins.

    Two frames of one shot have about the same shades in about the same places; at a cut both
    change, within a shot at most one. Thresholds lie twice above all that happens within the clips
    that this was made with, and under 95 % of the changes from one of them to another.
    """

    _ROWS, _COLUMNS = 24, 32
    """Size of the grid of luma samples that two frames are compared by."""
    _MOVED, _RESHADED = 16.0, 0.2
    """Least mean difference in grey levels, and least share of the picture whose shade is new, of
    a cut."""

    def __init__(self) -> None:
        """Begin before the first frame."""
        self._sample = np.zeros((self._ROWS, self._COLUMNS), np.uint8)
        self._first = True

    def __call__(self, luma: Plane) -> bool:
        """Whether a new shot begins with this frame, (H, W) uint8; never with the first."""
        moved, reshaded = replace_sample(luma, self._sample)
        first, self._first = self._first, False
        return not first and moved >= self._MOVED and reshaded > self._RESHADED
