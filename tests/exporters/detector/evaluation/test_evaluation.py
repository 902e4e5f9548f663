"""What a face detector finds and invents, on pictures where both are known."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from fer_video.engine.capture.film.demo import open_demo
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.errors import DataError, ModelError
from fer_video.engine.faces.face import Box, Face
from fer_video.engine.network.models import find_model
from fer_video.engine.network.session import Session
from fer_video.engine.options.session import SessionOptions
from fer_video.exporters.detector.data.teacher import LabelledPicture
from fer_video.exporters.detector.evaluation import evaluation
from fer_video.exporters.detector.evaluation.evaluation import check_held_out, choose_threshold
from fer_video.exporters.detector.evaluation.measures import box_jitter, measure_agreement
from fer_video.exporters.detector.pictures import Labelled
from fer_video.exporters.detector.quantize import quantize_detector
from fer_video.exporters.detector.training.mining import with_false_positives
from tests.exporters.detector.pictures import Spots, labelled, spots
from tests.networks import write_spot_detector

REFERENCE = "detector"
"""It takes no spot for a face."""


@pytest.fixture
def detector_file(tmp_path: Path) -> str:
    """It scores a spot that fills a cell of 8 x 8 pixels by its grey level."""
    return str(write_spot_detector(tmp_path / "spots.onnx"))


@pytest.fixture
def _no_crowds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scenes are looked at as they are: what `scene` shows has no face of another size."""
    monkeypatch.setattr(evaluation, "crowds", lambda _: [])


def scene(false: int) -> LabelledPicture:
    """A white face and, elsewhere, a spot of that level that is none; seen at its own size."""
    luma = spots((256, 416), (80, 80, 8, 250), (240, 160, 8, false))
    return LabelledPicture(luma, (Face(Box(76, 76, 8, 8), 0.9, None),))


def frame(level: int) -> LabelledPicture:
    """No face, but a spot of that level."""
    return LabelledPicture(spots((192, 320), (64, 64, 8, level)))


def test_threshold_is_the_lowest_without_false_positives_on_scenes(detector_file: str) -> None:
    valid = [labelled("scenes", scene(180)), labelled("negatives", frame(0), video="none.mp4")]
    assert choose_threshold(detector_file, REFERENCE, valid) == 0.71  # 180 / 255 is 0.706


def test_threshold_is_the_lowest_without_a_face_in_videos_of_none(detector_file: str) -> None:
    valid = [labelled("scenes", scene(180)), labelled("negatives", frame(200), video="none.mp4")]
    assert choose_threshold(detector_file, REFERENCE, valid) == 0.79  # 200 / 255 is 0.784


@pytest.mark.usefixtures("_no_crowds")
def test_pictures_of_no_face_do_where_there_is_no_video_of_none(detector_file: str) -> None:
    valid = [labelled("scenes", scene(0)), labelled("negatives", frame(200))]
    assert choose_threshold(detector_file, REFERENCE, valid) == 0.79
    videos = labelled("negatives", frame(0), video="none.mp4")
    assert choose_threshold(detector_file, REFERENCE, [*valid, videos]) == 0.3


def test_threshold_allows_what_the_reference_takes_for_faces_in_crowds(
    detector_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    luma = spots((640, 640), (80, 80, 8, 250), (240, 160, 8, 200))
    crowd = LabelledPicture(luma, (Face(Box(76, 76, 8, 8), 0.9, None),))
    monkeypatch.setattr(evaluation, "crowds", lambda _: [crowd])
    valid = [labelled("scenes", scene(0)), labelled("negatives", frame(0))]
    assert choose_threshold(detector_file, REFERENCE, valid) == 0.79
    assert choose_threshold(detector_file, detector_file, valid) == 0.3


@pytest.mark.usefixtures("_no_crowds")
def test_threshold_that_nothing_keeps_to_is_the_highest(detector_file: str) -> None:
    valid = [labelled("scenes", scene(255)), labelled("negatives", frame(255))]
    assert choose_threshold(detector_file, REFERENCE, valid) == 0.9


@pytest.mark.parametrize("missing", ["scenes", "negatives"])
def test_training_that_could_not_be_measured_is_refused(missing: str) -> None:
    valid = [labelled("scenes", scene(0)), labelled("negatives", frame(0))]
    check_held_out(valid)
    with pytest.raises(DataError, match=f"no {missing} are held out"):
        check_held_out([part for part in valid if part.collection.role != missing])


def test_agreement_counts_found_missed_and_false_positives() -> None:
    luma = spots((200, 400), (30, 20, 40, 250), (300, 100, 20, 250))
    points = np.array([[40, 30], [60, 30], [50, 40], [42, 50], [58, 50]], np.float32)
    truth = (Face(Box(30, 20, 40, 40), 0.9, points), Face(Box(200, 20, 10, 10), 0.9, points))
    figures = measure_agreement(Spots(), [LabelledPicture(luma, truth)], 400).figures()
    assert figures["recall 32-64 px"] == 1.0
    assert figures["recall <16 px"] == 0.0
    assert figures["unmatched boxes a picture"] == 1.0


def test_hard_negatives_show_a_face_outside_of_ignore_regions() -> None:
    wall, unsure = spots((64, 96)), spots((64, 96), (30, 20, 20, 250))
    region = (Face(Box(30, 20, 20, 20), 0.5, None),)
    both = spots((64, 96), (30, 20, 20, 250), (70, 20, 20, 250))
    wrong, known, partly = (
        LabelledPicture(unsure),
        LabelledPicture(unsure, (), region),
        LabelledPicture(both, (), region),
    )
    pictures = [LabelledPicture(wall), wrong, known, partly]
    found = with_false_positives([Spots(), Spots()], pictures)
    assert [pictures[place] for place in found] == [wrong, partly]


def test_still_face_found_at_the_same_place_is_steady() -> None:
    assert box_jitter(Spots(), spots((100, 100), (30, 30, 30, 250))) == 0.0
    assert box_jitter(Spots(), np.zeros((50, 50), np.uint8)) == float("inf")


@pytest.fixture
def took(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Say what the float network and its version took, in milliseconds."""

    def say(*times: float) -> None:
        name = "fer_video.exporters.detector.quantize.time_in_turns"
        monkeypatch.setattr(name, lambda _runners: list(times))

    return say


@pytest.fixture
def demo(detector: YuNetDetector) -> Labelled:
    """Frames of the demo with the packaged detector's own boxes, as scenes, and an empty one."""
    frames = [frame.luma for frame in islice(open_demo().frames(), 0, 90, 30)]
    seen = [LabelledPicture(luma, detector(luma, full_range=True)) for luma in frames]
    return [labelled("scenes", *seen), labelled("negatives", frame(0))]


def test_int8_finds_the_demos_face_and_says_so(
    demo: Labelled, tmp_path: Path, took: Callable[..., None]
) -> None:
    took(2.0, 1.5)
    source, made = find_model("detector"), tmp_path / "detector_int8.onnx"
    comparison = quantize_detector(source, demo, demo, made)
    assert comparison.ratio == 0.75
    assert comparison.agreement >= 0.98
    assert comparison.original.accuracy == comparison.version.accuracy == 1
    assert made.stat().st_size < source.stat().st_size
    card = Session(made, SessionOptions("cpu")).card
    assert card is not None
    assert card.name == "detector_int8"


@pytest.mark.parametrize("parts", [(0, 1), (1, 0)])
def test_int8_of_nothing_is_refused(demo: Labelled, parts: tuple[int, int], tmp_path: Path) -> None:
    train, valid = (demo if part else [] for part in parts)
    with pytest.raises(DataError, match="nothing to calibrate on, or no scenes"):
        quantize_detector(find_model("detector"), train, valid, tmp_path / "x.onnx")


def test_int8_that_is_slower_is_not_written(
    demo: Labelled, tmp_path: Path, took: Callable[..., None]
) -> None:
    took(2.0, 2.1)
    with pytest.raises(ModelError, match="slower than float"):
        quantize_detector(find_model("detector"), demo, demo, tmp_path / "detector_int8.onnx")
    assert not list(tmp_path.iterdir())
