"""What the face detector's loss wants, at known values."""

import numpy as np
import pytest
import tensorflow as tf

from fer_video.engine.detect.kernels.boxes import decode_cells
from fer_video.exporters.detector.canvas.geometry import FACE, IGNORED
from fer_video.exporters.detector.network.architecture import CHANNELS, STRIDES
from fer_video.exporters.detector.training.loss import (
    DetectorLoss,
    Grid,
    assign,
    distance,
    ignored,
    iou_and_eiou,
)


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
    cells = face[0].numpy()[positive[0].numpy()].tolist()
    assert cells == [1] * 4 + [0] * 4  # the larger one has those of the next grid
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
