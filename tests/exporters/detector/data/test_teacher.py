"""A teacher's labels: where it agrees with itself, and where it does not."""

import numpy as np
import pytest

from fer_video.engine.faces.face import Box, Face
from fer_video.engine.frames.frame import Plane
from fer_video.exporters.detector.data.teacher import label, mirror, set_upright
from tests.exporters.detector.pictures import Spots, portrait, spots


def test_teacher_is_sure_where_it_agrees_with_itself_and_ignores_other_places() -> None:
    luma = spots((100, 160), (30, 20, 20, 250), (100, 60, 20, 120))
    picture = label(luma, {160: Spots(), 320: Spots()}, (160, 320))
    assert [round(face.box.left) for face in picture.faces] == [30]
    assert [round(face.box.left) for face in picture.ignored] == [100]


def test_label_is_the_mean_of_all_detections() -> None:
    class Shifted(Spots):
        def __call__(
            self, luma: Plane, *, full_range: bool, pixel_aspect: float = 1.0
        ) -> tuple[Face, ...]:
            (face,) = super().__call__(luma, full_range=full_range, pixel_aspect=pixel_aspect)
            box = Box(face.box.left, face.box.top + 4, face.box.width, face.box.height)
            return (Face(box, face.score, face.landmarks),)

    luma = spots((100, 160), (30, 20, 40, 250))
    (face,) = label(luma, {160: Spots(), 320: Shifted()}, (160, 320)).faces
    assert face.box.top == pytest.approx(20 + (0 + 4 / 2) / 2, abs=0.3)


def test_mirrored_twice_is_the_same_face() -> None:
    face = portrait().faces[0]
    again = mirror(mirror(face, 120), 120)
    assert again.box == face.box
    assert again.landmarks is not None
    assert face.landmarks is not None
    np.testing.assert_allclose(again.landmarks, face.landmarks)


def test_picture_is_turned_to_where_the_teacher_is_surest() -> None:
    class TopLeft(Spots):
        def __call__(
            self, luma: Plane, *, full_range: bool, pixel_aspect: float = 1.0
        ) -> tuple[Face, ...]:
            faces = super().__call__(luma, full_range=full_range, pixel_aspect=pixel_aspect)
            return tuple(f for f in faces if f.box.left + f.box.top < luma.shape[0] / 2)

    luma = spots((64, 64), (45, 45, 15, 255))
    assert set_upright(luma, {640: TopLeft()}) == 2
