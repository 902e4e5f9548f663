"""Crowds of cut-out faces: who stands where, and who is hidden."""

import numpy as np

from fer_video.exporters.detector.canvas.canvas import CanvasOptions, TrainingPictures, compose
from fer_video.exporters.detector.canvas.geometry import FACE, IGNORED, rows_of
from fer_video.exporters.detector.canvas.pasting import hide, paste_crowd
from fer_video.exporters.detector.data.teacher import LabelledPicture
from fer_video.exporters.detector.evaluation.crowds import SIDE, crowds
from tests.exporters.detector.pictures import labelled, portrait


def test_crowd_shows_faces_where_its_rows_say() -> None:
    canvas = np.full((400, 400), 90, np.uint8)
    rows = paste_crowd(np.random.default_rng(2), canvas, [portrait()], 16.0, 10.0)
    faces = [row for row in rows if row[0] == FACE]
    assert len(faces) > 5
    for _, left, top, width, height in (row[:5] for row in faces):
        x, y = int(left + width / 2), int(top + 0.2 * height)
        if 2 < x < 397 and 2 < y < 397:  # a pale forehead on a grey ground
            assert canvas[y - 1 : y + 2, x - 1 : x + 2].max() > 120


def test_face_behind_another_is_ignored_and_one_that_peeps_out_is_not() -> None:
    rows = np.repeat(rows_of(portrait())[:1], 3, axis=0)
    rows[1, 1] += 0.7 * rows[1, 3]
    rows[2, 1] += 2.0 * rows[2, 3]
    hide(rows, rows_of(portrait())[:1])
    assert rows[:, 0].tolist() == [IGNORED, FACE, FACE]


def test_canvases_with_crowds_keep_their_faces_inside() -> None:
    empty = LabelledPicture(np.random.default_rng(0).integers(0, 256, (90, 120)).astype(np.uint8))
    pictures = TrainingPictures([[portrait()]], [1.0], [empty], [portrait(60)])
    options = CanvasOptions(tiles=(0.0, 0.0, 0.0, 1.0), crowded=1.0, smallest_face=6.0)
    rng, faces = np.random.default_rng(4), 0
    for _ in range(10):
        _, rows = compose(rng, pictures, 160, options)
        assert (rows[:, 1:3] >= -1e-3).all()
        assert (rows[:, 1:3] + rows[:, 3:5] <= 160 + 1e-3).all()
        faces += int((rows[:, 0] == FACE).sum())
    assert faces > 50


def test_measured_crowds_are_the_same_in_every_run_and_hold_small_faces() -> None:
    wall = LabelledPicture(np.random.default_rng(0).integers(0, 256, (90, 120)).astype(np.uint8))
    head = portrait(60)
    scene = LabelledPicture(np.pad(head.luma, ((0, 120), (0, 180))), head.faces)
    valid = [labelled("scenes", *[scene] * 4), labelled("negatives", wall)]
    first, second = (crowds(valid, count=4) for _ in range(2))
    heights = [face.box.height for picture in first for face in picture.faces]
    assert min(heights) < 32 < max(heights)
    assert {picture.luma.shape for picture in first} == {(SIDE, SIDE)}
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.luma, other.luma)


def test_without_scenes_or_pictures_of_none_there_are_no_crowds() -> None:
    assert crowds([labelled("scenes", portrait())]) == []
    assert crowds([labelled("negatives", LabelledPicture(portrait().luma))]) == []
