"""Scaler: pictures of any size as RGB of the size at which they are shown."""

from collections import defaultdict
from collections.abc import Callable
from functools import lru_cache
from threading import Lock
from typing import TypeAlias

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from PIL import Image

from fer_video.engine.frames.frame import Frame

Scaled: TypeAlias = Callable[[Frame, int, int], Image.Image]
"""Gives a frame at a width and height in pixels, RGB."""
KEPT = 4
"""Pictures of a source that are kept: one that is shown, the next, and two for a thread that is
late."""


class Scaler:
    """Scales as Y'CbCr and converts once; any thread may ask, and one waits for the other.

    It is kept from picture to picture, since setting it up for a size takes longer than to scale a
    face. To four bytes a pixel takes a third of the time of three, which Pillow makes of them.
    """

    def __init__(self) -> None:
        """Set up nothing yet."""
        self._reformatter, self._lock = VideoReformatter(), Lock()

    def __call__(self, picture: av.VideoFrame, width: int, height: int) -> Image.Image:
        """A picture at another size in pixels, RGB."""
        with self._lock:
            scaled = self._reformatter.reformat(
                picture, width=width, height=height, format="rgba", threads=1
            )
        pixels = np.ascontiguousarray(scaled.to_ndarray())
        return Image.frombytes("RGB", (width, height), pixels, "raw", "RGBX")


def scaled_ahead(sources: int) -> Scaled:
    """Scales frames of so many sources; any thread may ask.

    The last few of each are kept: so one thread may ask for frames before another one shows them.
    """
    scalers = defaultdict[str, Scaler](Scaler)

    @lru_cache(maxsize=KEPT * max(sources, 1))
    def scaled(frame: Frame, width: int, height: int) -> Image.Image:
        return scalers[frame.source](frame.picture, width, height)

    return scaled
