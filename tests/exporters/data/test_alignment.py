"""Landmarks are kept for the very images and detector that they are of."""

from pathlib import Path

import numpy as np
import pytest

from fer_video.engine.network.card import ModelCard
from fer_video.exporters.data.alignment import LandmarkFinder, cached_landmarks
from fer_video.exporters.data.datasets import Image
from tests.exporters.detector.pictures import Spots
from tests.networks import write_spot_detector


def spot(left: int) -> Image:
    image = np.zeros((60, 90, 3), np.uint8)
    image[20:40, left : left + 20] = 250
    return image


IMAGES = [spot(10), np.zeros((60, 90, 3), np.uint8), spot(50)]


class Asked:
    """A finder, and how often it was asked."""

    def __init__(self, cache: Path, identity: str = "spots") -> None:
        self._spots, self._identity, self._cache = Spots(), identity, cache

    def __call__(self, images: list[Image]) -> list[float | None]:
        """Where each image's nose is, from the left."""
        finder = LandmarkFinder(self._spots, self._identity)
        found = cached_landmarks(images, finder, self._cache)
        return [None if points is None else float(points[2, 0]) for points in found]

    @property
    def times(self) -> int:
        return self._spots.asked


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "new" / "landmarks.npz"


def test_landmarks_are_kept_and_come_back_the_same(cache: Path) -> None:
    assert Asked(cache)(IMAGES) == [20, None, 60]
    again = Asked(cache)
    assert again(IMAGES) == [20, None, 60]
    assert again.times == 0


def test_as_many_other_images_are_not_taken_for_those(
    cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Asked(cache)(IMAGES)
    again = Asked(cache)
    assert again(IMAGES[::-1]) == [60, None, 20]
    assert again.times == 3
    assert "landmarks.npz: is of other images or detectors" in caplog.text
    assert Asked(cache)(IMAGES[::-1]) == [60, None, 20]


def test_another_detector_looks_for_itself(cache: Path) -> None:
    Asked(cache)(IMAGES)
    again = Asked(cache, "another")
    again(IMAGES)
    assert again.times == 3


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut off", None])
def test_a_damaged_file_is_made_anew_with_a_line(
    cache: Path, content: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    Asked(cache)(IMAGES)
    whole = cache.read_bytes()
    cache.write_bytes(whole[: len(whole) // 2] if content is None else content)
    assert Asked(cache)(IMAGES) == [20, None, 60]
    assert "landmarks.npz: is damaged" in caplog.text
    again = Asked(cache)
    again(IMAGES)
    assert again.times == 0


def test_file_without_what_is_looked_for_is_made_anew(cache: Path) -> None:
    cache.parent.mkdir()
    np.savez(cache, points=np.zeros((3, 5, 2)))
    assert Asked(cache)(IMAGES) == [20, None, 60]


def test_no_image_has_no_landmarks(cache: Path) -> None:
    assert Asked(cache)([]) == []
    assert Asked(cache)([]) == []


def test_detectors_are_told_apart_by_file_and_size(tmp_path: Path) -> None:
    card = ModelCard("spots", "faces", 96, 96, colour="GRAY", labels=("face",))
    one, other = (tmp_path / name for name in ("one.onnx", "other.onnx"))
    write_spot_detector(one)
    write_spot_detector(other, card=card)
    asked = [(one, 96), (one, 96), (one, 128), (other, 96)]
    found = [LandmarkFinder.load(str(path), size).identity for path, size in asked]
    assert found[0] == found[1]
    assert len(set(found)) == 3
