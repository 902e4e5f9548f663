"""Videos for measuring that anybody can make again: rows of heads, filmed by an unsteady hand."""

from fractions import Fraction
from math import pi, sin, sqrt
from pathlib import Path

import numpy as np
from matplotlib import cbook
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from fer_video.engine.capture.pictures.handheld import Handheld
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.output.film.video import VideoWriter

FRAMES, RATE = 300, 30
_HEAD = 130, 90, 410, 360
"""Place of the head in the portrait: left, top, right, bottom in pixels."""
_LARGEST = 0.55
"""Greatest height of a head, in heights of the frame."""


def portrait() -> Image.Image:
    """RGB, 512x600: Grace Hopper, by the United States Navy, public domain; matplotlib ships it."""
    path = cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)
    return Image.open(str(path)).convert("RGB")


class Crowd(Handheld):
    """Heads in a square of rows, all of them in sight all the time."""

    def __init__(self, width: int, height: int, heads: int) -> None:
        """Arrange the heads.

        Args:
            width: of the frames, in pixels; even.
            height: of the frames, in pixels; even.
            heads: a square number.
        """
        head, rows = portrait().crop(_HEAD), round(sqrt(heads))
        canvas = portrait().resize((2 * width, 2 * height))
        canvas = canvas.filter(ImageFilter.GaussianBlur(height / 60)).point(lambda v: v // 2)
        cell = width // rows, height // rows
        tall = min(0.97 * cell[1], _LARGEST * height)
        head = head.resize((round(tall * head.width / head.height), round(tall)))
        for row, column in np.ndindex(rows, rows):
            left = width // 2 + column * cell[0] + (cell[0] - head.width) // 2
            top = height // 2 + row * cell[1] + (cell[1] - head.height) // 2
            canvas.paste(head, (left, top))
        rate = Fraction(RATE)
        super().__init__(canvas, SourceInfo("crowd", width, height, rate, 1 / rate, FRAMES))

    def _motion(self, time: float) -> NDArray[np.float64]:
        """Shake and roll alone: a pan or a zoom would lose the outer heads."""
        width, height = self.info.width, self.info.height
        roll = 0.02 * sin(2 * pi * time / 5.3)
        shake = width / 100 * np.array([sin(2 * pi * time / 1.7), sin(2 * pi * time / 1.3)])
        turn = np.array([[1, -roll], [roll, 1]])
        return np.column_stack([turn, self._middle + shake - turn @ [width / 2, height / 2]])


def film_crowd(path: Path, width: int, height: int, heads: int) -> Path:
    """Film a crowd and encode it as H.264 at the default preset; the path again."""
    crowd = Crowd(width, height, heads)
    with VideoWriter(path, crowd.info) as video:
        for frame in crowd.frames():
            video.write(RecognizedFrame(frame, ()))
    return path
