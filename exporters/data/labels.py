"""What data sets and networks call expressions, and what this project calls them."""

from collections.abc import Mapping
from unicodedata import normalize

from fer_video.engine.faces.expressions import Expression

ALIASES: Mapping[str, str] = {
    **dict.fromkeys(("angry", "anger"), Expression.ANGRY),
    **dict.fromkeys(("disgust", "disgusted"), Expression.DISGUST),
    **dict.fromkeys(("happy", "happiness", "joy"), Expression.HAPPY),
    **dict.fromkeys(("neutral", "neutrality"), Expression.NEUTRAL),
    **dict.fromkeys(("surprise", "surprised"), Expression.SURPRISE),
    **dict.fromkeys(("sad", "sadness"), "sad"),
    **dict.fromkeys(("fear", "fearful", "afraid", "scared"), "fear"),
    **dict.fromkeys(("contempt", "contemptuous"), "contempt"),
}
"""Common forms of the eight expressions that public data sets label."""


def usual(label: str) -> str:
    """A label as this project calls it, whatever its case and form: anger is angry.

    Letters with marks are one letter each, as macOS does not write them in the names of folders.
    """
    word = normalize("NFC", label).lower()
    return str(ALIASES.get(word, word))
