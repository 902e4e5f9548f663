"""What a card says that its network cannot do: its own figures, and nobody else's."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fer_video.engine.errors import ModelError
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.exporters.evaluation.measure import measure
from fer_video.exporters.evaluation.report import Report
from fer_video.exporters.to_onnx.cards import card_of
from fer_video.exporters.to_onnx.limits import limits_of


def report_of(read: list[int], truth: list[int]) -> Report:
    return measure("net", "faces test", list(np.eye(5, dtype=np.float32)[read]), truth)


def content(report: Report) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(report.to_json())
    return values


def test_weak_class_is_told_with_what_it_is_taken_for() -> None:
    angry, neutral = EXPRESSIONS.index("angry"), EXPRESSIONS.index("neutral")
    report = report_of([angry, neutral, neutral, 1, neutral], [angry] * 4 + [neutral])
    text = limits_of([content(report)])
    assert "On faces test it reads 25% of the angry faces right" in text
    assert "takes most of the others for neutral." in text
    assert "neutral faces" not in text


def test_figures_of_a_network_of_other_labels_do_not_get_into_a_card() -> None:
    recipe = {"crop_scale": 2.8, "crop_shift": -0.15}
    record = {"network": "cnn", "recipe": recipe, "history": [], "labels": EXPRESSIONS}
    report = content(report_of([0, 1], [0, 1]))
    assert card_of(record, [report]).figures["faces test: accuracy"] == 1
    own = {**record, "labels": ["engaged", "happy"]}
    with pytest.raises(ModelError, match=r"on faces test is of net, .* not of this network of eng"):
        card_of(own, [report])
    (left_out, *measured) = EXPRESSIONS
    card_of(record, [{**report, "labels": measured, "left_out": {left_out: 0}}])


def test_conditions_that_cost_ten_points_are_told() -> None:
    conditions = {"as it is": 0.9, "blurred": 0.7, "gray": 0.89}
    report = replace(report_of([0, 1], [0, 1]), conditions=conditions)
    text = limits_of([content(report)])
    assert "it loses ten points or more under: blurred (20)." in text
    assert "gray" not in text


def test_good_network_and_one_that_was_never_measured_say_so() -> None:
    good = limits_of([content(report_of([0, 1, 2], [0, 1, 2]))])
    assert "right" not in good
    assert "Nothing was measured of this network" in limits_of([])
    for text in (good, limits_of([])):
        assert text.startswith("Reads what a face shows, not what a person feels.")
        assert "AffectNet" not in text
