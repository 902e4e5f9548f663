"""A detector of somebody's own: what it is given, what is made of its faces, what is refused."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fer_video.engine import (
    Box,
    EngineOptions,
    Face,
    Networks,
    OptionsError,
    Recognizer,
    Records,
    open_pipeline,
)
from fer_video.engine.capture.pictures.given import Picture
from fer_video.engine.detect.own import OwnDetector
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.frames.frame import Plane
from tests.networks import classifier_card, write_classifier
from tests.pictures import film

BOX = Box(20, 10, 40, 48)


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> EngineOptions:
    """With a classifier that is loaded in no time."""
    path = tmp_path_factory.mktemp("networks") / "tiny.onnx"
    return EngineOptions(str(write_classifier(path, classifier_card())), draw=False)


def in_the_middle(_grey: Plane) -> list[Face]:
    return [Face(BOX, 0.9)]


def pictures(count: int = 3) -> list[Picture]:
    return [np.full((72, 96, 3), 5 * i, np.uint8) for i in range(count)]


def test_its_faces_are_tracked_and_read(options: EngineOptions) -> None:
    with open_pipeline(pictures(), options, detector=in_the_middle) as pipeline:
        results = list(pipeline)
    assert len(results) == 3
    for result in results:
        (reading,) = result.readings
        assert (reading.face.box, reading.face.id) == (BOX, 1)
        assert reading.scores.sum() == pytest.approx(1)


def test_packaged_detector_given_as_ones_own_finds_the_same(detector: YuNetDetector) -> None:
    own = OwnDetector(lambda grey: detector(grey, full_range=True))
    for frame in film("many faces"):
        for full_range in (True, False):
            found, expected = (
                finds(frame.luma, full_range=full_range) for finds in (own, detector.clone())
            )
            assert len(found) == len(expected) == 6
            for one, other in zip(found, expected, strict=True):
                assert one.box.iou(other.box) > 0.95


@pytest.mark.parametrize(("full_range", "levels"), [(True, [16, 126, 235]), (False, [0, 128, 255])])
def test_it_is_given_grey_levels_that_it_may_change(full_range: bool, levels: list[int]) -> None:
    plane = np.repeat(np.array([16, 126, 235], np.uint8), 8).reshape(3, 8)
    padded = np.pad(plane, [(0, 0), (0, 5)])[:, :8]
    seen: list[Plane] = []

    def scribble(grey: Plane) -> tuple[Face, ...]:
        seen.append(grey.copy())
        grey[:] = 77
        return ()

    assert OwnDetector(scribble)(padded, full_range=full_range) == ()
    np.testing.assert_array_equal(seen[0][:, 0], levels)
    np.testing.assert_array_equal(padded, plane)


def test_surest_comes_first_whatever_order_and_kind_of_landmarks_it_gives() -> None:
    points: Any = np.arange(10.0).reshape(5, 2)  # float64
    faces = (Face(BOX, score, points) for score in (0.2, 0.9, 0.5))
    found = OwnDetector(lambda _: faces)(np.zeros((9, 9), np.uint8), full_range=True)
    assert [face.score for face in found] == [0.9, 0.5, 0.2]
    for face in found:
        assert face.landmarks is not None
        assert face.landmarks.dtype == np.float32


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (None, "gave None; give Faces, or an empty list"),
        (7, "gave a int; give Faces"),
        ([BOX], "gave a Box among its faces"),
        ([None], "gave None among its faces"),
        ([Face(BOX, 0.5, np.zeros((4, 2), np.float32))], r"gave landmarks of shape \(4, 2\)"),
    ],
)
def test_what_are_no_faces_is_refused_in_a_line(
    options: EngineOptions, wrong: Any, said: str
) -> None:
    with (
        open_pipeline(pictures(), options, detector=lambda _: wrong) as pipeline,
        pytest.raises(TypeError, match=f"the detector {said}") as raised,
    ):
        next(pipeline)
    assert "in stage detect" in raised.value.__notes__
    with pytest.raises(TypeError, match=said):
        Recognizer(options, detector=lambda _: wrong)(pictures()[0])


def test_numbers_of_a_network_get_into_records(options: EngineOptions, tmp_path: Path) -> None:
    """NumPy's own numbers, as any network gives them."""
    left, top, width, height, score = np.array([8, 8, 40, 40, 0.75], np.float32)
    face = Face(Box(left, top, width, height), score)
    with (
        open_pipeline(pictures(), options, detector=lambda _: [face]) as pipeline,
        Records(tmp_path / "faces.jsonl") as records,
    ):
        records.write(next(pipeline))
    (found,) = json.loads((tmp_path / "faces.jsonl").read_text())["faces"]
    assert (found["box"], found["score"]) == ([8.0, 8.0, 40.0, 40.0], 0.75)


def test_what_cannot_be_called_is_refused_when_it_is_given(options: EngineOptions) -> None:
    wrong: Any = "yunet.onnx"
    with pytest.raises(OptionsError, match=r"detector 'yunet\.onnx': give a callable"):
        open_pipeline(pictures(), options, detector=wrong)


def test_its_own_error_is_raised_as_it_is(options: EngineOptions) -> None:
    def fails(_grey: Plane) -> Iterable[Face]:
        raise ConnectionError("the camera's own detector is gone")

    with (
        open_pipeline(pictures(), options, detector=fails) as pipeline,
        pytest.raises(ConnectionError, match="is gone"),
    ):
        next(pipeline)


def test_reading_adaptively_is_refused_with_it(options: EngineOptions) -> None:
    adaptive = EngineOptions(options.model, classify="adaptive")
    with pytest.raises(OptionsError, match="classify adaptive: goes with the packaged detector"):
        open_pipeline(pictures(), adaptive, detector=in_the_middle)


def test_packaged_detector_is_not_loaded_where_it_is_replaced(tmp_path: Path) -> None:
    classifier = write_classifier(tmp_path / "tiny.onnx", classifier_card())
    options = EngineOptions(str(classifier))
    networks = Networks.load(options, in_the_middle)
    assert isinstance(networks.detector, OwnDetector)
    assert Recognizer(networks=networks)(pictures()[0])[0].face.box == BOX
