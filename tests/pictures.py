"""Frames that every stage and detector must take: without faces, with many, of odd sizes."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
from PIL import Image

from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.picture import to_frame
from fer_video.perf.bench.crowd import portrait
from tests.media import Pixels, moving, patches, to_picture

RATE = 25


def crowd(width: int, height: int, columns: int = 1, rows: int = 1) -> Pixels:
    """The demo's portrait, so many times side by side, each at the right of its share."""
    cell = width // columns, height // rows
    person = Image.fromarray(np.asarray(portrait()))
    person.thumbnail(cell)
    picture = Image.new("RGB", (width, height), (90, 90, 90))
    for row in range(rows):
        for column in range(columns):
            right = (column + 1) * cell[0]
            picture.paste(person, (right - person.width, row * cell[1]))
    return np.asarray(picture)


PICTURES: dict[str, Callable[[], Pixels]] = {
    "no face": lambda: patches(320, 240),
    "one face": lambda: crowd(320, 240),
    "many faces": lambda: crowd(640, 480, 3, 2),
    "odd sides": lambda: crowd(321, 241),
    "one pixel": lambda: moving(1, 1, 1)[0],
    "one row": lambda: moving(5000, 1, 1)[0],
    "one column": lambda: moving(1, 3000, 1)[0],
}
FACES = {"one face": 1, "many faces": 6, "odd sides": 1}
"""How many faces a detector finds in a picture; in the others none."""


def film(name: str, count: int = 3) -> list[Frame]:
    """Frames of one of `PICTURES`, in which it drifts to the right; made anew with each call."""
    picture = PICTURES[name]()
    return [
        to_frame(
            to_picture(np.roll(picture, 2 * index, axis=1)),
            index=index,
            pts=index,
            time_base=Fraction(1, RATE),
            source=name,
        )
        for index in range(count)
    ]
