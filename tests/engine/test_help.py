"""What `help` and a tooltip say of the public names."""

import pydoc
from dataclasses import fields, is_dataclass

import pytest

from fer_video import engine
from fer_video.engine import Delivery, Expression
from fer_video.engine.field_texts import texts_of

PUBLIC = {name: getattr(engine, name) for name in engine.__all__}
CLASSES = {name: each for name, each in PUBLIC.items() if isinstance(each, type)}
RECORDS = {name: each for name, each in CLASSES.items() if is_dataclass(each)}


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
    assert len(told(engine).splitlines()) < 3500  # of some fifty classes and functions


def test_labels_are_plain_strings() -> None:
    assert [type(label) for label in engine.EXPRESSIONS] == [str] * 5
    assert engine.EXPRESSIONS[2] == Expression.HAPPY == "happy"
