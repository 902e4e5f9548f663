"""A face is made of finite numbers, whoever makes it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fer_video.engine.faces.face import Box, Face

POINTS = np.zeros((5, 2), np.float32)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["left", "top", "width", "height"])
def test_box_that_is_nowhere_cannot_be_made(name: str, value: float) -> None:
    with pytest.raises(ValueError, match="finite numbers"):
        Box(**{"left": 0.0, "top": 0.0, "width": 1.0, "height": 1.0} | {name: value})


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_face_without_a_score_or_a_place_cannot_be_made(value: float) -> None:
    face = Face(Box(0, 0, 1, 1), 0.5, POINTS)
    with pytest.raises(ValueError, match="score"):
        replace(face, score=value)
    points = POINTS.copy()
    points[4, 1] = value
    with pytest.raises(ValueError, match="landmarks"):
        replace(face, landmarks=points)


def test_numbers_of_any_kind_become_plain_and_points_an_array() -> None:
    half: Any = np.float32(0.5)
    face = Face(Box(half, np.array(2), 3, 4), half, [[1, 2]] * 5)  # type: ignore[arg-type]
    plain = (face.box.left, face.box.top, face.box.width, face.box.height, face.score)
    assert plain == (0.5, 2.0, 3.0, 4.0, 0.5)
    assert {type(number) for number in plain} == {float}
    assert face.landmarks is not None
    assert face.landmarks.shape == (5, 2)
    assert face.landmarks.dtype == np.float32


@pytest.mark.parametrize("wrong", ["wide", None, np.zeros(2)])
def test_what_is_no_number_is_named(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"width is .*; give a number"):
        Box(0, 0, wrong, 1)
    with pytest.raises(ValueError, match=r"score is .*; give a number"):
        Face(Box(0, 0, 1, 1), wrong)


def test_faces_beyond_the_border_and_without_size_can_be_made() -> None:
    assert Face(Box(-500, 9000, 0, 0), 0.0).box.area == 0


def test_share_of_boxes() -> None:
    box = Box(0, 0, 10, 10)
    assert box.iou(box) == 1
    assert box.iou(Box(5, 0, 10, 10)) == pytest.approx(1 / 3)
    assert box.iou(Box(10, 0, 10, 10)) == box.iou(Box(0, 20, 10, 10)) == 0
    assert box.iou(Box(3, 3, 0, 0)) == 0
