"""Time and number of a frame in a corner of it, so that records can be checked by eye."""

from fer_video.engine.frames.frame import Frame
from fer_video.engine.render.canvas import BLACK, SMALLEST_FONT, WHITE, Canvas
from fer_video.engine.text import text_mask


def draw_clock(canvas: Canvas, frame: Frame) -> None:
    """Write at the upper right, where neither a player nor a window puts anything.

    Sign by sign: whole texts would each be drawn anew, since none comes twice.
    """
    wide = canvas.pixel_aspect
    font = max(round(min(canvas.width * wide, canvas.height) / 36), SMALLEST_FONT)
    line, pad = round(font * 1.5), round(font * 0.4)
    signs = [text_mask((sign,), font, line, wide) for sign in clock_text(frame)]
    width = sum(mask.shape[1] for mask in signs) + 2 * pad
    left = max(canvas.width - width, 0)
    canvas.rectangle(left, 0, width, line, BLACK, 0.7)
    left += pad
    for mask in signs:
        canvas.text(mask, left, 0, WHITE)
        left += mask.shape[1]


def clock_text(frame: Frame) -> str:
    """Time of the film and number as records have them: `0:01:02.345  frame 1559`.

    A photograph has no time.
    """
    number = f"frame {frame.index}"
    if frame.still:
        return number
    seconds, thousandths = divmod(round(1000 * frame.time), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}.{thousandths:03}  {number}"
