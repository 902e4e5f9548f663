"""Draws what was read: a box, the expression and its confidence, and a bar for each label."""

from collections.abc import Sequence
from typing import NamedTuple

from fer_video.engine.faces.expressions import UNCERTAIN, Reading
from fer_video.engine.faces.face import Box
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.render.canvas import BLACK, SMALLEST_FONT, WHITE, Canvas, Rgb
from fer_video.engine.render.clock import draw_clock
from fer_video.engine.render.palette import colours
from fer_video.engine.render.parts import NAMES, outline_parts, shares
from fer_video.engine.text import text_mask

_ZERO = 0.25
"""Where the bar of a part begins that adds nothing, in lengths of a full one."""


class _Style(NamedTuple):
    """Sizes in pixels, from the frame's size and the face's."""

    font: int
    line: int
    thickness: int
    pad: int


class Render:
    """The stage; it changes the frame's planes in place."""

    def __init__(self, *, clock: bool = False) -> None:
        """Draw, with time and number of each frame in a corner if `clock` says so."""
        self._clock = clock

    def __call__(self, recognized: RecognizedFrame) -> RecognizedFrame:
        """Draw on the frame, the surest face last so that it lies on top."""
        canvas = Canvas(recognized.frame)
        taken = [reading.face.box for reading in recognized.readings]
        readings = sorted(recognized.readings, key=lambda reading: reading.face.score)
        for reading in readings:
            outline_parts(canvas, reading, _style(canvas, reading.face.box).thickness)
            _bars(canvas, reading, taken)
        for reading in readings:  # over the bars of all: the label is what people look for
            _label(canvas, reading)
        if self._clock:
            draw_clock(canvas, recognized.frame)
        canvas.finish()
        return recognized


def _label(canvas: Canvas, reading: Reading) -> None:
    """The box, and on a tab above it, or within it at the upper border, what is said of the face.

    That is its number, white on black, so that it is not taken for a figure of the label, and
    the label with its confidence.
    """
    box, style = reading.face.box, _style(canvas, reading.face.box)
    colour = colours(reading.labels)[reading.label]
    left, top, width, height = map(round, (box.left, box.top, box.width, box.height))
    canvas.outline(left, top, width, height, colour, style.thickness)
    certainty = "" if reading.label == UNCERTAIN else f" {reading.confidence:.0%}"
    text = (f"{reading.label}{certainty}",)
    mask = text_mask(text, style.font, style.line + style.pad, canvas.pixel_aspect)
    number = "" if reading.face.id is None else str(reading.face.id)
    chip = text_mask((number,), style.font, style.line + style.pad, canvas.pixel_aspect)
    aside = chip.shape[1] + 2 * style.pad if number else 0
    height, width = mask.shape[0], mask.shape[1] + 2 * style.pad
    top = top - height if top >= height else max(top, 0)
    left = max(min(left, canvas.width - width - aside), 0)
    canvas.rectangle(left, top, aside, height, BLACK)
    canvas.rectangle(left + aside, top, width, height, colour)
    if number:
        canvas.text(chip, left + style.pad, top, WHITE)
    canvas.text(mask, left + aside + style.pad, top, BLACK)


def _style(canvas: Canvas, box: Box) -> _Style:
    """Legible from 240p to 4K; smaller on small faces, so that a crowd stays apart.

    A line of one pixel would miss the chroma samples at every other place, and be grey there.
    """
    wide = canvas.pixel_aspect
    smaller_side = min(canvas.width * wide, canvas.height)
    font = max(round(min(smaller_side / 40, box.width * wide / 7)), SMALLEST_FONT)
    return _Style(font, round(font * 1.2), max(round(font / 9), 2), round(font * 0.35))


def _bars(canvas: Canvas, reading: Reading, taken: list[Box]) -> None:
    """Beside the box and named if that hides nothing that is taken, else small and bare below."""
    box, style = reading.face.box, _style(canvas, reading.face.box)
    rows = _rows_of(reading)
    names = text_mask(tuple(row.name for row in rows), style.font, style.line, canvas.pixel_aspect)
    length = round(4 * style.font / canvas.pixel_aspect)
    width = names.shape[1] + length + 3 * style.pad
    height = names.shape[0] + style.pad
    others = [other for other in taken if other is not box]
    place = _beside(canvas, box, others, (width, height), style.pad)
    if place is None or height > max(box.height, len(rows) * SMALLEST_FONT):
        _bare_bars(canvas, reading, style)
        return
    left, top = place
    taken.append(Box(left, top, width, height))
    canvas.rectangle(left, top, width, height, BLACK, 0.55)
    canvas.text(names, left + style.pad, top + style.pad // 2, WHITE)
    x, y = left + names.shape[1] + 2 * style.pad, top + style.pad // 2
    _rows(canvas, reading, (x, y), length, style.line)


def _bare_bars(canvas: Canvas, reading: Reading, style: _Style) -> None:
    box, line = reading.face.box, max(style.line // 3, 4)
    length, height = max(round(box.width), 2 * style.font), line * len(_rows_of(reading))
    left = max(min(round(box.left), canvas.width - length), 0)
    top = max(min(round(box.top + box.height), canvas.height - height), 0)
    canvas.rectangle(left, top, length, height, BLACK, 0.55)
    _rows(canvas, reading, (left, top), length, line)


class _Row(NamedTuple):
    """A bar and its name."""

    name: str
    start: float
    """Where the bar begins, in lengths of a full one."""
    end: float
    colour: Rgb
    zero: float | None = 0.0
    """What stands for nothing, in lengths of a full one; None where there is no bar."""


def _rows_of(reading: Reading) -> list[_Row]:
    """A bar a label, as long as its score; and where parts were read a bar for each, as long as
    what it adds to the label that leads, and to the other side where it takes away."""
    palette = colours(reading.labels)
    scores = zip(reading.labels, reading.scores.tolist(), strict=True)
    rows = [_Row(label, 0.0, score, palette[label]) for label, score in scores]
    for name, share in zip(NAMES.values(), of_parts := shares(reading), strict=False):
        ends = _ZERO, min(max(_ZERO + (1 - _ZERO) * share.evidence, 0.0), 1.0)
        rows.append(_Row(name, min(ends), max(ends), share.colour, _ZERO))
    if of_parts:
        rows.insert(len(reading.labels), _Row(f"{reading.expression} by", 0.0, 0.0, WHITE, None))
    return rows


def _rows(
    canvas: Canvas, reading: Reading, corner: tuple[int, int], length: int, line: int
) -> None:
    left, top = corner
    thickness = max(line * 5 // 9, 2)
    for i, row in enumerate(_rows_of(reading)):
        if row.zero is None:
            continue
        y = top + i * line + (line - thickness) // 2
        start, end = round(length * row.start), round(length * row.end)
        canvas.rectangle(left, y, length, thickness, WHITE, 0.2)
        canvas.rectangle(left + start, y, end - start, thickness, row.colour)
        if row.zero:
            canvas.rectangle(left + round(length * row.zero) - 1, y, 2, thickness, WHITE)


def _beside(
    canvas: Canvas, box: Box, others: Sequence[Box], size: tuple[int, int], gap: int
) -> tuple[int, int] | None:
    """Right of the box, else left of it, else nowhere."""
    width, height = size
    top = max(min(round(box.top), canvas.height - height), 0)
    for left in (round(box.left + box.width) + gap, round(box.left) - gap - width):
        panel = Box(left, top, width, height)
        if 0 <= left <= canvas.width - width and not any(panel.iou(other) for other in others):
            return left, top
    return None
