"""[1] `demo`: a real face moving like a handheld camera's picture, the same on every machine."""

from collections.abc import Iterator
from fractions import Fraction
from math import cos, exp, pi, sin

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from fer_video.engine.frames import Frame, SourceInfo
from fer_video.engine.kernels import warp
from fer_video.engine.picture import to_frame, views

WIDTH, HEIGHT, RATE, SECONDS = 1280, 720, 30, 10
_CANVAS = 2240, 1400
_PORTRAIT_HEIGHT = 760
_FEATHER = 60


class Demo:
    """The public-domain portrait that matplotlib ships, panned, zoomed, rolled and lit for 10 s."""

    def __init__(self) -> None:
        """Load the portrait and lay it on a canvas of its own blurred surroundings."""
        ycbcr = np.asarray(_canvas().convert("YCbCr"))
        self._planes = (ycbcr[..., 0].copy(), *(ycbcr[::2, ::2, i].copy() for i in (1, 2)))

    @property
    def info(self) -> SourceInfo:
        """1280x720, 30 frames a second, 300 frames."""
        return SourceInfo("demo", WIDTH, HEIGHT, Fraction(RATE), Fraction(1, RATE), RATE * SECONDS)

    def frames(self) -> Iterator[Frame]:
        """The 300 frames."""
        for index in range(RATE * SECONDS):
            yield to_frame(
                self._picture(index / RATE),
                index=index,
                pts=index,
                time_base=Fraction(1, RATE),
                source="demo",
            )

    def stop(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is held open."""

    def _picture(self, time: float) -> av.VideoFrame:
        picture = av.VideoFrame(WIDTH, HEIGHT, "yuvj420p")
        picture.color_range = 2
        picture.colorspace = 5
        light = 1 + 0.18 * sin(2 * pi * time / 7.3)
        matrix = _motion(time)
        halved = matrix * np.array([1, 1, 0.5])
        luma, *chroma = views(picture)
        warp(self._planes[0], matrix, light, 0.0, luma[:HEIGHT, :WIDTH])
        for canvas, plane in zip(self._planes[1:], chroma, strict=True):
            warp(canvas, halved, 1.0, 128.0, plane[: HEIGHT // 2, : WIDTH // 2])
        return picture


def _canvas() -> Image.Image:
    """The portrait, its edges feathered into a blurred and darkened enlargement of itself."""
    from matplotlib import cbook  # noqa: PLC0415 - half a second that only the demo should cost

    path = cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)
    portrait = Image.open(str(path)).convert("RGB")
    background = portrait.resize(_CANVAS, Image.Resampling.BICUBIC)
    background = background.filter(ImageFilter.GaussianBlur(45)).point(lambda v: int(v * 0.6))
    size = round(portrait.width * _PORTRAIT_HEIGHT / portrait.height), _PORTRAIT_HEIGHT
    mask = Image.new("L", size, 0)
    mask.paste(255, (_FEATHER, _FEATHER, size[0] - _FEATHER, size[1] - _FEATHER))
    mask = mask.filter(ImageFilter.GaussianBlur(_FEATHER / 3))
    corner = (_CANVAS[0] - size[0]) // 2, (_CANVAS[1] - size[1]) // 2
    background.paste(portrait.resize(size, Image.Resampling.LANCZOS), corner, mask)
    return background


def _motion(time: float) -> NDArray[np.float64]:
    """(2, 3) map from frame to canvas pixels: a slow zoom and pan, a roll, and unsteady hands."""
    zoom = exp(0.45 * sin(2 * pi * time / 9.1)) * 0.95
    roll = 0.16 * sin(2 * pi * time / 5.3) + 0.008 * sin(2 * pi * time * 2.3)
    shake_x = 4 * sin(2 * pi * time * 1.7) + 2 * sin(2 * pi * time * 4.1)
    shake_y = 3 * sin(2 * pi * time * 1.3 + 1) + 2 * sin(2 * pi * time * 3.7)
    centre = np.array(
        [
            _CANVAS[0] / 2 + 90 * sin(2 * pi * time / 6.7) + shake_x,
            _CANVAS[1] / 2 + 50 * sin(2 * pi * time / 4.9) + shake_y,
        ]
    )
    turn = np.array([[cos(roll), -sin(roll)], [sin(roll), cos(roll)]]) / zoom
    return np.column_stack([turn, centre - turn @ [WIDTH / 2, HEIGHT / 2]])
