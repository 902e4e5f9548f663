"""Decoded pictures are let go of at once, not when Python next searches for garbage."""

import gc
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from fer_video.engine.capture.film.video import VideoFile
from fer_video.engine.capture.pictures.arrays import Arrays
from fer_video.engine.capture.pictures.images import Images
from fer_video.engine.contracts.source import Source
from tests.media import decoded, patches, rotate, write_image, write_video


@pytest.fixture
def _no_search() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def pictures() -> int:
    """How many there are in memory, small copies not counted."""
    found = [o for o in gc.get_objects() if type(o) is av.VideoFrame]  # never a dead proxy
    return sum(picture.width > 16 for picture in found)


def sources(folder: Path) -> Iterator[Source]:
    image = write_image(folder / "a.png", patches())
    film = write_video(folder / "a.mp4", [patches()] * 3)
    turned = write_video(folder / "b.mp4", [patches()] * 3)
    rotate(turned, 90)
    yield Images([(image, "a.png")] * 3, "images")
    yield VideoFile(str(film))
    yield VideoFile(str(turned))
    yield Arrays([patches()] * 3)
    yield Arrays(decoded(film))


@pytest.mark.usefixtures("_no_search")
def test_no_picture_stays_behind_its_frame(tmp_path: Path) -> None:
    before = pictures()
    for source in sources(tmp_path):
        assert sum(1 for _ in source.frames()) == 3
        source.close()
        del source
        left = pictures() - before
        assert left <= 1, left  # the first of a film is read when it is opened
        before += left
