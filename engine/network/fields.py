"""What the fields of a model card may hold.

Each check names the field, what was found, and what to do.
"""

from collections.abc import Callable, Mapping
from reprlib import Repr
from typing import Any

from fer_video.engine.faces.expressions import UNCERTAIN

LARGEST_SIDE = 4096
"""Most pixels along a side of what a network reads, so that none asks for all memory."""
MOST_LABELS, LONGEST_LABEL = 100, 40
"""Most labels of a network, and most letters of one, so that they can be drawn."""
LARGEST = 1e6
"""Largest number in a field that counts, far beyond any grey level."""
_SMALLEST = 1e-6
_DEEPEST = 8
"""Most lists and tables within each other in what a card tells people."""

Check = Callable[[str, Any], None]
"""Takes the name of a field and what it holds.

Raises:
    ValueError: it may not hold that.
"""

_BRIEF = Repr()
_BRIEF.maxstring = _BRIEF.maxother = _BRIEF.maxlong = 40
_BRIEF.maxtuple = _BRIEF.maxlist = 6


def refused(name: str, value: object, advice: str) -> ValueError:
    """The error of a field, in one line of bearable length whatever it holds."""
    return ValueError(f"{name} is {_BRIEF.repr(value)}; {advice}")


def is_number(value: object, least: float = -LARGEST) -> bool:
    """Whether it is a number that counts, which true and false are not, nor infinity."""
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return plain and least <= value <= LARGEST  # type: ignore[operator] # a number by now


def choice(options: tuple[str, ...]) -> Check:
    """One of some words."""

    def check(name: str, value: Any) -> None:
        if value not in options:
            raise refused(name, value, f"give one of {', '.join(options)}")

    return check


def side(name: str, value: Any) -> None:
    """A whole number of pixels."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= LARGEST_SIDE:
        raise refused(name, value, f"give a whole number, 1 to {LARGEST_SIDE} pixels")


def number(name: str, value: Any) -> None:
    """Any finite number."""
    if not is_number(value):
        raise refused(name, value, f"give a number from {-LARGEST:g} to {LARGEST:g}")


def positive(name: str, value: Any) -> None:
    """A finite number above 0."""
    if not is_number(value, _SMALLEST):
        raise refused(name, value, f"give a number above 0, {_SMALLEST:g} to {LARGEST:g}")


def share(name: str, value: Any) -> None:
    """A number from 0 to 1."""
    if not (is_number(value) and 0 <= value <= 1):
        raise refused(name, value, "give a number, 0 to 1")


def for_channels(check: Check) -> Check:
    """A number for all three channels, or one for each."""

    def each(name: str, value: Any) -> None:
        if not isinstance(value, tuple):
            check(name, value)
            return
        if len(value) != 3:
            raise refused(name, value, "give one number, or three: one for each channel")
        for part in value:
            check(name, part)

    return each


def text(name: str, value: Any) -> None:
    """Words for people."""
    if not isinstance(value, str):
        raise refused(name, value, "give text between quotes")


def texts(name: str, value: Any) -> None:
    """A list of words for people."""
    if not isinstance(value, tuple) or not all(isinstance(word, str) for word in value):
        raise refused(name, value, "give a list of texts")


def labels(name: str, value: Any) -> None:
    """Names of what a network tells apart, fit to be drawn, and to name columns and folders."""
    texts(name, value)
    if not 0 < len(value) <= MOST_LABELS:
        raise refused(name, value, f"give 1 to {MOST_LABELS} labels, one an output, in order")
    seen: set[str] = set()
    for label in value:
        if not label or label != label.strip() or not label.isprintable():
            raise refused(f"{name}: one", label, "give each a name, without blanks around it")
        if len(label) > LONGEST_LABEL:
            raise refused(f"{name}: one", label, f"give names of up to {LONGEST_LABEL} letters")
        if label.casefold() == UNCERTAIN:
            raise refused(f"{name}: one", label, "give another name: unsure faces are called so")
        if label.casefold() in seen:
            raise refused(f"{name}: one", label, "it is there twice; give each output its own")
        seen.add(label.casefold())


def table(name: str, value: Any) -> None:
    """What is told by name: words, numbers, and lists and tables of them."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise refused(name, value, "give a table of names and values")
    layer: list[Any] = [value]
    for _ in range(_DEEPEST):
        layer = [part for whole in layer for part in _parts(whole)]
    if layer:
        raise ValueError(f"{name} is nested more than {_DEEPEST} deep; make it flatter")


def numbers(name: str, value: Any) -> None:
    """Figures by name."""
    table(name, value)
    for key, figure in value.items():
        if not isinstance(figure, int | float) or isinstance(figure, bool):
            raise refused(f"{name}: {_BRIEF.repr(key)}", figure, "give a number")


def _parts(whole: Any) -> list[Any]:
    if isinstance(whole, Mapping):
        return list(whole.values())
    return list(whole) if isinstance(whole, list | tuple) else []
