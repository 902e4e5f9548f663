"""What a setting may be: of its kind, within its range, or one of a few words."""

from math import inf
from numbers import Integral, Real
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from fer_video.engine.errors import OptionsError

MOST_SECONDS = 1e7
"""Longest time that is believed: 115 days."""

_KINDS: dict[Any, tuple[type | tuple[type, ...], str]] = {
    float: (Real, "a number"),
    int: (Integral, "a whole number"),
    str: ((str, Path), "text"),
    bool: (bool, "True or False"),
}
"""What a field of this type takes, NumPy's numbers too, and what it is called."""


def check_kinds(options: object) -> None:
    """Refuse what is not of its field's kind, and would fail far from here, or mislead.

    Raises:
        OptionsError: a field holds something else.
    """
    for name, hint in get_type_hints(type(options)).items():
        value = getattr(options, name)
        if get_origin(hint) is Literal or (value is None and NoneType in get_args(hint)):
            continue
        if get_origin(hint) is tuple:
            hint = tuple  # noqa: PLW2901
        kind = next((arg for arg in get_args(hint) if arg is not NoneType), hint)
        expected, words = _KINDS.get(kind, (kind, kind.__name__))
        if not isinstance(value, expected):
            raise OptionsError(f"{name.replace('_', ' ')} {value!r}: give {words}")


def check_range(
    options: object,
    name: str,
    least: float,
    most: float = inf,
    *,
    give: str,
    called: str | None = None,
) -> None:
    """Refuse a number outside its range, and NaN; None lies in every range.

    Args:
        options: whose field it is.
        name: of the field.
        least: smallest number that is taken.
        most: largest number that is taken.
        give: what to give instead, in words.
        called: what the message calls it; None for the field's name.

    Raises:
        OptionsError: it lies outside.
    """
    value = getattr(options, name)
    if value is not None and not least <= value <= most:
        raise OptionsError(f"{called or name.replace('_', ' ')} {value}: give {give}")


def check_word(options: object, name: str, words: Any) -> None:
    """Refuse what is none of a `Literal`'s words.

    Args:
        options: whose field it is.
        name: of the field.
        words: the `Literal`.

    Raises:
        OptionsError: it is another word.
    """
    value, known = getattr(options, name), get_args(words)
    if value not in known:
        raise OptionsError(f"{name} {value}: give one of {', '.join(known)}")
