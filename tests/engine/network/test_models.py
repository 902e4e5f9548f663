"""What an ONNX file says about itself."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from fer_video.engine.errors import ModelError
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.engine.network.card import CARD_KEY, ModelCard
from fer_video.engine.network.models import MODELS, find_model, find_version
from fer_video.engine.network.session import Session
from fer_video.engine.options.session import SessionOptions
from tests.networks import classifier_card, write_classifier


def test_card_survives_the_way_through_a_file(tmp_path: Path) -> None:
    card = classifier_card(
        layout="NHWC", temperature=1.7, trained_on=("FER+",), figures={"accuracy": 0.87}
    )
    path = write_classifier(tmp_path / "a.onnx", card)
    assert Session(path, SessionOptions()).card == card


def test_card_beside_the_file_serves_where_none_is_inside(tmp_path: Path) -> None:
    path = write_classifier(tmp_path / "a.onnx", None)
    assert Session(path, SessionOptions()).card is None
    path.with_suffix(".json").write_text(classifier_card().to_json())
    assert Session(path, SessionOptions()).card == classifier_card()


def test_short_card_is_filled_with_the_usual() -> None:
    text = '{"name": "x", "task": "expressions", "input_height": 48, "input_width": 48}'
    card = ModelCard.from_json(text, "x.json")
    assert card.labels == tuple(EXPRESSIONS)
    assert (card.layout, card.colour) == ("NCHW", "RGB")


TYPICAL = {"name": "x", "task": "expressions", "input_height": 48, "input_width": 48}
NESTED: Any = {}
for _ in range(50):
    NESTED = {"a": [NESTED]}
WRONG: list[dict[str, Any]] = [
    {"name": 3},
    {"task": "faces and more"},
    {"temperature": 0},
    {"temperature": "x"},
    {"temperature": True},
    {"crop_scale": -1},
    {"crop_scale": 1e300},
    {"mean": None},
    {"mean": "127.5"},
    {"mean": [1, 2]},
    {"mean": [1, 2, "x"]},
    {"mean": 10**400},
    {"mean": float("nan")},
    {"scale": float("inf")},
    {"scale": [1, 0, 1]},
    {"scale": False},
    {"activation": "relu"},
    {"activation": ["softmax"]},
    {"colour": "CMYK"},
    {"layout": 4},
    {"input_width": -5},
    {"input_width": 48.5},
    {"input_width": True},
    {"input_height": 10**9},
    {"input_height": "48"},
    {"crop_shift": float("inf")},
    {"threshold": float("nan")},
    {"threshold": 2},
    {"min_confidence": 1.5},
    {"min_confidence": -0.1},
    {"min_confidence": "high"},
    {"min_confidence": None},
    {"labels": "angry"},
    {"labels": []},
    {"labels": ["one"]},
    {"labels": [1, 2, 3, 4, 5]},
    {"labels": {"a": 1}},
    {"labels": ["a", "b", "a"]},
    {"labels": ["Happy", "happy"]},
    {"labels": ["a", ""]},
    {"labels": ["a", " "]},
    {"labels": ["a", "b "]},
    {"labels": ["a", "two\nlines"]},
    {"labels": ["a", "b" * 1000]},
    {"labels": ["a", "uncertain"]},
    {"labels": [f"label {i}" for i in range(101)]},
    {"neutral": 3},
    {"trained_on": "FER+"},
    {"trained_on": [["FER+"]]},
    {"terms": ["MIT"]},
    {"figures": {"accuracy": "good"}},
    {"figures": [1]},
    {"figures": {"accuracy": True}},
    {"recipe": NESTED},
    {"tools": NESTED},
    {"recipe": 3},
    {"format": "1"},
    {"format": 0},
    {"format": True},
    {"format": 1.5},
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: str(wrong)[:40])
def test_card_with_an_impossible_value_is_refused_in_a_line_that_names_the_field(
    wrong: dict[str, Any],
) -> None:
    with pytest.raises(ModelError) as caught:
        ModelCard.from_json(json.dumps(TYPICAL | wrong), "x.json")
    line = str(caught.value)
    assert line.startswith("x.json: the model card cannot be read (")
    assert re.search(rf"\({next(iter(wrong))}\b.* is .*; .*(give|make|unsure|twice)", line), line
    assert "\n" not in line
    assert len(line) < 250


def test_card_made_in_python_takes_lists() -> None:
    card = classifier_card(labels=["a", "b", "neutral"], mean=[1, 2, 3], trained_on=["FER+"])
    assert (card.labels, card.mean) == (("a", "b", "neutral"), (1, 2, 3))
    assert card == ModelCard.from_json(card.to_json(), "x.json")


@pytest.mark.parametrize("name", ["name", "task", "input_height", "input_width"])
def test_card_without_what_every_card_says_is_refused(name: str) -> None:
    text = json.dumps({key: value for key, value in TYPICAL.items() if key != name})
    with pytest.raises(ModelError, match=rf"it has no {name}; every card says it"):
        ModelCard.from_json(text, "x.json")


def test_card_of_a_later_version_is_read_as_far_as_it_is_known() -> None:
    later = TYPICAL | {"format": 7, "pose": {"yaw": 30}, "sound": [1, [2]], "mean": [1, 2, 3]}
    card = ModelCard.from_json(json.dumps(later), "x.json")
    assert card == ModelCard("x", "expressions", 48, 48, mean=(1, 2, 3))


def test_mistyped_field_is_ignored_with_a_word(caplog: pytest.LogCaptureFixture) -> None:
    text = json.dumps(TYPICAL | {"temprature": 2.0, "author": "me"})
    assert ModelCard.from_json(text, "x.json").temperature == 1
    (said,) = [record.getMessage() for record in caplog.records]
    assert said == "x.json: the card's field temprature is ignored; did you mean temperature?"


def test_card_says_its_format_and_comes_back_as_it_was() -> None:
    card = classifier_card(
        labels=("a", "b"), mean=(1.0, 2.0, 3.0), recipe={"phases": [{"mix": [0.5]}]}
    )
    assert next(iter(json.loads(card.to_json()).items())) == ("format", 1)
    assert ModelCard.from_json(card.to_json(), "x.json") == card


def test_huge_card_is_refused_before_it_is_read() -> None:
    text = json.dumps(TYPICAL | {"terms": "x" * 2**21})
    with pytest.raises(ModelError, match=r"x\.json: .*it has 2\d+ bytes"):
        ModelCard.from_json(text, "x.json")


@pytest.mark.parametrize(
    "text", ["", "no json", "[]", "3", "{}", '{"nmae": "typo"}', '"text"', "[" * 100_000]
)
def test_unreadable_card_is_named(text: str) -> None:
    with pytest.raises(ModelError, match=r"x\.json: the model card cannot be read"):
        ModelCard.from_json(text, "x.json")


@pytest.mark.parametrize("data", [b"\xff\xfe", b"{"])
def test_unreadable_card_beside_the_file_is_named(tmp_path: Path, data: bytes) -> None:
    path = write_classifier(tmp_path / "a.onnx", None)
    path.with_suffix(".json").write_bytes(data)
    with pytest.raises(ModelError, match=r"a\.json"):
        Session(path, SessionOptions())


def test_packaged_models_are_found_by_name() -> None:
    assert {"cnn", "detector"} <= set(MODELS)
    assert find_model("cnn").is_file()


def test_packaged_classifier_says_what_it_is() -> None:
    card = Session(find_model("cnn"), SessionOptions()).card
    assert card is not None
    assert card.task == "expressions"
    assert card.labels == tuple(EXPRESSIONS)
    assert json.loads(card.to_json())["input_height"] == card.input_height


@pytest.mark.parametrize("name", MODELS)
def test_packaged_cards_say_their_format_and_what_their_phases_were(name: str) -> None:
    session = Session(find_model(name), SessionOptions("cpu"))
    values = json.loads(session.metadata[CARD_KEY])
    assert values["format"] == 1
    told = json.dumps(values["recipe"])
    assert "phase" in told
    assert "stage" not in told


@pytest.mark.parametrize("name", ["no_such_model", "missing.onnx", "."])
def test_unknown_model_is_named_with_what_there_is(name: str) -> None:
    with pytest.raises(ModelError, match=r"no such model.*cnn"):
        find_model(name)


@pytest.mark.parametrize("model", ["cnn", "cnn_int8"])
def test_auto_is_int8_only_where_that_is_fast(model: str) -> None:
    assert find_version(model, "auto", fast_int8=True) == MODELS["cnn_int8"]
    assert find_version(model, "auto", fast_int8=False) == MODELS[model]


def test_precision_asked_for_is_what_comes() -> None:
    assert find_version("cnn", "fp32", fast_int8=True) == MODELS["cnn"]
    assert find_version("cnn_int8", "fp32", fast_int8=True) == MODELS["cnn"]
    assert find_version("cnn_int8", "int8", fast_int8=False) == MODELS["cnn_int8"]
    assert find_version("cnn", "int8", fast_int8=False) == MODELS["cnn_int8"]


def test_file_has_the_precision_it_has(tmp_path: Path) -> None:
    path = write_classifier(tmp_path / "a.onnx", None)
    assert find_version(str(path), "auto", fast_int8=True) == path
    with pytest.raises(ModelError, match=r"one precision; use `EngineOptions\(precision='auto'\)`"):
        find_version(str(path), "int8", fast_int8=True)


def test_precision_that_is_not_there_is_named() -> None:
    with pytest.raises(ModelError, match=r"mobilenetv2: there is no fp16 version.*quantize"):
        find_version("mobilenetv2", "fp16", fast_int8=True)
