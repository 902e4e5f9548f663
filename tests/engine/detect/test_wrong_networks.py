"""Detectors from elsewhere that are not what they say: one clear error, or faces that are whole."""

import json
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from fer_video.engine import DetectOptions, EngineOptions, open_pipeline
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.errors import ModelError
from fer_video.engine.faces.face import Face
from fer_video.engine.network.card import ModelCard
from fer_video.engine.network.session import Session
from fer_video.engine.options.session import SessionOptions
from tests.command_line import assert_one_complaint
from tests.conftest import Cli
from tests.media import write_image, write_video
from tests.networks import (
    CELL,
    PICTURE,
    SECOND_CELL,
    Answers,
    classifier_card,
    detector_answers,
    two_faces,
    write_classifier,
    write_spot_detector,
    write_two_faced_detector,
)

WHITE = np.full((PICTURE, PICTURE), 255, np.uint8)

SHAPES: dict[str, tuple[str, tuple[int, ...]]] = {
    "one cell": ("bbox_8", (1, 1, 4)),
    "no cell": ("kps_16", (1, 0, 10)),
    "too many cells": ("cls_8", (1, 100_000, 1)),
    "too few numbers": ("kps_8", (1, 64, 2)),
    "too many numbers": ("bbox_8", (1, 64, 5)),
    "no picture": ("obj_32", (0, 4, 1)),
    "two pictures": ("obj_32", (2, 4, 1)),
    "an axis less": ("cls_8", (1, 64)),
    "an axis more": ("cls_8", (1, 64, 1, 1)),
    "no axis": ("bbox_32", ()),
}
"""Outputs, and shapes that they must not have."""


def load(path: Path, **options: Any) -> YuNetDetector:
    return YuNetDetector(DetectOptions(str(path), **options), SessionOptions("cpu"))


def numbers(face: Face) -> list[float]:
    assert face.landmarks is not None
    return [*astuple(face.box), face.score, *face.landmarks.ravel().tolist()]


# shapes and types


@pytest.mark.parametrize("case", SHAPES)
def test_output_that_changes_its_shape_is_named_with_what_was_promised(
    tmp_path: Path, case: str
) -> None:
    """Compiled loops rely on shapes; a network may give another one with every picture."""
    name, shape = SHAPES[case]
    answers = two_faces() | {name: np.full(shape, 0.9, np.float32)}
    detector = load(write_two_faced_detector(tmp_path / "liar.onnx", answers))
    assert detector(np.zeros_like(WHITE), full_range=True) == ()
    promised = detector_answers()[name].shape
    with pytest.raises(ModelError) as caught:
        detector(WHITE, full_range=True)
    said = str(caught.value)
    for part in ("liar.onnx", name, f"shape {shape} ", f"gives {promised} ", "64x64 pixels"):
        assert part in said


@pytest.mark.parametrize("case", SHAPES)
def test_output_of_another_shape_is_refused_at_loading(tmp_path: Path, case: str) -> None:
    name, shape = SHAPES[case]
    dark = detector_answers() | {name: np.zeros(shape, np.float32)}
    with pytest.raises(ModelError, match=rf"liar\.onnx: its output {name} is of shape"):
        load(write_two_faced_detector(tmp_path / "liar.onnx", two_faces(), dark))


@pytest.mark.parametrize("kind", [np.float64, np.float16, np.int64, np.uint8])
def test_output_of_another_type_is_refused(tmp_path: Path, kind: type[Any]) -> None:
    dark, bright = detector_answers(), two_faces()
    for answers in (dark, bright):
        answers["bbox_16"] = answers["bbox_16"].astype(kind)
    with pytest.raises(ModelError, match=r"a\.onnx: its output bbox_16 is tensor\(.*float"):
        load(write_two_faced_detector(tmp_path / "a.onnx", bright, dark))


@pytest.mark.parametrize("size", [(8192, 64), (64, 100_000)])
def test_fixed_size_that_no_yunet_has_is_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    with pytest.raises(ModelError, match=r"a\.onnx"):
        load(write_spot_detector(tmp_path / "a.onnx", size))


@pytest.mark.parametrize(
    "values",
    [
        {"task": "expressions"},
        {"layout": "NHWC"},
        {"colour": "RGBX", "layout": "NHWC", "mean": 0.0, "scale": 1.0},
    ],
)
def test_card_of_something_else_is_refused(tmp_path: Path, values: dict[str, Any]) -> None:
    usual: dict[str, Any] = {"name": "a", "task": "faces", "input_height": 64, "input_width": 64}
    card = ModelCard(**usual | values)
    with pytest.raises(ModelError, match=r"a\.onnx: its card says"):
        load(write_spot_detector(tmp_path / "a.onnx", card=card))


@pytest.mark.parametrize("count", [0, 2])
def test_network_that_does_not_take_one_picture_is_refused(tmp_path: Path, count: int) -> None:
    inputs = [
        helper.make_tensor_value_info(f"in_{i}", TensorProto.FLOAT, [1, 3, 64, 64])
        for i in range(count)
    ]
    constant = helper.make_tensor("c", TensorProto.FLOAT, [1], [0.0])
    node = helper.make_node("Constant", [], ["cls_8"], value=constant)
    output = helper.make_tensor_value_info("cls_8", TensorProto.FLOAT, [1])
    graph = helper.make_graph([node], "odd", inputs, [output])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, tmp_path / "odd.onnx")
    with pytest.raises(ModelError, match=rf"odd\.onnx: takes {count} inputs"):
        Session(tmp_path / "odd.onnx", SessionOptions("cpu"))


def test_network_that_gives_nothing_is_refused(tmp_path: Path) -> None:
    path = write_classifier(tmp_path / "mute.onnx", classifier_card())
    model = onnx.load(path)
    del model.graph.output[:]
    onnx.save(model, path)
    with pytest.raises(ModelError, match=r"mute\.onnx: gives no output"):
        Session(path, SessionOptions("cpu"))


def test_network_that_takes_no_picture_is_refused(tmp_path: Path) -> None:
    path = write_two_faced_detector(tmp_path / "flat.onnx", two_faces())
    model = onnx.load(path)
    del model.graph.input[0].type.tensor_type.shape.dim[3]
    onnx.save(model, path)
    with pytest.raises(ModelError, match=r"flat\.onnx: takes \['n', 3, 64\]; a face detector"):
        load(path)


# numbers


def spoilt(output: str, column: int, value: float) -> Answers:
    """Two faces, with one number of the surer one changed."""
    answers = two_faces()
    answers[output][0, CELL, column] = value
    return answers


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30, -1e30, 1e4, -1e4])
@pytest.mark.parametrize(
    ("output", "column"),
    [("bbox_8", 0), ("bbox_8", 1), ("bbox_8", 2), ("bbox_8", 3), ("kps_8", 0), ("kps_8", 9)],
)
def test_face_with_a_number_that_is_none_or_absurd_is_left_out_alone(
    tmp_path: Path, output: str, column: int, value: float
) -> None:
    whole, other = load(write_two_faced_detector(tmp_path / "a.onnx", two_faces())), tmp_path / "b"
    first, second = whole(WHITE, full_range=True)
    answers = spoilt(output, column, value)
    (left,) = load(write_two_faced_detector(other, answers))(WHITE, full_range=True)
    assert first.score > second.score
    assert numbers(left) == numbers(second)


@pytest.mark.parametrize("output", ["cls_8", "obj_8"])
@pytest.mark.parametrize(("value", "scores"), [(np.nan, [0.8]), (np.inf, [0.8]), (9.0, [1, 0.8])])
@pytest.mark.parametrize("threshold", [0.5, 0.01])
def test_scores_are_probabilities(
    tmp_path: Path, output: str, value: float, scores: list[float], threshold: float
) -> None:
    file = write_two_faced_detector(tmp_path / "a.onnx", spoilt(output, 0, value))
    found = load(file, threshold=threshold)(WHITE, full_range=True)
    assert [face.score for face in found] == pytest.approx(scores)


def test_scores_that_are_no_numbers_are_no_faces_even_without_a_threshold(tmp_path: Path) -> None:
    answers = detector_answers()
    for name in answers:
        answers[name][:] = np.nan
    answers["cls_8"][0, SECOND_CELL] = 0.8
    found = load(write_two_faced_detector(tmp_path / "a.onnx", answers), threshold=0.0)
    assert found(WHITE, full_range=True) == ()


def test_faces_as_large_and_as_far_out_as_a_picture_are_kept(tmp_path: Path) -> None:
    """A face that fills the picture reaches beyond it."""
    answers = two_faces()
    answers["bbox_8"][0, CELL, 2:] = np.log(PICTURE * 2 / 8)
    answers["kps_8"][0, CELL, ::2] += PICTURE / 8
    first, _ = load(write_two_faced_detector(tmp_path / "a.onnx", answers))(WHITE, full_range=True)
    assert first.box.width == pytest.approx(2 * PICTURE)
    assert first.landmarks is not None
    assert first.landmarks[:, 0].max() > PICTURE


# through the whole engine


WRONG_NUMBERS: dict[str, Answers] = {
    "a landmark is NaN": spoilt("kps_8", 0, np.nan),
    "a landmark is infinite": spoilt("kps_8", 3, np.inf),
    "landmarks are far apart": spoilt("kps_8", 1, -1e6),
    "landmarks are as far apart as is allowed": spoilt("kps_8", 1, -3.9 * PICTURE / 8),
    "a box is NaN": spoilt("bbox_8", 2, np.nan),
    "a box is huge": spoilt("bbox_8", 2, 20.0),
    "a score is NaN": spoilt("cls_8", 0, np.nan),
}


def bright(path: Path, height: int = 200, width: int = 300) -> Path:
    levels = np.full((height, width, 3), 255, np.uint8)
    return write_image(path, levels)


@pytest.mark.parametrize("case", WRONG_NUMBERS)
@pytest.mark.parametrize("classify", ["every", "adaptive"])
def test_records_and_pictures_hold_finite_numbers_alone(
    tmp_path: Path, case: str, classify: Any
) -> None:
    detect = DetectOptions(str(write_two_faced_detector(tmp_path / "a.onnx", WRONG_NUMBERS[case])))
    model = str(write_classifier(tmp_path / "c.onnx", classifier_card()))
    options = EngineOptions(model, detect, classify=classify)
    with open_pipeline(bright(tmp_path / "w.png"), options) as pipeline:
        (result,) = pipeline
    assert 1 <= len(result.readings) <= 2
    json.dumps(result.to_dict(), allow_nan=False)


def test_landmarks_in_one_point_are_followed_to_a_place(tmp_path: Path) -> None:
    """A crop without size would have no way back to the picture."""
    levels = np.zeros((120, 160, 3), np.uint8)
    levels[40:56, 80:96] = 255
    clip = write_video(tmp_path / "spot.mp4", [levels] * 3)
    model = str(write_classifier(tmp_path / "c.onnx", classifier_card()))
    detect = DetectOptions(str(write_spot_detector(tmp_path / "s.onnx")), size=160)
    with open_pipeline(clip, EngineOptions(model, detect, classify="adaptive")) as pipeline:
        results = list(pipeline)
    assert any(reading.reused for reading in results[1].readings)
    for result in results:
        json.dumps(result.to_dict(), allow_nan=False)


def test_command_line_names_the_network_and_the_output(cli: Cli, tmp_path: Path) -> None:
    answers = two_faces() | {"bbox_8": np.zeros((1, 1, 4), np.float32)}
    write_two_faced_detector(tmp_path / "liar.onnx", answers)
    bright(tmp_path / "w.png")
    run = cli("--source", "w.png", "--detector", "liar.onnx", "--json", "o.jsonl")
    assert_one_complaint(run, "liar.onnx", "bbox_8", "(1, 1, 4)", "(1, 64, 4)")


def test_command_line_survives_a_landmark_that_is_no_number(cli: Cli, tmp_path: Path) -> None:
    write_two_faced_detector(tmp_path / "nan.onnx", spoilt("kps_8", 0, np.nan))
    bright(tmp_path / "w.png")
    run = cli("predict", "w.png", "--json", "--detector", "nan.onnx")
    assert run.returncode == 0, run.stderr
    (face,) = json.loads(run.stdout)["faces"]
    assert face["score"] == pytest.approx(0.8)
