"""Canvas: rectangles and text on a frame's planes, without leaving Y'CbCr."""

from functools import lru_cache

import numpy as np

from fer_video.engine.frames.frame import ColourMatrix, Frame, Plane
from fer_video.engine.render.kernels import blend_all, fill_all

Rgb = tuple[int, int, int]
"""Red, green, blue, 0..255."""
WHITE: Rgb = (255, 255, 255)
BLACK: Rgb = (12, 12, 16)
SMALLEST_FONT = 11
"""Height of the smallest signs that can be read, in pixels."""


class Canvas:
    """Draws on one frame, in place; whatever lies beyond the border is cut off.

    Rectangles wait until a text or the end, so that many cost one call of the kernel.
    """

    def __init__(self, frame: Frame) -> None:
        """Draw on `frame`."""
        self.width = frame.width
        self.height = frame.height
        self.pixel_aspect = frame.pixel_aspect
        """Width over height of one pixel on screen."""
        self._planes = (frame.luma, frame.cb, frame.cr)
        self._colour = frame.colour
        self._waiting: list[tuple[float, ...]] = []

    def rectangle(
        self, left: int, top: int, width: int, height: int, rgb: Rgb, opacity: float = 1.0
    ) -> None:
        """Fill a rectangle, in pixels of the frame."""
        values = to_ycbcr(rgb, self._colour)
        self._waiting.append((left, top, left + width, top + height, opacity, *values))

    def outline(
        self, left: int, top: int, width: int, height: int, rgb: Rgb, thickness: int
    ) -> None:
        """The four sides of a rectangle, drawn inside it."""
        for x, y, w, h in (
            (left, top, width, thickness),
            (left, top + height - thickness, width, thickness),
            (left, top, thickness, height),
            (left + width - thickness, top, thickness, height),
        ):
            self.rectangle(x, y, w, h, rgb)

    def text(self, mask: Plane, left: int, top: int, rgb: Rgb) -> None:
        """Put a text there that `text_mask` has drawn; its upper left corner in frame pixels."""
        self.finish()
        values = to_ycbcr(rgb, self._colour)
        blend_all(*self._planes, mask, left, top, values)

    def finish(self) -> None:
        """Draw what still waits."""
        if self._waiting:
            fill_all(*self._planes, np.array(self._waiting, np.float32))
            self._waiting.clear()


@lru_cache(maxsize=256)
def to_ycbcr(rgb: Rgb, colour: ColourMatrix) -> tuple[int, int, int]:
    """A colour as 8-bit Y', Cb, Cr in the frame's matrix and range (ITU-T H.273)."""
    red, green, blue = rgb
    kr, kb = colour.red_weight, colour.blue_weight
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    cb, cr = (blue - luma) / (2 * (1 - kb)), (red - luma) / (2 * (1 - kr))
    if colour.full_range:
        return round(luma), round(min(128 + cb, 255)), round(min(128 + cr, 255))
    return round(16 + luma * 219 / 255), round(128 + cb * 224 / 255), round(128 + cr * 224 / 255)
