"""Training canvases: faces stay where their rows say, whatever is done to the picture."""

import dataclasses

import numpy as np
import pytest

from fer_video.exporters.detector.canvas.canvas import (
    MOST_FACES,
    CanvasOptions,
    TrainingPictures,
    compose,
    padded,
)
from fer_video.exporters.detector.canvas.degradation import degrade, scribble
from fer_video.exporters.detector.canvas.geometry import FACE, IGNORED, ignore_unseen, rows_of
from fer_video.exporters.detector.data.teacher import LabelledPicture
from tests.exporters.detector.pictures import portrait


@pytest.fixture
def pictures() -> TrainingPictures:
    empty = LabelledPicture(np.random.default_rng(0).integers(0, 256, (90, 120)).astype(np.uint8))
    return TrainingPictures([[portrait()]], [1.0], [empty], [portrait(60)])


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
    faces = 0
    for _ in range(30):
        canvas, rows = compose(rng, pictures, 160, CanvasOptions())
        faces += int((rows[:, 0] == FACE).sum())
        assert canvas.shape == (160, 160)
        assert canvas.dtype == np.uint8
        assert (rows[:, 1:3] >= -1e-3).all()
        assert (rows[:, 1:3] + rows[:, 3:5] <= 160 + 1e-3).all()
        assert padded(canvas, rows).shape == (MOST_FACES, 15)
    assert faces > 20


def test_degradation_follows_from_the_seed_and_keeps_the_shape() -> None:
    canvas = scribble(np.random.default_rng(5), 96)
    boxes = np.array([[10, 10, 40, 50]], np.float32)
    changed = 0
    for seed in range(40):
        first, second = (
            degrade(np.random.default_rng(seed), canvas.copy(), boxes) for _ in range(2)
        )
        assert first.shape == (96, 96)
        assert first.dtype == np.uint8
        np.testing.assert_array_equal(first, second)
        changed += bool((first != canvas).any())
    assert changed > 30


def test_face_that_is_not_seen_any_more_is_ignored() -> None:
    rows = rows_of(LabelledPicture(np.zeros((9, 9), np.uint8), portrait().faces * 2))
    rows[1, 1:3] += 200
    ignore_unseen(rows, portrait().faces)
    assert rows[:, 0].tolist() == [FACE, IGNORED]
