"""Draws what the parts of a face say: an outline around each, in the colour of its expression."""

from collections.abc import Iterator
from math import ceil, floor, hypot
from typing import NamedTuple

import numpy as np

from fer_video.engine.faces.expressions import Reading
from fer_video.engine.faces.regions import Place, places, radii
from fer_video.engine.frames.frame import Plane
from fer_video.engine.render.canvas import Canvas, Rgb
from fer_video.engine.render.palette import colours

NAMES = {"left_eye": "left eye", "right_eye": "right eye", "nose": "nose", "mouth": "mouth"}
"""What the parts are called in pictures, the person's left and right."""


class Share(NamedTuple):
    """What a part adds to the score of the label that is shown."""

    evidence: float
    """What it adds, -1..1."""
    colour: Rgb
    """Of what the part says alone."""


def shares(reading: Reading) -> list[Share]:
    """Of each part, in the order of `NAMES`; nothing where parts were not read."""
    if reading.parts is None:
        return []
    palette, shown = colours(reading.labels), reading.labels.index(reading.expression)
    parts = (reading.parts.of[name] for name in NAMES)
    return [Share(float(part.evidence[shown]), palette[part.expression]) for part in parts]


def outline_parts(canvas: Canvas, reading: Reading, thickness: int) -> None:
    """An ellipse around each part.

    Args:
        canvas: of the frame.
        reading: of a face.
        thickness: of the line, in pixels.
    """
    if reading.parts is None or reading.face.landmarks is None:
        return
    found = places(reading.face.landmarks * np.array([canvas.pixel_aspect, 1], np.float32))
    for name, share in zip(NAMES, shares(reading), strict=True):
        for left, top, mask in _rings(found[name], thickness, canvas):
            canvas.text(mask, left, top, share.colour)


def _rings(place: Place, thickness: int, canvas: Canvas) -> Iterator[tuple[int, int, Plane]]:
    """The ellipse's line as a mask with its corner, in stored pixels; none outside the picture."""
    pixel_aspect = canvas.pixel_aspect
    wide = hypot(place.across * place.cos, place.down * place.sin) + thickness
    high = hypot(place.across * place.sin, place.down * place.cos) + thickness
    left = max(floor((place.x - wide) / pixel_aspect), 0)
    right = min(ceil((place.x + wide) / pixel_aspect), canvas.width)
    top, bottom = max(floor(place.y - high), 0), min(ceil(place.y + high), canvas.height)
    if left >= right or top >= bottom:
        return
    x = np.arange(left, right, dtype=np.float32) * np.float32(pixel_aspect)
    y = np.arange(top, bottom, dtype=np.float32)[:, None]
    away = np.abs(1 - radii(place, x, y)) * min(place.across, place.down)
    cover = (thickness / 2 + 0.5 - away).clip(0, 1)
    yield left, top, np.asarray(cover * 255, np.uint8)
