"""Colours of the labels in pictures: told apart by colour-blind eyes, and dark enough in print.

The red and green that the engine draws on video (`engine.render.palette`) look alike to one man in
twelve. These are the colours of Okabe and Ito (2008), as near to the engine's as they come, and a
grey that is light enough to be told from their green.
"""

from collections.abc import Sequence

_FIXED = {
    "angry": "#D55E00",
    "disgust": "#009E73",
    "happy": "#E69F00",
    "neutral": "#B3B3B3",
    "surprise": "#0072B2",
}
_FREE = ("#CC79A7", "#56B4E9", "#000000", "#F0E442", "#7F3C8D", "#A5AA99", "#661100", "#117733")
"""Of other labels; the first four are Okabe and Ito's, too."""

MISSING = {
    "no_face": ("#E4E4E4", ""),
    "low_quality": ("#CFCFCF", "////"),
    "uncertain": ("#CFCFCF", "...."),
    "dropped": ("#FFFFFF", "xxxx"),
    "excluded": ("#FFFFFF", "----"),
}
"""Grey and hatching of each reason, so that no colour is mistaken for an expression."""


def colours(labels: Sequence[str]) -> dict[str, str]:
    """A colour for each label, `#RRGGBB`: its own for the packaged networks' labels.

    Others take free ones in the order of the alphabet; after thirteen labels they are repeated.
    """
    others = sorted({*labels} - _FIXED.keys())
    free = {label: _FREE[place % len(_FREE)] for place, label in enumerate(others)}
    return {label: _FIXED.get(label) or free[label] for label in labels}
