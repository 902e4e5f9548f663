"""Faces followed between two looks of the detector: where they are, and whether they changed."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from fer_video.engine import EngineOptions, OptionsError, SessionOptions, open_pipeline
from fer_video.engine.capture.film.demo import open_demo
from fer_video.engine.detect.follow import DetectFollow
from fer_video.engine.detect.kernels.follow import follow, motions
from fer_video.engine.detect.track import Tracker
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.faces.face import Face
from fer_video.engine.frames.frame import Frame, Plane
from fer_video.engine.frames.handovers import DetectedFrame
from fer_video.engine.kernels.view import view
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.options.detect import DetectOptions
from tests import reference
from tests.media import write_video

SIDE = 32
START = np.array([[2.0, 0.3, 40.0], [-0.3, 2.0, 50.0]], np.float32)


class Counting(YuNetDetector):
    """Notes how often it looks."""

    looks = 0

    def find(self, picture: Plane, shape: tuple[int, int]) -> tuple[Face, ...]:
        self.looks += 1
        return super().find(picture, shape)


@pytest.fixture
def detector() -> Counting:
    made = Counting(DetectOptions(), SessionOptions())
    made.looks = 0
    return made


@pytest.fixture
def stage(detector: Counting) -> DetectFollow:
    return DetectFollow(detector, Tracker(), Classifier("cnn", SessionOptions()).card)


def textured(height: int = 160, width: int = 180) -> Plane:
    """Blobs of all sizes that a face has."""
    rng = np.random.default_rng(5)
    y, x = np.mgrid[:height, :width]
    strengths, *waves = rng.uniform(-1, 1, (4, 12)) * [[80], [0.2], [0.2], [3]]
    sines = [a * np.sin(u * x + v * y + p) for a, u, v, p in zip(strengths, *waves, strict=True)]
    levels: Plane = np.clip(128 + np.sum(sines, axis=0), 0, 255).astype(np.uint8)
    return levels


def moved(plane: Plane, shift: tuple[float, float], turn: float, growth: float) -> Plane:
    """What the plane shows, moved about its middle."""
    height, width = plane.shape
    y, x = np.mgrid[:height, :width].astype(float)
    x, y = x - width / 2 - shift[0], y - height / 2 - shift[1]
    c, s = np.cos(turn) / growth, np.sin(turn) / growth
    at = c * x + s * y + width / 2, -s * x + c * y + height / 2
    levels: Plane = (reference.sample(plane.astype(float), *at) + 0.5).astype(np.uint8)
    return levels


def test_view_is_the_plane_seen_through_the_matrix() -> None:
    plane, out = textured(), np.empty((SIDE, SIDE), np.float32)
    view(plane, START, out)
    y, x = np.mgrid[:SIDE, :SIDE].astype(float)
    x, y = reference.mapped(START, x, y)
    expected = reference.sample(reference.cells(plane.astype(float), 2), x / 2 + 0.75, y / 2 + 0.75)
    np.testing.assert_allclose(out, expected, atol=0.1)


@pytest.mark.parametrize(
    ("shift", "turn", "growth"),
    [((0, 0), 0, 1), ((3, -2), 0, 1), ((0, 0), 0.04, 1), ((0, 0), 0, 1.05), ((-2, 2), -0.03, 0.97)],
)
def test_a_small_motion_is_found(shift: tuple[float, float], turn: float, growth: float) -> None:
    plane = textured()
    template, now = np.empty((2, SIDE, SIDE), np.float32)
    view(plane, START, template)
    images, products = motions(template)
    later = moved(plane, shift, turn, growth)
    found = follow(later, START, template, images, np.linalg.inv(products), now)
    corners = np.array([[0, 0, 1], [SIDE, 0, 1], [0, SIDE, 1], [SIDE, SIDE, 1]])
    middle = np.array([plane.shape[1] / 2, plane.shape[0] / 2])
    c, s = growth * np.cos(turn), growth * np.sin(turn)
    expected = (corners @ START.T - middle) @ [[c, s], [-s, c]] + middle + shift
    assert np.abs(corners @ found.T - expected).max() < 0.5  # a quarter of the view's pixels
    assert np.abs(now - template).mean() < 2


@pytest.mark.parametrize("level", [0, 128])
def test_a_blank_view_stays_where_it_is(level: int) -> None:
    plane = np.full((99, 99), level, np.uint8)
    template, now = np.empty((2, SIDE, SIDE), np.float32)
    view(plane, START, template)
    images, products = motions(template)
    found = follow(plane, START, template, images, np.linalg.inv(products), now)
    np.testing.assert_array_equal(found, START)


def frames(count: int, step: int = 1) -> Iterator[Frame]:
    return islice(open_demo().frames(), 0, count * step, step)


def test_faces_stay_where_the_detector_finds_them(stage: DetectFollow, detector: Counting) -> None:
    twin, shared = YuNetDetector(DetectOptions(), SessionOptions()), []
    for frame in frames(60):
        (ours,), (theirs,) = stage(frame).faces, twin(frame.luma, full_range=True)
        assert ours.id == 1
        assert ours.landmarks is not None
        assert theirs.landmarks is not None
        away = np.abs(ours.landmarks - theirs.landmarks).max() / theirs.box.height
        shared.append((ours.box.iou(theirs.box), away))
    assert min(iou for iou, _ in shared) > 0.85
    assert max(away for _, away in shared) < 0.06
    assert detector.looks < 30


def still(frame: Frame, seconds: float, luma: Plane | None = None) -> Frame:
    luma = frame.luma if luma is None else luma
    return replace(frame, time=frame.time + seconds, luma=luma)


def test_a_face_is_held_while_it_looks_the_same_and_not_for_long(stage: DetectFollow) -> None:
    frame = next(open_demo().frames())
    assert stage(frame).reused == frozenset()
    assert stage(still(frame, 0.1)).reused == {1}
    assert stage(still(frame, 0.19)).reused == {1}
    assert stage(still(frame, 0.21)).reused == frozenset()
    assert stage(still(frame, 0.0)).reused == frozenset()  # time that goes back


@pytest.mark.parametrize("rate", [10, 15, 25, 30])
def test_a_face_that_stays_the_same_is_read_five_times_a_second(
    stage: DetectFollow, rate: int
) -> None:
    frame = next(open_demo().frames())
    times = [round(number / rate, 3) for number in range(5 * rate)]  # as Matroska rounds them
    read = [time for time in times if not stage(replace(frame, time=time)).reused]
    assert max(np.diff(read)) < 0.202


def test_a_face_is_read_again_in_time_though_it_was_looked_at(stage: DetectFollow) -> None:
    frame = next(open_demo().frames())
    stage(frame)
    stage._look(*looked(stage, still(frame, 0.19)))
    assert stage(still(frame, 0.21)).reused == frozenset()


def looked(stage: DetectFollow, frame: Frame) -> tuple[Plane, Frame, tuple[Face, ...]]:
    """As if another face had changed."""
    picture = stage._detector.scaled(frame.luma, full_range=frame.colour.full_range)
    faces = stage._detector.find(picture, frame.luma.shape)
    return picture, frame, stage._tracker(faces, frame.time)


@pytest.mark.parametrize("place", [0.2, 0.8])
def test_change_of_one_part_is_seen_at_once(
    stage: DetectFollow, detector: Counting, place: float
) -> None:
    frame = next(open_demo().frames())
    (face,) = stage(frame).faces
    box, luma = face.box, frame.luma.copy()
    y, x = round(box.top + 0.8 * box.height), round(box.left + place * box.width)
    luma[y - 12 : y + 12, x - 12 : x + 12] ^= 64
    assert stage(still(frame, 0.03, luma=luma)).reused == frozenset()
    assert detector.looks == 2


def test_a_face_that_went_is_not_kept(stage: DetectFollow) -> None:
    frame = next(open_demo().frames())
    assert len(stage(frame).faces) == 1
    gone = stage(still(frame, 0.03, luma=np.full_like(frame.luma, 90)))
    assert gone.faces == ()
    assert stage(still(frame, 0.06)).reused == frozenset()


def test_reused_scores_say_so_in_the_records(tmp_path: Path) -> None:
    still = np.ascontiguousarray(next(open_demo().frames()).to_bgr()[..., ::-1])
    clip = write_video(tmp_path / "still.mp4", [still] * 10)
    options = EngineOptions(classify="adaptive", draw=False)
    with open_pipeline(clip, options) as pipeline:
        faces = [face for result in pipeline for face in result.to_dict()["faces"]]
    reused = [bool(face.get("reused")) for face in faces]
    assert not reused[0]
    assert any(reused)
    for one, other, again in zip(faces, faces[1:], reused[1:], strict=False):
        assert not again or other["raw_scores"] == one["raw_scores"]


def test_other_words_are_refused() -> None:
    with pytest.raises(OptionsError, match="every, adaptive"):
        EngineOptions(classify="sometimes")  # type: ignore[arg-type]


def test_a_stage_of_ones_own_may_leave_out_now_one_face_and_now_another(tmp_path: Path) -> None:
    """What was left out was not read, and has no last scores."""
    still = np.ascontiguousarray(next(open_demo().frames()).to_bgr()[..., ::-1])
    clip = write_video(tmp_path / "two.mp4", [np.concatenate([still, still], axis=1)] * 8)

    def one_of_them(detected: DetectedFrame) -> DetectedFrame:
        turn = detected.frame.index % 3 == 2
        return replace(detected, faces=detected.faces[turn:][:1])

    options = EngineOptions(classify="adaptive")
    for place in ("after detect", "before preprocess"):
        with open_pipeline(clip, options, stages={place: one_of_them}) as pipeline:
            ids = [[reading.face.id for reading in result.readings] for result in pipeline]
        assert ids == [[2 if i % 3 == 2 else 1] for i in range(8)]
