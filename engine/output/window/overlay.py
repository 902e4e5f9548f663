"""What the window says about itself: a line of status, and the keys."""

from collections import deque
from collections.abc import Sequence
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.frames.frame import Frame
from fer_video.engine.text import text_mask

KEYS = (
    "q or Esc: close",
    "space: pause, go on",
    "r: record video and records, stop recording",
    "s: save a picture",
    "n, p: next frame or image; frame before",
    "f, b: five seconds on, back",
    "c: calibrate: how you look now is neutral",
    "u: undo the calibration",
    "h: show or hide the keys",
)
"""What each key does, a line each."""
_SPAN = 1.0
"""Seconds over which the meter counts and averages."""
_DARKEN = 0.35
"""How much of the picture's light is left behind text."""


class Meter:
    """Frames a second and delay over the last second, as text that stays readable."""

    def __init__(self) -> None:
        """Begin without any frame."""
        self.text = ""
        """What was measured; it changes twice a second at most."""
        self._arrivals: deque[tuple[float, float]] = deque()
        """When each frame of the last second came, and how long after its capture, in seconds."""
        self._updated_at = 0.0

    def add(self, frame: Frame, *, live: bool) -> None:
        """Count a frame that comes now.

        Args:
            frame: shows when it was captured.
            live: the delay means something.
        """
        now = monotonic()
        self._arrivals.append((now, now - frame.captured_at))
        while now - self._arrivals[0][0] > _SPAN:
            self._arrivals.popleft()
        if now - self._updated_at >= _SPAN / 2:
            self._updated_at = now
            self.text = self._describe(live)

    def _describe(self, live: bool) -> str:
        first, last = self._arrivals[0][0], self._arrivals[-1][0]
        rate = (len(self._arrivals) - 1) / (last - first) if last > first else 0.0
        delay = 1000 * float(np.median([delay for _, delay in self._arrivals]))
        return f"{rate:.0f} fps" + (f", {delay:.0f} ms behind the camera" if live else "")


def write_lines(bgr: NDArray[np.uint8], lines: Sequence[str], *, top: bool) -> None:
    """Put white text on a darkened strip of a picture, at its upper or lower left.

    Args:
        bgr: (H, W, 3) uint8; changed in place.
        lines: of text; what does not fit is cut off.
        top: at the upper border, else at the lower.
    """
    size = max(bgr.shape[0] // 40, 12)
    mask = text_mask(tuple(lines), size, round(1.5 * size))
    mask = np.pad(mask, ((size // 3, size // 3), (size // 2, size // 2)))[: bgr.shape[0]]
    mask = mask[:, : bgr.shape[1]]
    row = 0 if top else bgr.shape[0] - mask.shape[0]
    strip = bgr[row : row + mask.shape[0], : mask.shape[1]]
    cover = mask[..., None] / np.float32(255)
    strip[:] = np.asarray(strip * _DARKEN * (1 - cover) + 255 * cover, np.uint8)
