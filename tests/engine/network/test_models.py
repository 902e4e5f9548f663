"""What an ONNX file says about itself."""

import json
from pathlib import Path

import pytest

from fer_video.engine.errors import ModelError
from fer_video.engine.expressions import EXPRESSIONS
from fer_video.engine.network.card import ModelCard
from fer_video.engine.network.models import MODELS, find_model, find_version
from fer_video.engine.network.session import Session
from fer_video.engine.options import SessionOptions
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


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperature": 0},
        {"temperature": "x"},
        {"crop_scale": -1},
        {"mean": None},
        {"activation": "relu"},
        {"colour": "CMYK"},
        {"input_width": -5},
        {"input_width": 48.5},
        {"input_height": 10**9},
        {"mean": float("nan")},
        {"crop_shift": float("inf")},
        {"threshold": float("nan")},
        {"scale": float("inf")},
        {"labels": [1, 2, 3, 4, 5]},
    ],
)
def test_card_with_an_impossible_value_is_refused(wrong: dict[str, object]) -> None:
    values = {"name": "x", "task": "expressions", "input_height": 48, "input_width": 48} | wrong
    with pytest.raises(ModelError, match=next(iter(wrong))):
        ModelCard.from_json(json.dumps(values), "x.json")


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
