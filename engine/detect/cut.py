"""Where one shot ends and another begins, so that no identity crosses it."""

import numpy as np
from numpy.typing import NDArray

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
        self._last: NDArray[np.int16] | None = None

    def __call__(self, luma: Plane) -> bool:
        """Whether a new shot begins with this frame, (H, W) uint8; never with the first."""
        rows, columns = map(_spread, luma.shape, (self._ROWS, self._COLUMNS))
        now = luma[np.ix_(rows, columns)].astype(np.int16)  # differences of bytes would wrap
        last, self._last = self._last, now
        if last is None or np.abs(now - last).mean() < self._MOVED:
            return False
        moved_shades = np.abs(_shades(now) - _shades(last)).sum() / 2
        return bool(moved_shades > self._RESHADED * now.size)


def _spread(size: int, count: int) -> NDArray[np.intp]:
    """Places of `count` samples from the first to the last of `size` pixels."""
    return np.arange(count) * (size - 1) // (count - 1)


def _shades(sample: NDArray[np.int16]) -> NDArray[np.intp]:
    """How many of the samples have each of 16 shades."""
    return np.bincount(sample.ravel() >> 4, minlength=16)
