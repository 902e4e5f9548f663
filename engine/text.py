"""Text as a mask, drawn with Pillow's own font, or one of the system where that lacks letters."""

from contextlib import suppress
from functools import lru_cache
from logging import getLogger
from typing import TYPE_CHECKING

import numpy as np

from fer_video.engine.frames.frame import Plane

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

log = getLogger(__name__)

_FONTS = (
    *("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "arial.ttf"),
    *("NotoSansCJK-Regular.ttc", "wqy-microhei.ttc", "Arial Unicode.ttf", "msgothic.ttc"),
    *("malgun.ttf", "msyh.ttc", "NotoSansArabic-Regular.ttf", "NotoSansDevanagari-Regular.ttf"),
)
"""Files of fonts of Linux, macOS and Windows, those of most letters of Europe first."""
_NO_LETTER = "\U0010ffff"
"""What no font has, and draws as a box."""
_DIGITS = frozenset("0123456789")


@lru_cache(maxsize=512)
def text_mask(lines: tuple[str, ...], size: int, leading: int, pixel_aspect: float = 1.0) -> Plane:
    """Lines of text as coverage.

    Args:
        lines: one or more.
        size: of the font, in pixels.
        leading: pixels from line to line, and the height of each.
        pixel_aspect: width over height of one pixel on screen, where letters are not to be
            stretched.

    Returns:
        (leading x lines, width) uint8, 255 where the text covers the pixel whole.
    """
    from PIL import Image, ImageDraw  # noqa: PLC0415 - nothing else of a run needs it

    letters = frozenset("".join(lines))
    font = _font(letters | _DIGITS if letters & _DIGITS else letters, size)  # not anew for a number
    width = max(int(font.getlength(line)) + 1 for line in lines)
    image = Image.new("L", (width, leading * len(lines)))
    draw = ImageDraw.Draw(image)
    for i, line in enumerate(lines):
        draw.text((0, leading * (i + 0.5)), line, fill=255, font=font, anchor="lm")
    if pixel_aspect != 1:
        image = image.resize((max(round(width / pixel_aspect), 1), image.height))
    return np.asarray(image).copy()


@lru_cache(maxsize=512)
def _font(letters: frozenset[str], size: int) -> "FreeTypeFont":
    """Pillow's own, unless it lacks letters that one of the system has."""
    from PIL import ImageFont  # noqa: PLC0415 - nothing else of a run needs it

    own: FreeTypeFont = ImageFont.load_default(size)  # type: ignore[assignment]
    if all(letter.isascii() for letter in letters) or _draws(own, letters):
        return own
    for name in _FONTS:
        with suppress(OSError):  # it is not there
            font = ImageFont.truetype(name, size)
            if _draws(font, letters):
                return font
    _warn("".join(sorted(letter for letter in letters if not _draws(own, frozenset(letter)))))
    return own


def _draws(font: "FreeTypeFont", letters: frozenset[str]) -> bool:
    box = bytes(font.getmask(_NO_LETTER))
    return all(letter.isspace() or bytes(font.getmask(letter)) != box for letter in letters)


@lru_cache(maxsize=64)
def _warn(letters: str) -> None:
    log.warning("no font of this machine has all of these letters: %s; they are boxes", letters)
