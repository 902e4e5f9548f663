"""What `help` and a tooltip say of the public names."""

import inspect
import pydoc
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

import pytest

from fer_video import engine
from fer_video.engine import Delivery, Expression
from fer_video.engine.field_texts import texts_of

PUBLIC = {name: getattr(engine, name) for name in engine.__all__}
CLASSES = {name: each for name, each in PUBLIC.items() if isinstance(each, type)}
RECORDS = {name: each for name, each in CLASSES.items() if is_dataclass(each)}


INSIDE = {"Reads", "YuNetDetector", "OwnDetector"}
"""What `Networks` holds, which is for the engine."""
OF_PYAV = (engine.SourceInfo, engine.SoundPacket)
"""Their annotations name PyAV's types, as its stubs alone have them."""


def types_in(hint: Any) -> Iterator[type]:
    """Classes of ours that an annotation names, however deep."""
    if isinstance(hint, type) and hint.__module__.startswith("fer_video"):
        yield hint
    for part in hint if isinstance(hint, list) else get_args(hint):
        yield from types_in(part)


def hints_of(thing: object) -> dict[str, Any]:
    """Annotations of a function, or of a dataclass's fields."""
    taken = inspect.isfunction(thing) or (is_dataclass(thing) and thing not in OF_PYAV)
    return get_type_hints(thing) if taken else {}


def methods_of(thing: object) -> Iterator[object]:
    """Public methods and properties of a class."""
    for name, member in vars(thing).items() if isinstance(thing, type) else ():
        if not name.startswith("_") and (thing, name) != (engine.Arrays, "loop"):
            yield member.fget if isinstance(member, property) else inspect.unwrap(member)


@pytest.mark.parametrize("name", PUBLIC)
def test_all_that_public_names_take_and_give_has_a_public_name(name: str) -> None:
    each = PUBLIC[name]
    hints = [hint for one in (each, *methods_of(each)) for hint in hints_of(one).values()]
    assert {found.__name__ for hint in hints for found in types_in(hint)} <= {*PUBLIC, *INSIDE}


def told(thing: object) -> str:
    return pydoc.plain(pydoc.render_doc(thing))


@pytest.mark.parametrize("name", RECORDS)
def test_help_shows_what_stands_under_each_field(name: str) -> None:
    texts, page = texts_of(RECORDS[name]), told(RECORDS[name])
    assert texts, name
    for field, text in texts.items():
        lines = "".join(f" |      {line}\n" for line in text.splitlines())
        assert f" |  {field}\n{lines}" in page, field


def test_each_field_of_a_result_and_of_the_options_says_what_it_is() -> None:
    for each in RECORDS.values():
        assert {field.name for field in fields(each)} - texts_of(each).keys() <= {"box"}, each


@pytest.mark.parametrize("name", CLASSES)
def test_help_of_a_class_is_read_in_a_minute(name: str) -> None:
    assert len(told(CLASSES[name]).splitlines()) < 160


def test_constants_do_not_bring_the_methods_of_all_strings() -> None:
    for each in (Expression, Delivery):
        assert "capitalize" not in told(each)
    assert len(told(engine).splitlines()) < 4000  # of some sixty classes and functions


def test_labels_are_plain_strings() -> None:
    assert [type(label) for label in engine.EXPRESSIONS] == [str] * 5
    assert engine.EXPRESSIONS[2] == Expression.HAPPY == "happy"
