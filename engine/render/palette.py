"""The colour of each label: fixed for the usual ones, stable and distinct for all others."""

from colorsys import hls_to_rgb
from functools import lru_cache
from itertools import product

from fer_video.engine.faces.expressions import UNCERTAIN
from fer_video.engine.render.canvas import Rgb

PALETTE: dict[str, Rgb] = {
    "angry": (232, 76, 61),
    "disgust": (108, 190, 69),
    "happy": (255, 205, 64),
    "neutral": (168, 184, 200),
    "surprise": (86, 170, 255),
    UNCERTAIN: (150, 150, 150),
}
"""Colours of the packaged networks' labels, which are theirs in any network."""

_HUES, _LIGHTNESSES, _SATURATIONS = 24, (0.45, 0.6, 0.75), (0.55, 0.95)
"""Of the colours to choose from, light enough for black text on them."""


@lru_cache(maxsize=16)
def colours(labels: tuple[str, ...]) -> dict[str, Rgb]:
    """A colour for each label, and for `UNCERTAIN`.

    One that is not in `PALETTE` gets the colour farthest from all given away before, in the order
    of the alphabet, so that the order of a network's outputs does not matter.
    """
    given = dict(PALETTE)
    free = [
        _to_bytes(hls_to_rgb(hue / _HUES, lightness, saturation))
        for hue, lightness, saturation in product(range(_HUES), _LIGHTNESSES, _SATURATIONS)
    ]
    for label in sorted({*labels} - given.keys()):
        given[label] = max(free, key=lambda rgb: min(_distance(rgb, one) for one in given.values()))
    return given


def _to_bytes(rgb: tuple[float, float, float]) -> Rgb:
    red, green, blue = (round(255 * value) for value in rgb)
    return red, green, blue


def _distance(one: Rgb, other: Rgb) -> float:
    """Squared, green counting most, as an eye sees them."""
    return sum(w * (a - b) ** 2 for w, a, b in zip((2, 4, 3), one, other, strict=True))
