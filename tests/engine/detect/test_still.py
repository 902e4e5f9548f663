"""Photographs: every face is its own, is found whatever its size, and is read by itself."""

import csv
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fer_video.engine import EngineOptions, open_pipeline
from fer_video.engine.capture.open import open_source
from fer_video.engine.detect.still import DetectStill
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.frames.handovers import DetectedFrame
from fer_video.engine.options.detect import DetectOptions
from fer_video.engine.output.table import Csv
from tests.media import moving, photograph, write_video


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Eight portraits in a row, as they come from a studio: framed alike, lit otherwise."""
    for i in range(8):
        light = 1 - 0.4 * (i % 2)
        photograph(400, 500, (200, 200 + i, 240), light=light).save(tmp_path / f"{i}.jpg")
    photograph(700, 400, (150, 150, 180), (150, 520, 180)).save(tmp_path / "both.jpg")
    return tmp_path


USUAL = EngineOptions(draw=False)
WAYS = [
    USUAL,
    EngineOptions(draw=False, classify="adaptive"),
    EngineOptions(draw=False, smoothing=10),
    EngineOptions(draw=False, calibrate=0.01),
]


def run(source: Path | list[Path], options: EngineOptions = USUAL) -> list[dict[str, Any]]:
    with open_pipeline(source, options) as pipeline:
        return [result.to_dict() for result in pipeline]


@pytest.mark.parametrize("options", WAYS, ids=["usual", "adaptive", "smoothed", "calibrated"])
def test_no_two_faces_of_photographs_share_an_identity(
    pictures: Path, options: EngineOptions
) -> None:
    faces = [face for record in run(pictures, options) for face in record["faces"]]
    assert [face["id"] for face in faces] == list(range(1, 11))


@pytest.mark.parametrize("options", WAYS, ids=["usual", "adaptive", "smoothed", "calibrated"])
def test_photograph_is_read_as_if_it_were_alone(pictures: Path, options: EngineOptions) -> None:
    """Neither tracked, nor smoothed with the one before, nor a change from anybody's rest."""
    for record in run(pictures, options):
        (alone,) = run(pictures / record["file"], USUAL)
        assert without_identities(record) == without_identities(alone)
        for face in record["faces"]:
            assert face["scores"] == face["raw_scores"]
            assert "reused" not in face


def without_identities(record: dict[str, Any]) -> list[dict[str, Any]]:
    return [{name: face[name] for name in face if name != "id"} for face in record["faces"]]


def test_rows_of_photographs_can_be_grouped_by_identity(pictures: Path, tmp_path: Path) -> None:
    target = tmp_path / "faces.csv"
    sink = Csv(target)
    with open_pipeline(pictures, USUAL) as pipeline:
        for result in pipeline:
            sink.write(result)
    sink.close()
    rows = list(csv.DictReader(StringIO(target.read_text())))
    assert len(rows) == 10
    assert len({row["id"] for row in rows}) == 10
    assert all(row["id"].isdecimal() for row in rows)


@pytest.mark.parametrize("share", [0.15, 0.35, 0.55, 0.65])
@pytest.mark.parametrize("side", [300, 1000, 2600, 4032])
def test_face_is_found_in_a_photograph_of_any_size(
    detector: YuNetDetector, side: int, share: float
) -> None:
    assert_found(detector, side, share)


@pytest.mark.parametrize("side", [640, 1000])
def test_face_too_small_for_a_film_is_found_in_a_photograph(
    detector: YuNetDetector, side: int
) -> None:
    assert_found(detector, side, 0.07)


def assert_found(detector: YuNetDetector, side: int, share: float) -> None:
    """One face, as high as this share of the longer side, in the middle."""
    face = round(share * side)
    picture = photograph(side, side * 3 // 4, (face, side // 2, side * 3 // 8))
    (found,) = detector.clone(still=True)(np.asarray(picture.convert("L")), full_range=True)
    assert found.box.height == pytest.approx(face, rel=0.25)
    assert found.box.left < side / 2 < found.box.left + found.box.width


@pytest.mark.parametrize(
    ("longer_side", "size"),
    [(48, 160), (160, 320), (400, 416), (640, 640), (1280, 1280), (4032, 1280)],
)
def test_photographs_are_looked_at_from_an_eightieth_of_their_longer_side(
    longer_side: int, size: int
) -> None:
    assert DetectOptions().working_size(longer_side, still=True) == size


@pytest.mark.parametrize("options", [DetectOptions(min_face=32), DetectOptions(size=416)])
def test_a_size_that_is_given_holds_for_photographs_too(options: DetectOptions) -> None:
    for side in (300, 4032):
        assert options.working_size(side, still=True) == options.working_size(side)


def test_frames_of_films_go_to_their_own_stage(
    tmp_path_factory: pytest.TempPathFactory, pictures: Path, detector: YuNetDetector
) -> None:
    clip = write_video(tmp_path_factory.mktemp("films") / "a.mp4", moving(64, 48, 3))
    seen: list[int] = []

    def film(frame: Any) -> DetectedFrame:
        seen.append(frame.index)
        return DetectedFrame(frame, ())

    stage = DetectStill(detector, film)
    for source in (clip, pictures):
        opened = open_source(source)
        for frame in opened.frames():
            stage(frame)
        opened.close()
    assert seen == [0, 1, 2]
