"""How well a face is to be seen: each measure by pictures of which the answer is known."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fer_video.engine.capture.pictures.arrays import to_still
from fer_video.engine.faces.expressions import UNCERTAIN, Reading
from fer_video.engine.faces.face import Box, Face
from fer_video.engine.faces.quality import REASONS, Quality, Reason
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.handovers import DetectedFrame, PreparedFrame, ScoredFrame
from fer_video.engine.quality.measures import measure
from fer_video.engine.quality.stage import Assess
from fer_video.engine.smooth.stage import Smooth
from fer_video.exporters.to_onnx.parity import portrait
from tests.conftest import Cli

FACE = Face(
    Box(475, 159, 255, 333),
    0.9,
    np.array([[80, 95], [120, 95], [100, 118], [84, 140], [116, 140]], np.float32),
    1,
)
SCORES = np.array([0.1, 0.1, 0.6, 0.1, 0.1], np.float32)
Picture = NDArray[np.uint8]


def textured(seed: int = 1) -> Picture:
    """(200, 200) uint8: blobs of all sizes about the middle level, as a face has them."""
    rng = np.random.default_rng(seed)
    layers = [
        cv2.resize(rng.normal(0, 1, (side, side)), (200, 200), interpolation=cv2.INTER_CUBIC)
        for side in (7, 14, 28, 56)
    ]
    return np.asarray((np.sum(layers, axis=0) * 18 + 128).clip(0, 255), np.uint8)


def frame_of(picture: Picture) -> Frame:
    return to_still(picture, "RGB", "face")


def test_bounds_of_the_reasons_are_those_of_the_records_page() -> None:
    page = (Path(__file__).parents[3] / "docs" / "records.md").read_text("utf-8")
    row = r"^\| `(\w+)` \| `(\w+)` \| (under|over) ([\d.]+) \|$"
    rows = re.findall(row, page, re.MULTILINE)
    assert tuple(reason for reason, *_ in rows) == REASONS
    clear = Quality(100.0, 0.0, sharpness=1.0, exposure=0.5, dynamic_range=0.9, evenness=0.9)
    for reason, measure_of, side, bound in rows:
        field = "turn" if measure_of == "yaw" else measure_of
        step = 1e-6 if side == "over" else -1e-6
        assert replace(clear, **{field: float(bound) + step}).reasons == (reason,)
        assert replace(clear, **{field: float(bound) - step}).reasons == ()


def measured(picture: Picture, face: Face = FACE) -> Quality:
    return measure(frame_of(picture), face)


def blurred(picture: Picture, sigma: float) -> Picture:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)


def test_blur_lowers_the_sharpness_and_contrast_does_not() -> None:
    picture = textured()
    levels = [measured(blurred(picture, sigma)).sharpness for sigma in (1, 2, 4, 12)]
    assert levels == sorted(levels, reverse=True)
    assert levels[-1] < 0.25 * levels[0]
    pale = np.asarray(64 + picture / 2, np.uint8)
    assert measured(pale).sharpness == pytest.approx(measured(picture).sharpness, rel=0.1)


def test_plain_surface_is_not_sharp() -> None:
    assert measured(np.full((200, 200), 90, np.uint8)).sharpness == 0


def test_light_is_that_of_the_face() -> None:
    picture = textured()
    assert measured(picture).exposure == pytest.approx(128 / 255, abs=0.05)
    dark = measured(np.asarray(picture * 0.2, np.uint8))
    assert dark.exposure < 0.15
    assert dark.dynamic_range < measured(picture).dynamic_range - 0.2
    lit = np.asarray(picture * np.linspace(0.1, 1, 200), np.uint8)
    assert measured(lit).evenness < measured(picture).evenness - 0.2


def test_full_and_limited_range_are_the_same_light() -> None:
    full = frame_of(textured())
    limited = replace(
        full,
        luma=np.asarray(16 + full.luma * (219 / 255), np.uint8),
        colour=replace(full.colour, full_range=False),
    )
    assert full.colour.full_range
    one, other = measure(full, FACE), measure(limited, FACE)
    assert one.exposure == pytest.approx(other.exposure, abs=0.01)
    assert one.dynamic_range == pytest.approx(other.dynamic_range, abs=0.03)


def test_distance_between_the_eyes_is_that_on_screen() -> None:
    assert measured(textured()).eye_distance == pytest.approx(40)
    wide = replace(frame_of(textured()), pixel_aspect=2.0)
    assert measure(wide, FACE).eye_distance == pytest.approx(80)


@pytest.mark.parametrize(("nose", "yaw"), [(100, "≤20"), (112, "≤40"), (127, "more"), (73, "more")])
def test_nose_tells_the_turn_whichever_way_the_head_leans(nose: float, yaw: str) -> None:
    assert FACE.landmarks is not None
    points = FACE.landmarks.copy()
    points[2, 0] = nose
    for degrees in (0, 25, -40):
        turn = cv2.getRotationMatrix2D((100, 110), degrees, 1)
        face = replace(FACE, landmarks=points @ turn[:, :2].T + turn[:, 2])
        assert assessed(frame_of(textured()), face).yaw == yaw


def test_without_landmarks_there_is_no_pose() -> None:
    quality = assessed(frame_of(textured()), replace(FACE, landmarks=None))
    assert (quality.eye_distance, quality.yaw) == (None, None)
    assert quality.sharpness > 0


def assessed(frame: Frame, face: Face, stage: Assess | None = None) -> Quality:
    (quality,) = (stage or Assess())(scored(frame, face)).qualities
    return quality


def scored(frame: Frame, face: Face) -> ScoredFrame:
    detected = DetectedFrame(frame, (face,))
    return ScoredFrame(PreparedFrame(detected, np.empty((0, 3, 1, 1), np.float32)), SCORES[None])


def read(frame: Frame, face: Face, reject: Reason) -> Reading:
    (reading,) = Smooth(reject=[reject])(Assess()(scored(frame, face))).readings
    return reading


def test_turn_of_a_film_is_smoothed_and_begins_anew_after_an_absence() -> None:
    assert FACE.landmarks is not None
    turned = replace(FACE, landmarks=FACE.landmarks.copy())
    assert turned.landmarks is not None
    turned.landmarks[2, 0] = 130
    stage, frame = Assess(), replace(frame_of(textured()), file=None)
    yaws = []
    for number in range(40):
        face = FACE if number < 10 else turned
        yaws.append(assessed(replace(frame, time=number / 30), face, stage).yaw)
    assert yaws[:11] == ["≤20"] * 11  # one frame turns no head
    assert yaws[-1] == "more"
    assert assessed(replace(frame, time=5.0), FACE, stage).yaw == "≤20"
    assert assessed(replace(frame, file="a.png", time=5.0), turned, stage).yaw == "more"


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("blurred", lambda picture: blurred(picture, 12)),
        ("dark", lambda picture: np.asarray(picture * 0.1, np.uint8)),
        ("bright", lambda picture: np.asarray(230 + picture * 0.05, np.uint8)),
        ("flat", lambda picture: np.asarray(120 + picture * 0.05, np.uint8)),
        ("uneven", lambda picture: np.asarray(picture * np.repeat([0.05, 1], 100), np.uint8)),
        ("small", lambda picture: picture),
    ],
)
def test_reasons_say_what_is_wrong_and_can_be_rejected(reason: Reason, change: Any) -> None:
    face = FACE
    if reason == "small":
        assert FACE.landmarks is not None
        face = replace(FACE, landmarks=100 + (FACE.landmarks - 100) * 0.2)
    frame = frame_of(change(textured()))
    assert assessed(frame_of(textured()), FACE).reasons == ()
    assert reason in assessed(frame, face).reasons
    reading = read(frame, face, reason)
    assert (reading.label, reading.expression) == (UNCERTAIN, "happy")
    assert reading.to_dict()["status"] == "low_quality"
    kept = read(frame, face, "turned")
    assert (kept.label, kept.to_dict()["status"]) == ("happy", "ok")


def test_command_line_rejects_and_records_what_it_is_told(cli: Cli, tmp_path: Path) -> None:
    picture = portrait()[0]
    cv2.imwrite(str(tmp_path / "face.png"), picture[:, :, ::-1])
    cv2.imwrite(str(tmp_path / "dark.png"), picture[:, :, ::-1] // 8)
    run = cli("predict", "face.png", "dark.png", "--json", "--reject", "any")
    (face,), (dark,) = (json.loads(line)["faces"] for line in run.stdout.splitlines())
    assert (face["status"], face["quality"]["reasons"]) == ("ok", [])
    assert (dark["status"], dark["expression"]) == ("low_quality", "uncertain")
    assert "dark" in dark["quality"]["reasons"]
    refused = cli("predict", "face.png", "--reject", "dark,ugly")
    assert refused.returncode == 1
    assert "reject 'ugly': give some of small, turned, blurred" in refused.stderr
