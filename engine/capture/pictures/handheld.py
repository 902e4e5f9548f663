"""A still picture as an unsteady hand films it, the same on every machine."""

from collections.abc import Iterator
from math import cos, exp, pi, sin

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.frames.picture import to_frame, views
from fer_video.engine.kernels.scale import warp

_AMPLITUDES_AT = 1280
"""Width in pixels of the frames for which the pan and the shake of `_motion` are given."""


class Handheld:
    """A source: a picture panned, zoomed, rolled and lit for as long as `info` says."""

    def __init__(self, canvas: Image.Image, info: SourceInfo, start: float = 0.0) -> None:
        """Film a picture.

        Args:
            canvas: about twice as wide and high as the frames; its middle stays in sight, and
                beyond its border the border's colours go on. Even sides.
            info: size (even), rate and number of the frames.
            start: seconds into the motion, which hardly ever repeats: another start is another way
                of moving.
        """
        self.info = info
        """As it was given."""
        self._start = start
        self._middle = canvas.width / 2, canvas.height / 2
        ycbcr = np.asarray(canvas.convert("YCbCr"))
        self._planes = (ycbcr[..., 0].copy(), *(ycbcr[::2, ::2, i].copy() for i in (1, 2)))

    def frames(self) -> Iterator[Frame]:
        """As many as `info` says."""
        for index in range(self.info.frames or 0):
            yield to_frame(
                self._picture(self._start + float(index / self.info.frame_rate)),
                index=index,
                pts=index,
                time_base=self.info.time_base,
                source=self.info.name,
            )

    def stop(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is held open."""

    def _picture(self, time: float) -> av.VideoFrame:
        width, height = self.info.width, self.info.height
        picture = av.VideoFrame(width, height, "yuvj420p")
        picture.color_range = 2
        picture.colorspace = 5
        light = 1 + 0.18 * sin(2 * pi * time / 7.3)
        matrix = self._motion(time)
        halved = matrix * np.array([1, 1, 0.5])
        luma, *chroma = views(picture)
        warp(self._planes[0], matrix, light, 0.0, luma[:height, :width])
        for canvas, plane in zip(self._planes[1:], chroma, strict=True):
            warp(canvas, halved, 1.0, 128.0, plane[: height // 2, : width // 2])
        return picture

    def _motion(self, time: float) -> NDArray[np.float64]:
        """(2, 3) map from frame to canvas pixels: slow zoom and pan, a roll, and unsteady hands."""
        zoom = exp(0.45 * sin(2 * pi * time / 9.1)) * 0.95
        roll = 0.16 * sin(2 * pi * time / 5.3) + 0.008 * sin(2 * pi * time * 2.3)
        shake_x = 4 * sin(2 * pi * time * 1.7) + 2 * sin(2 * pi * time * 4.1)
        shake_y = 3 * sin(2 * pi * time * 1.3 + 1) + 2 * sin(2 * pi * time * 3.7)
        unit = self.info.width / _AMPLITUDES_AT
        centre = np.array(
            [
                self._middle[0] + unit * (90 * sin(2 * pi * time / 6.7) + shake_x),
                self._middle[1] + unit * (50 * sin(2 * pi * time / 4.9) + shake_y),
            ]
        )
        turn = np.array([[cos(roll), -sin(roll)], [sin(roll), cos(roll)]]) / zoom
        return np.column_stack([turn, centre - turn @ [self.info.width / 2, self.info.height / 2]])
