"""The face detector's offline side, from labels to the exported file."""

import dataclasses
import json
import zipfile
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import pytest
import tensorflow as tf

from fer_video.engine.capture.demo import Demo
from fer_video.engine.detect.kernels.boxes import decode_cells
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.errors import DataError, ModelError
from fer_video.engine.faces import Box, Face
from fer_video.engine.frames import Plane
from fer_video.engine.network.models import find_model
from fer_video.engine.network.session import Session
from fer_video.engine.options import DetectOptions, SessionOptions
from fer_video.exporters.data.archive import read_archive
from fer_video.exporters.detector import export as detector_export
from fer_video.exporters.detector.architecture import CHANNELS, STRIDES, face_detector
from fer_video.exporters.detector.canvas import CanvasOptions, TrainingPictures, compose, padded
from fer_video.exporters.detector.degradation import degrade, scribble
from fer_video.exporters.detector.evaluation import EMPTY_CLIPS, choose_threshold
from fer_video.exporters.detector.export import detector_card, export_detector
from fer_video.exporters.detector.geometry import FACE, IGNORED, ignore_unseen, rows_of
from fer_video.exporters.detector.labels import LabelCache
from fer_video.exporters.detector.loss import (
    DetectorLoss,
    Grid,
    assign,
    distance,
    ignored,
    iou_and_eiou,
)
from fer_video.exporters.detector.measures import box_jitter, measure_agreement
from fer_video.exporters.detector.quantize import quantize_detector
from fer_video.exporters.detector.teacher import LabelledPicture, label, mirror, set_upright
from fer_video.exporters.detector.training import DetectorRecipe, Phase, Rate, train_detector

TINY = DetectorRecipe((Phase(1, 64, 2), Phase(1, 96, 1)), steps=10, warmup_steps=2, averaging=0.5)


def row(kind: float, left: float, top: float, width: float, height: float) -> list[float]:
    """A face whose landmarks lie in the middle of its box."""
    return [kind, left, top, width, height] + [left + width / 2, top + height / 2] * 5


def faces_of(*rows: list[float]) -> tf.Tensor:
    return tf.constant([rows], tf.float32)


def positives(faces: tf.Tensor, side: int = 256) -> dict[int, list[tuple[int, int]]]:
    """Row and column of the positive cells, by stride."""
    positive = assign(Grid.of(side, side), faces)[0][0].numpy()
    found, first = {}, 0
    for stride in STRIDES:
        count = side // stride
        grid = positive[first : first + count**2].reshape(count, count)
        found[stride] = [(int(r), int(c)) for r, c in np.argwhere(grid)]
        first += count**2
    return found


def portrait(size: int = 120) -> LabelledPicture:
    """A pale oval with two dark eyes and a mouth on a textured ground, and where they are."""
    rng = np.random.default_rng(3)
    luma = rng.integers(60, 120, (size, size)).astype(np.uint8)
    middle, width = size // 2, size // 2
    cv2.ellipse(luma, (middle, middle), (width // 2, int(width * 0.65)), 0, 0, 360, 210, -1)
    eyes_mouth = [(-0.2, -0.15), (0.2, -0.15), (0.0, 0.05), (-0.15, 0.3), (0.15, 0.3)]
    points = np.array([[middle + x * width, middle + y * width] for x, y in eyes_mouth], np.float32)
    for x, y in points.round().astype(int):
        cv2.circle(luma, (int(x), int(y)), 3, 20, -1)
    box = Box(middle - width / 2, middle - 0.65 * width, width, 1.3 * width)
    return LabelledPicture(luma, (Face(box, 0.9, points),))


@pytest.fixture(scope="module")
def pictures() -> TrainingPictures:
    empty = LabelledPicture(np.random.default_rng(0).integers(0, 256, (90, 120)).astype(np.uint8))
    return TrainingPictures([[portrait()]], [1.0], [empty], [portrait(60)])


def test_small_face_is_positive_in_the_finest_grid_around_its_centre() -> None:
    cells = positives(faces_of(row(FACE, 86, 86, 20, 20)))
    assert set(cells[8]) == {(11, 11), (11, 12), (12, 11), (12, 12)}
    assert not cells[16]
    assert not cells[32]


def test_large_face_is_positive_in_the_coarsest_grid_alone() -> None:
    cells = positives(faces_of(row(FACE, 30, 30, 180, 180)))
    assert cells[32]
    assert not cells[8]
    assert not cells[16]


def test_no_size_falls_between_the_grids() -> None:
    for size in range(7, 250):
        cells = positives(faces_of(row(FACE, 128 - size / 2, 128 - size / 2, size, size)))
        assert any(cells.values()), f"{size} px"


def test_smaller_of_two_faces_has_the_cell() -> None:
    faces = faces_of(row(FACE, 88, 88, 30, 30), row(FACE, 98, 98, 12, 12), row(0.0, 0, 0, 0, 0))
    positive, face = assign(Grid.of(256, 256), faces)
    assert face[0].numpy()[positive[0].numpy()].tolist().count(1) >= 1
    assert positives(faces_of(row(0.0, 88, 88, 30, 30)))[8] == []


def test_ignore_regions_are_neither_face_nor_background() -> None:
    faces = faces_of(row(IGNORED, 64, 64, 64, 64))
    assert not any(positives(faces).values())
    assert ignored(Grid.of(256, 256), faces).numpy()[0, : 32 * 32].sum() == 64
    cells = np.zeros((1, 1344, CHANNELS), np.float32)
    cells[0, :, 0] = -20  # "no face", everywhere
    cells[0, :, 0][ignored(Grid.of(256, 256), faces).numpy()[0]] = 20  # but "face" there
    assert float(DetectorLoss(256, 256)(faces, tf.constant(cells))) < 1e-3


def test_iou_and_eiou_at_known_values() -> None:
    truth = tf.constant([[50.0, 50.0, 20.0, 20.0]] * 3)
    boxes = tf.constant([[50.0, 50.0, 20, 20], [60.0, 50.0, 20, 20], [90.0, 50.0, 20, 20]])
    iou, eiou = (array.numpy() for array in iou_and_eiou(truth, boxes))
    assert iou == pytest.approx([1.0, 1 / 3, 0.0], abs=1e-6)
    assert eiou == pytest.approx([0.0, 2 / 3 + 100 / 1300, 1 + 1600 / 4000], abs=1e-5)


def test_landmark_distance_is_in_shares_of_the_face() -> None:
    truth = faces_of(row(FACE, 0, 0, 40, 40))
    points = tf.constant([[[20.0 + 4, 20.0] * 5]])
    assert float(distance(truth, points)[0, 0]) == pytest.approx((0.1 - 0.01) / 2, abs=1e-6)


def test_what_the_loss_wants_is_what_the_engine_reads() -> None:
    truth = np.array(row(FACE, 100, 60, 30, 34), np.float32)
    grid = Grid.of(256, 256)
    cell = int(np.flatnonzero(assign(grid, tf.constant(truth[None, None]))[0][0].numpy())[0])
    cells = np.zeros((1, 1344, CHANNELS), np.float32)
    cells[..., 0] = -20
    corner, stride = grid.corner.numpy()[cell], float(grid.stride.numpy()[cell, 0])
    centre = truth[1:3] + truth[3:5] / 2
    box = [*((centre - corner) / stride), *np.log(truth[3:5] / stride)]
    cells[0, cell] = [20, 20, *box, *((truth[5:].reshape(5, 2) - corner) / stride).ravel()]
    assert grid.boxes(cells).numpy()[0, cell] == pytest.approx([*centre, 30, 34], rel=1e-5)
    out = np.empty((9, 15), np.float32)
    fine = cells[0, : 32 * 32]
    score = 1 / (1 + np.exp(-fine[:, 0]))
    count = decode_cells(score, score, fine[:, 2:6].copy(), fine[:, 6:].copy(), 8, 32, 0.5, out, 0)
    assert count == 1
    assert out[0, 1:] == pytest.approx(truth[1:], rel=1e-4)


def test_landmarks_stay_on_the_face_through_zoom_turn_and_mirror(
    pictures: TrainingPictures,
) -> None:
    rng = np.random.default_rng(1)
    whole = dataclasses.replace(CanvasOptions(), tiles=(1.0, 0.0, 0.0), empty=0.0, pasted=0.0)
    seen = 0
    for _ in range(40):
        canvas, rows = compose(rng, pictures, 160, whole)
        for values in rows[rows[:, 0] == FACE]:
            right_eye, left_eye, nose, *_ = points = values[5:].reshape(5, 2)
            assert right_eye[0] < left_eye[0]
            if values[4] > 40 and (points > 4).all() and (points < 156).all():
                x, y = nose.round().astype(int)
                assert canvas[y - 1 : y + 2, x - 1 : x + 2].min() < 90
                seen += 1
    assert seen > 10


def test_mosaic_faces_lie_inside_the_canvas(pictures: TrainingPictures) -> None:
    rng = np.random.default_rng(2)
    for _ in range(30):
        canvas, rows = compose(rng, pictures, 160, CanvasOptions())
        assert canvas.shape == (160, 160)
        assert canvas.dtype == np.uint8
        assert (rows[:, 1:3] >= -1e-3).all()
        assert (rows[:, 1:3] + rows[:, 3:5] <= 160 + 1e-3).all()
        assert padded(canvas, rows).shape == (48, 15)


def test_degradation_follows_from_the_seed_and_keeps_the_shape() -> None:
    canvas = scribble(np.random.default_rng(5), 96)
    boxes = np.array([[10, 10, 40, 50]], np.float32)
    for seed in range(40):
        first, second = (
            degrade(np.random.default_rng(seed), canvas.copy(), boxes) for _ in range(2)
        )
        assert first.shape == (96, 96)
        assert first.dtype == np.uint8
        np.testing.assert_array_equal(first, second)


class Spots:
    """Calls every bright spot a face, as sure as it is bright."""

    def __call__(self, luma: Plane, *, full_range: bool) -> tuple[Face, ...]:
        assert full_range
        _, _, stats, _ = cv2.connectedComponentsWithStats((luma > 60).astype(np.uint8))
        return tuple(
            Face(Box(*map(float, (x, y, w, h))), float(luma[y + h // 2, x + w // 2]) / 255,
                 np.full((5, 2), [x + w / 2, y + h / 2], np.float32))
            for x, y, w, h, _ in stats[1:]
        )  # fmt: skip


def test_teacher_is_sure_where_it_agrees_with_itself_and_ignores_other_places() -> None:
    luma = np.zeros((100, 160), np.uint8)
    luma[20:40, 30:50], luma[60:80, 100:120] = 250, 120
    picture = label(luma, {160: Spots(), 320: Spots()}, (160, 320))
    assert [round(face.box.left) for face in picture.faces] == [30]
    assert [round(face.box.left) for face in picture.ignored] == [100]


def test_label_is_the_mean_of_all_sightings() -> None:
    class Shifted(Spots):
        def __call__(self, luma: Plane, *, full_range: bool) -> tuple[Face, ...]:
            (face,) = super().__call__(luma, full_range=full_range)
            box = Box(face.box.left, face.box.top + 4, face.box.width, face.box.height)
            return (Face(box, face.score, face.landmarks),)

    luma = np.zeros((100, 160), np.uint8)
    luma[20:60, 30:70] = 250
    (face,) = label(luma, {160: Spots(), 320: Shifted()}, (160, 320)).faces
    assert face.box.top == pytest.approx(20 + (0 + 4 / 2) / 2, abs=0.3)


def test_face_that_is_not_seen_any_more_is_ignored() -> None:
    rows = rows_of(LabelledPicture(np.zeros((9, 9), np.uint8), portrait().faces * 2))
    rows[1, 1:3] += 200
    ignore_unseen(rows, portrait().faces)
    assert rows[:, 0].tolist() == [FACE, IGNORED]


def test_mirrored_twice_is_the_same_face() -> None:
    face = portrait().faces[0]
    again = mirror(mirror(face, 120), 120)
    assert again.box == face.box
    assert again.landmarks is not None
    assert face.landmarks is not None
    np.testing.assert_allclose(again.landmarks, face.landmarks)


def test_picture_is_turned_to_where_the_teacher_is_surest() -> None:
    class TopLeft(Spots):
        def __call__(self, luma: Plane, *, full_range: bool) -> tuple[Face, ...]:
            faces = super().__call__(luma, full_range=full_range)
            return tuple(f for f in faces if f.box.left + f.box.top < luma.shape[0] / 2)

    luma = np.zeros((64, 64), np.uint8)
    luma[45:60, 45:60] = 255
    assert set_upright(luma, {640: TopLeft()}) == 2


def test_labels_are_kept_and_come_back_the_same(tmp_path: Path) -> None:
    luma = np.zeros((64, 96), np.uint8)
    luma[20:40, 30:50] = 250
    teacher = {64: Spots(), 640: Spots()}
    first = LabelCache(teacher, tmp_path / "labels.json").label("spots", [luma], (64,), turned=True)
    again = LabelCache({}, tmp_path / "labels.json").label("spots", [luma], (64,), turned=True)
    (face,), (kept,) = first[0].faces, again[0].faces
    assert face.box.iou(kept.box) > 0.99
    assert kept.landmarks is not None
    assert face.landmarks is not None
    np.testing.assert_allclose(kept.landmarks, face.landmarks, atol=0.01)
    np.testing.assert_array_equal(again[0].luma, first[0].luma)


def test_damaged_picture_and_missing_archive_are_named(tmp_path: Path) -> None:
    path = tmp_path / "no_faces.zip"
    with pytest.raises(DataError, match=r"no_faces\.zip: missing"):
        read_archive(path, "")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("no_faces/0.jpg", b"no picture")
    with pytest.raises(DataError, match=r"no_faces/0\.jpg: 10 bytes"):
        read_archive(path, "no_faces/")


@dataclasses.dataclass(frozen=True)
class Trained:
    losses: list[float]
    record: dict[str, Any]
    onnx_file: Path


@pytest.fixture(scope="module")
def trained(pictures: TrainingPictures, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Trained for one epoch, resumed for another, exported."""
    folder = tmp_path_factory.mktemp("detector")
    losses: list[float] = []

    def observe(epoch: int, loss: float, seconds: float) -> None:
        assert epoch == len(losses) + 1
        assert seconds > 0
        losses.append(loss)

    short = dataclasses.replace(TINY, phases=TINY.phases[:1])
    train_detector(pictures, "detector", short, folder, observe)
    network = train_detector(pictures, "detector", TINY, folder, observe, resume=True)
    record = json.loads((folder / "run.json").read_text())
    target = folder / "detector.onnx"
    export_detector(
        network, detector_card(record | {"threshold": 0.01}, {}), [portrait().luma], target
    )
    return Trained(losses, record, target)


def test_training_learns_and_records_what_it_did(trained: Trained) -> None:
    assert trained.losses[1] < trained.losses[0]
    assert [epoch["epoch"] for epoch in trained.record["history"]] == [1, 2]
    assert trained.record["recipe"]["seed"] == TINY.seed


def test_rate_starts_once_more_where_a_phase_says_so() -> None:
    phases = (Phase(4, 64, 1), Phase(2, 64, 1), Phase(2, 64, 1, learning_rate=1e-3))
    rate = Rate(DetectorRecipe(phases=phases, steps=100, learning_rate=1e-2, warmup_steps=50))
    rates = [float(rate(step)) for step in (0, 50, 590, 605, 650, 799)]
    assert rates[1] == pytest.approx(1e-2)
    assert rates[4] == pytest.approx(1e-3)
    assert max(rates[0], rates[2], rates[3], rates[5]) < 3e-4


def test_engine_runs_the_export_and_finds_its_card(trained: Trained) -> None:
    options = DetectOptions(model=str(trained.onnx_file), size=96)
    detector = YuNetDetector(options, SessionOptions(provider="cpu"))
    assert all(face.landmarks is not None for face in detector(portrait().luma, full_range=True))
    assert "face detector" in trained.onnx_file.with_suffix(".md").read_text()
    assert trained.onnx_file.stat().st_size <= 500_000


def test_threshold_is_one_of_those_tried(trained: Trained) -> None:
    valid = {name: [portrait()] for name in ("work", "web", "room", "stills")}
    valid |= {clip: [LabelledPicture(np.zeros((90, 160), np.uint8))] for clip in EMPTY_CLIPS}
    assert 0.3 <= choose_threshold(str(trained.onnx_file), valid) <= 0.9


def test_int8_finds_the_demos_face_and_is_judged_by_what_it_changes(
    detector: YuNetDetector, tmp_path: Path
) -> None:
    frames = [frame.luma for frame in islice(Demo().frames(), 0, 90, 30)]
    labelled = [LabelledPicture(luma, detector(luma, full_range=True)) for luma in frames]
    valid = dict.fromkeys(("work", "web", "room", "stills"), labelled)
    valid |= {clip: [LabelledPicture(np.zeros((90, 160), np.uint8))] for clip in EMPTY_CLIPS}
    source, made = find_model("detector"), tmp_path / "detector_int8.onnx"
    try:
        comparison = quantize_detector(source, {"work": labelled}, valid, made)
    except ModelError:  # slower than float on some processors
        assert not made.exists()
        return
    assert comparison.agreement >= 0.98
    assert comparison.original.accuracy == comparison.version.accuracy == 1
    assert made.stat().st_size < source.stat().st_size
    card = Session(made, SessionOptions("cpu")).card
    assert card is not None
    assert card.name == "detector_int8"


def test_export_that_differs_from_keras_is_not_written(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = onnx.load(trained.onnx_file)
    monkeypatch.setattr(detector_export, "detector_to_onnx", lambda _: other)
    card = detector_card({"recipe": {}}, {})
    with pytest.raises(ModelError, match="differs from Keras"):
        export_detector(face_detector(), card, [portrait().luma], tmp_path / "x.onnx")
    assert not list(tmp_path.iterdir())


def test_resuming_without_a_checkpoint_says_so(tmp_path: Path, pictures: TrainingPictures) -> None:
    with pytest.raises(ModelError, match="no checkpoint"):
        train_detector(pictures, "detector", TINY, tmp_path, lambda *_: None, resume=True)


def test_agreement_counts_found_missed_and_false_positives() -> None:
    luma = np.zeros((200, 400), np.uint8)
    luma[20:60, 30:70], luma[100:120, 300:320] = 250, 250
    points = np.array([[40, 30], [60, 30], [50, 40], [42, 50], [58, 50]], np.float32)
    truth = (Face(Box(30, 20, 40, 40), 0.9, points), Face(Box(200, 20, 10, 10), 0.9, points))
    figures = measure_agreement(Spots(), [LabelledPicture(luma, truth)], 400).figures()
    assert figures["recall 32-64 px"] == 1.0
    assert figures["recall <16 px"] == 0.0
    assert figures["unmatched boxes a picture"] == 1.0


def test_still_face_found_at_the_same_place_is_steady() -> None:
    luma = np.zeros((100, 100), np.uint8)
    luma[30:60, 30:60] = 250
    assert box_jitter(Spots(), luma) == 0.0
    assert box_jitter(Spots(), np.zeros((50, 50), np.uint8)) == float("inf")
