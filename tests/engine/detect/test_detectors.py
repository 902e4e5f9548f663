"""Every detector behind one contract; the stages around it rely on it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.faces.face import Face
from fer_video.engine.frames.frame import Plane
from fer_video.engine.network.card import ModelCard
from fer_video.engine.options.detect import DetectOptions
from fer_video.engine.options.session import SessionOptions
from tests.networks import two_faces, write_spot_detector, write_two_faced_detector
from tests.pictures import FACES, film

GRAY = ModelCard("spot", "faces", 64, 64, colour="GRAY", mean=0, scale=1 / 255)
KINDS: dict[str, Callable[[Path], Path | str]] = {
    "packaged, float": lambda _path: "detector",
    "packaged, int8": lambda _path: "detector_int8",
    "without a card": lambda path: write_spot_detector(path / "a.onnx"),
    "with a card": lambda path: write_spot_detector(path / "a.onnx", card=GRAY),
    "of a fixed size": lambda path: write_spot_detector(path / "a.onnx", (192, 320)),
    "of one small size": lambda path: write_two_faced_detector(path / "a.onnx", two_faces()),
}
SIZES = [(1, 1), (2, 3), (1, 5000), (5000, 1), (33, 700), (241, 319), (480, 640)]


@pytest.fixture(params=KINDS, scope="module")
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def anyone_s(kind: str, tmp_path_factory: pytest.TempPathFactory) -> YuNetDetector:
    """One for all tests: it remembers nothing."""
    return load(kind, tmp_path_factory.mktemp("networks"))


def load(kind: str, path: Path, **options: float) -> YuNetDetector:
    return YuNetDetector(DetectOptions(str(KINDS[kind](path)), **options), SessionOptions("cpu"))  # type: ignore[arg-type]


def luma_of(kind: str) -> Plane:
    """A picture in which this detector finds something."""
    if kind.startswith("packaged"):
        return film("many faces", count=1)[0].luma
    squares = np.zeros((480, 640), np.uint8)
    squares[::96, ::96] = 255
    for shift in range(1, 48):
        squares[shift::96, ::96] = squares[:, shift::96] = squares[shift::96, shift::96] = 255
    return squares


def numbers(faces: tuple[Face, ...]) -> list[list[float]]:
    return [
        [*astuple(face.box), face.score, *face.landmarks.ravel().tolist()]
        for face in faces
        if face.landmarks is not None
    ]


def assert_sound(faces: tuple[Face, ...], shape: tuple[int, int]) -> None:
    assert isinstance(faces, tuple)
    assert all(one.score >= other.score for one, other in pairwise(faces))
    for face in faces:
        assert 0 <= face.score <= 1
        assert face.id is None
        assert face.box.width > 0
        assert face.box.height > 0
        assert face.landmarks is not None
        assert face.landmarks.shape == (5, 2)
        assert face.landmarks.dtype == np.float32
    assert len(numbers(faces)) == len(faces)
    assert np.abs(np.array(numbers(faces) or [[0.0]])).max() <= 8 * max(shape)


@pytest.mark.parametrize("size", SIZES)
def test_any_picture_gives_sound_faces_the_surest_first(
    anyone_s: YuNetDetector, size: tuple[int, int]
) -> None:
    noise = np.random.default_rng(1).integers(0, 256, size, np.uint8)
    for luma in (noise, np.full(size, 0, np.uint8), np.full(size, 255, np.uint8)):
        for full_range in (True, False):
            assert_sound(anyone_s(luma, full_range=full_range), size)


def test_faces_are_found_where_there_are_some(anyone_s: YuNetDetector, kind: str) -> None:
    luma = luma_of(kind)
    found = anyone_s(luma, full_range=False)
    assert_sound(found, (480, 640))
    assert len(found) == FACES["many faces"] if kind.startswith("packaged") else len(found) > 1
    for face in found:
        assert -100 < face.box.left < 640
        assert -100 < face.box.top < 480


def test_picture_is_left_as_it_is(anyone_s: YuNetDetector, kind: str) -> None:
    luma = luma_of(kind)
    before = luma.copy()
    anyone_s(luma, full_range=False)
    np.testing.assert_array_equal(luma, before)


def test_rows_may_lie_apart_in_memory(anyone_s: YuNetDetector, kind: str) -> None:
    """As decoders pad them."""
    luma = np.ascontiguousarray(luma_of(kind))
    padded = np.full((luma.shape[0], luma.shape[1] + 64), 77, np.uint8)
    apart = padded[:, : luma.shape[1]]
    apart[:] = luma
    assert not apart.flags.c_contiguous
    one, other = (anyone_s(plane, full_range=False) for plane in (luma, apart))
    assert numbers(one) == numbers(other)


def test_nothing_is_remembered_of_other_pictures(anyone_s: YuNetDetector, kind: str) -> None:
    luma = luma_of(kind)
    first = numbers(anyone_s(luma, full_range=False))
    for size in SIZES:
        anyone_s(np.full(size, 200, np.uint8), full_range=True)
        assert numbers(anyone_s(luma, full_range=False)) == first


def test_no_face_is_less_sure_than_was_asked_for(kind: str, tmp_path: Path) -> None:
    luma = luma_of(kind)
    some, sure = (
        load(kind, tmp_path, threshold=threshold)(luma, full_range=False)
        for threshold in (0.1, 0.85)
    )
    assert len(some) >= len(sure)
    assert all(face.score >= 0.85 for face in sure)
    assert all(face.score >= 0.1 for face in some)


def test_clones_share_the_network_and_run_beside_each_other(
    anyone_s: YuNetDetector, kind: str
) -> None:
    """Of one size first, for which all had one buffer if they shared it."""
    luma = luma_of(kind)
    cuts = [luma[: 480 - 64 * i, : 640 - 32 * i] for i in range(3)]
    pictures = [np.ascontiguousarray(cut) for cut in (*cuts, luma[::-1], luma)]
    expected = [numbers(anyone_s(picture, full_range=False)) for picture in pictures]
    clones = [anyone_s.clone() for _ in pictures]
    assert all(clone._session is anyone_s._session for clone in clones)
    assert {clone.provider for clone in clones} == {anyone_s.provider}

    def look(number: int) -> list[list[list[float]]]:
        return [numbers(clones[number](pictures[number], full_range=False)) for _ in range(8)]

    with ThreadPoolExecutor(len(pictures)) as threads:
        for number, found in enumerate(threads.map(look, range(len(pictures)))):
            assert found == [expected[number]] * 8
