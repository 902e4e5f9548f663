"""Every source behind one contract, everything behind capture relies on it."""

from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from pathlib import Path
from time import monotonic

import numpy as np
import pytest

from fer_video.engine.assembly.pipelines import open_pipeline, open_pipelines
from fer_video.engine.capture.expand import SourceName
from fer_video.engine.capture.live.feed import Feed
from fer_video.engine.capture.open import open_source
from fer_video.engine.capture.pictures.arrays import Arrays
from fer_video.engine.contracts.delivery import Delivery
from fer_video.engine.contracts.source import Source
from fer_video.engine.errors import SourceError
from fer_video.engine.frames.frame import Frame
from tests.fakes import FakeCapture
from tests.media import (
    Encoding,
    brightness,
    moving,
    write_image,
    write_video,
)

COUNT = 5
PICTURES = moving(46, 34, COUNT)


def _folder(path: Path) -> Path:
    for i, picture in enumerate(PICTURES):
        write_image(path / "pictures" / f"{i}.png", picture)
    return path / "pictures"


def _fed() -> Feed:
    feed = Feed(colour="RGB", delivery=Delivery.WAIT, capacity=COUNT)
    for picture in PICTURES:
        feed.put(picture)
    feed.close()
    return feed


KINDS: dict[str, Callable[[Path], SourceName]] = {
    "mp4": lambda path: str(write_video(path / "a.mp4", PICTURES)),
    "mkv": lambda path: str(write_video(path / "a.mkv", PICTURES)),
    "gif": lambda path: str(write_video(path / "a.gif", PICTURES, Encoding("gif", "rgb8"))),
    "folder": lambda path: str(_folder(path)),
    "image": lambda path: str(write_image(path / "a.jpg", PICTURES[0])),
    "glob": lambda path: str(_folder(path) / "*.png"),
    "demo": lambda _path: "demo",
    "realtime": lambda path: str(write_video(path / "a.mp4", PICTURES)),
    "camera": lambda _path: "0",
    "arrays": lambda _path: [picture[..., ::-1] for picture in PICTURES],
    "stack": lambda _path: np.stack(PICTURES)[..., ::-1],
    "generator": lambda _path: (picture[..., ::-1] for picture in PICTURES),
    "named colours": lambda _path: Arrays(PICTURES, colour="RGB"),
    "feed": lambda _path: _fed(),
}
LENGTH = {"image": 1, "demo": 300}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def source(
    kind: str,
    tmp_path: Path,
    camera: FakeCapture,  # noqa: ARG001 - for the camera
) -> Iterator[Source]:
    source = open_source(KINDS[kind](tmp_path), realtime=kind == "realtime")
    yield source
    source.close()


def first(source: Source, count: int = COUNT) -> list[Frame]:
    return list(islice(source.frames(), count))


def test_indices_count_from_zero_without_gaps(source: Source, kind: str) -> None:
    frames = first(source)
    assert [frame.index for frame in frames] == list(range(min(COUNT, LENGTH.get(kind, COUNT))))


def test_times_start_near_zero_and_increase(source: Source) -> None:
    frames = first(source)
    assert 0 <= frames[0].time < 0.05
    assert all(a.time < b.time and a.pts < b.pts for a, b in pairwise(frames))
    assert all(frame.time == float(frame.pts * frame.time_base) for frame in frames)


def test_capture_times_are_monotonic_seconds(source: Source, kind: str) -> None:
    """Of when each frame came, so that latency is a subtraction."""
    before = 0.0 if kind == "feed" else monotonic()  # a feed's pictures came before
    for frame in islice(source.frames(), COUNT):
        assert before <= frame.captured_at <= monotonic()
        before = frame.captured_at if kind == "feed" else monotonic()


def test_planes_are_420_of_eight_bits(source: Source) -> None:
    for frame in first(source):
        half = (frame.height + 1) // 2, (frame.width + 1) // 2
        assert frame.luma.shape == (frame.height, frame.width)
        assert frame.cb.shape == frame.cr.shape == half
        assert {plane.dtype for plane in (frame.luma, frame.cb, frame.cr)} == {np.dtype("uint8")}


def test_planes_are_the_memory_of_an_even_picture(source: Source) -> None:
    frame = first(source)[0]
    assert frame.picture.format.name == "yuv420p"
    assert frame.picture.width % 2 == frame.picture.height % 2 == 0
    frame.luma[:] = 77
    assert frame.to_bgr().shape == (frame.height, frame.width, 3)
    assert frame.picture.to_ndarray(format="yuv420p")[: frame.height, : frame.width].max() == 77


def test_drawing_on_a_frame_does_not_change_later_ones(tmp_path: Path, kind: str) -> None:
    if kind == "camera":
        pytest.skip("a camera gives no frame twice")
    named = KINDS[kind](tmp_path)
    untouched = [frame.luma.copy() for frame in first(open_source(named))]
    # a file is not made again: x264 does not always make the same of small pictures
    source = open_source(named if isinstance(named, str) else KINDS[kind](tmp_path))
    for frame, expected in zip(islice(source.frames(), COUNT), untouched, strict=True):
        np.testing.assert_array_equal(frame.luma, expected)
        for plane in (frame.luma, frame.cb, frame.cr):
            plane[:] = 255
    source.close()


def test_info_says_what_comes(source: Source, kind: str) -> None:
    info, frame = source.info, first(source)[0]
    assert info.live == (kind in ("camera", "realtime"))
    unknown = kind in ("camera", "generator", "feed")
    assert info.frames == (None if unknown else LENGTH.get(kind, COUNT))
    assert info.frame_rate > 0
    assert info.time_base == frame.time_base
    if info.width:
        assert (info.width, info.height) == (frame.width, frame.height)


def test_closing_twice_is_safe(source: Source) -> None:
    source.close()
    source.close()


def test_pictures_are_the_ones_put_in(source: Source, kind: str) -> None:
    """A later picture of `moving` is brighter."""
    frames = first(source)
    if kind != "demo":
        assert all(brightness(a) < brightness(b) for a, b in pairwise(frames))
    assert brightness(frames[0]) > 40


@pytest.mark.parametrize("picture", [PICTURES[0][..., ::-1], PICTURES[0][..., 0]])
def test_one_array_is_one_picture(picture: np.ndarray) -> None:
    (frame,) = open_source(picture).frames()
    assert frame.luma.shape == PICTURES[0].shape[:2]


def test_what_is_no_source_at_all_is_refused() -> None:
    with pytest.raises(SourceError, match="a source cannot be a float"):
        open_source(1.5)  # type: ignore[arg-type]


def test_no_source_at_all_is_refused_not_read_to_its_end() -> None:
    with pytest.raises(SourceError, match="list of sources is empty; does a pattern"):
        open_pipeline([])
    with pytest.raises(SourceError, match="list of sources is empty; does a pattern"):
        open_pipelines([])


def test_paths_that_come_one_by_one_are_to_be_a_list(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mkv", PICTURES)
    with (
        open_pipeline(tmp_path.glob("*.mkv")) as pipeline,  # type: ignore[arg-type]
        pytest.raises(SourceError, match=r"frame 0: is the name .*a\.mkv; give a list of paths"),
    ):
        next(pipeline)
