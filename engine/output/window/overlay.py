"""What the window says about itself: a line of status, and the keys."""

from collections import deque
from collections.abc import Sequence
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.frames import Frame
from fer_video.engine.text import text_mask

KEYS = (
    "q or Esc: leave",
    "space: pause, go on",
    "r: record video and records, stop recording",
    "s: save a picture",
    "c: calibrate: how you look now is neutral",
    "h: show or hide the keys",
)
_SECOND = 1.0
_DARKEN = 0.35


class Meter:
    """Frames a second and delay, over the last second; the text changes twice a second at most."""

    def __init__(self) -> None:
        """Nothing was shown yet."""
        self._shown: deque[tuple[float, float]] = deque()
        self._text = ""
        self._said = 0.0

    def __call__(self, frame: Frame, *, live: bool) -> str:
        """Take in that a frame is shown now.

        Args:
            frame: shows when it was captured.
            live: the delay means something.
        """
        now = monotonic()
        self._shown.append((now, now - frame.captured_at))
        while now - self._shown[0][0] > _SECOND:
            self._shown.popleft()
        if now - self._said >= _SECOND / 2:
            self._said = now
            self._text = self._describe(live)
        return self._text

    def _describe(self, live: bool) -> str:
        first, last = self._shown[0][0], self._shown[-1][0]
        rate = (len(self._shown) - 1) / (last - first) if last > first else 0.0
        delay = 1000 * float(np.median([late for _, late in self._shown]))
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
