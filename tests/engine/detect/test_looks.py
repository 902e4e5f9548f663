"""Faces of every size in one picture, each found once, by the look that is right for it."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest

from fer_video.engine import EngineOptions, open_pipeline
from fer_video.engine.capture.pictures.arrays import Arrays
from fer_video.engine.detect.looks import LARGEST_FACE, joined, looks
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.faces.face import Box, Face
from fer_video.engine.options.detect import DetectOptions
from tests.media import Pixels, photograph

OVERLAP = 0.3


def face(left: float, side: float, score: float = 0.9) -> Face:
    return Face(Box(left, 0, side, side), score)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((180, 320), [(180, 320)]),
        ((270, 480), [(270, 480)]),
        ((320, 426), [(320, 426), (106, 142)]),
        ((540, 960), [(540, 960), (180, 320)]),
        ((480, 270), [(480, 270)]),
        ((960, 540), [(960, 540), (320, 180)]),
        ((3072, 4096), [(3072, 4096), (1024, 1365), (341, 455), (113, 151)]),
        ((100, 4096), [(100, 4096)]),
    ],
)
def test_picture_is_looked_at_again_only_where_a_large_face_has_room(
    shape: tuple[int, int], expected: list[tuple[int, int]]
) -> None:
    assert [look.shape for look in looks(np.zeros(shape, np.uint8))] == expected


def test_face_of_both_looks_comes_once_from_the_one_that_it_suits() -> None:
    small, large = face(0, LARGEST_FACE - 20), face(500, LARGEST_FACE + 20)
    coarse = face(4, LARGEST_FACE - 20, 0.95), face(504, LARGEST_FACE + 24, 0.8)
    assert joined((small, large), coarse, LARGEST_FACE, OVERLAP) == (small, coarse[1])


def test_face_of_one_look_alone_is_kept_and_the_surest_comes_first() -> None:
    small, huge = face(0, 30, 0.8), face(2000, 3 * LARGEST_FACE, 0.9)
    missed_by_the_coarse = face(500, LARGEST_FACE + 20, 0.7)
    found = joined((small, missed_by_the_coarse), (huge,), LARGEST_FACE, OVERLAP)
    assert found == (huge, small, missed_by_the_coarse)


def test_coarse_look_adds_no_small_face() -> None:
    assert joined((), (face(0, 30),), LARGEST_FACE, OVERLAP) == ()


@pytest.mark.parametrize("min_face", [None, 16, 64])
def test_near_and_far_faces_of_a_phones_photograph_are_each_found_once(
    detector: YuNetDetector, min_face: float | None
) -> None:
    """Of 100 pixels to three quarters of the height, which one look cannot see together."""
    people = (2240, 1200, 1512), (600, 3000, 800), (300, 3400, 1800), (180, 3700, 2500)
    luma = np.asarray(photograph(4032, 3024, *people).convert("L"))
    found = detector.under(DetectOptions(min_face=min_face)).clone(still=True)(
        luma, full_range=True
    )
    heights = sorted((face.box.height for face in found), reverse=True)
    assert heights == pytest.approx([height for height, _, _ in people], rel=0.2)


def selfie(count: int) -> Iterator[Pixels]:
    """4K, held closer and closer, until the face is as high as the picture."""
    for index in range(count):
        face = round(2160 * (0.55 + 0.4 * index / count))
        yield np.asarray(photograph(3840, 2160, (face, 1920, 1080)))


def test_no_frame_of_a_selfie_in_4k_loses_its_face() -> None:
    film = Arrays(selfie(10), colour="RGB", frame_rate=Fraction(5))
    with open_pipeline(film, EngineOptions(draw=False)) as pipeline:
        found = [[reading.face for reading in result.readings] for result in pipeline]
    assert [len(faces) for faces in found] == [1] * 10
    assert {faces[0].id for faces in found} == {1}
