"""Text as a mask, drawn with Pillow's own font."""

from functools import lru_cache

import numpy as np

from fer_video.engine.frames.frame import Plane


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
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 - nothing else of a run needs it

    font = ImageFont.load_default(size)
    width = max(int(font.getlength(line)) + 1 for line in lines)
    image = Image.new("L", (width, leading * len(lines)))
    draw = ImageDraw.Draw(image)
    for i, line in enumerate(lines):
        draw.text((0, leading * (i + 0.5)), line, fill=255, font=font, anchor="lm")
    if pixel_aspect != 1:
        image = image.resize((max(round(width / pixel_aspect), 1), image.height))
    return np.asarray(image).copy()
