"""A stretch of a film: its pictures, times and sound are those of the whole, and no others."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fer_video.engine import (
    EngineOptions,
    FileOptions,
    Frame,
    LiveOptions,
    OptionsError,
    SourceError,
    open_pipeline,
)
from fer_video.engine.capture.open import open_source
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.output.film.video import VideoWriter
from tests.capturing import every
from tests.films.clapper import clap, clicks, flashes
from tests.media import Encoding, moving, write_image, write_video

RATE, LENGTH = 25, 5
FILMS = {
    "reordered.mp4": Encoding(options={"bf": "3", "g": "50"}),
    "open.mkv": Encoding(options={"x264-params": "open-gop=1:keyint=40:bframes=3"}),
    "refreshed.mov": Encoding(options={"x264-params": "intra-refresh=1:keyint=30"}),
    "broadcast.ts": Encoding(codec="mpeg2video", options={"bf": "2", "g": "20"}),
    "old.avi": Encoding(codec="mpeg4", options={"bf": "2", "g": "30"}),
    "moving.gif": Encoding(codec="gif", pixel_format="rgb8"),
}
JOINED = "joined.ts"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes a film of so many seconds; of the joined one the clock begins anew."""
    folder, pictures = tmp_path_factory.mktemp("films"), moving(64, 48, RATE * LENGTH)

    def make(name: str) -> Path:
        path = folder / name
        if path.exists():  # x264 does not always make the same of small pictures
            return path
        if name == JOINED:
            half = write_video(folder / "half.ts", pictures[: len(pictures) // 2])
            path.write_bytes(2 * half.read_bytes())
            return path
        return write_video(path, pictures, FILMS[name])

    return make


def read(path: Path, **asked: float) -> list[Frame]:
    source = open_source(path, file=FileOptions(**asked))
    try:
        return list(source.frames())
    finally:
        source.close()


@pytest.mark.parametrize("name", [*FILMS, JOINED])
@pytest.mark.parametrize(("start", "end"), [(0.5, 1.0), (4.013, 99.0)])
def test_stretch_has_the_pictures_and_times_of_the_whole(
    film: Callable[[str], Path], name: str, start: float, end: float
) -> None:
    whole = [frame for frame in read(film(name)) if start <= round(frame.time, 3) < end]
    part = read(film(name), start=start, end=end)
    assert [frame.time for frame in part] == [frame.time for frame in whole]
    assert all(np.array_equal(one.luma, two.luma) for one, two in zip(part, whole, strict=True))
    assert [frame.index for frame in part] == list(range(len(whole)))
    assert 0 <= part[0].pts * part[0].time_base < 1 / RATE


def test_what_lies_before_is_not_decoded(film: Callable[[str], Path], tmp_path: Path) -> None:
    data = bytearray(film("reordered.mp4").read_bytes())
    begin = data.index(b"mdat")
    data[begin + 800 : begin + 2800] = bytes(2000)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(data)
    with pytest.raises(SourceError, match="damaged"):
        read(broken)
    assert len(read(broken, start=4)) == RATE


def test_one_frame_in_so_many_seconds(film: Callable[[str], Path]) -> None:
    name = film("open.mkv")
    assert [frame.time for frame in read(name, every=2)] == [0, 2, 4]
    times = [frame.time for frame in read(name, start=1.03, end=3, every=0.5)]
    assert times == pytest.approx([1.04, 1.56, 2.04, 2.56])
    source = open_source(name, file=FileOptions(start=1, every=0.5))
    assert source.info.frames == 8
    assert source.info.frame_rate == 2
    source.close()


@pytest.mark.parametrize("name", ["reordered.mp4", "open.mkv", "broadcast.ts"])
def test_start_behind_the_film_is_told_with_its_length(
    film: Callable[[str], Path], name: str
) -> None:
    with pytest.raises(SourceError, match=r"start 77: it ends after [45]\.\d\d s"):
        read(film(name), start=77)
    with pytest.raises(SourceError, match=r"no picture from 2\.01 to 2\.02 s"):
        read(film(name), start=2.01, end=2.02)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"start": -1}, "start -1"),
        ({"start": 3, "end": 3}, "end 3: give seconds behind the start"),
        ({"every": 0}, "every 0"),
        ({"start": "1:00"}, "start '1:00': give a number"),
    ],
)
def test_stretch_that_is_none_is_refused(wrong: dict[str, float], said: str) -> None:
    with pytest.raises(OptionsError, match=said):
        FileOptions(**wrong)


def test_what_has_no_stretch_is_refused(tmp_path: Path) -> None:
    photo = write_image(tmp_path / "a.png", moving(32, 24, 1)[0])
    for source in (0, "rtsp://127.0.0.1:9/x", photo, tmp_path, moving(32, 24, 2)):
        with pytest.raises(OptionsError, match=r"no video file.*FileOptions\(start=1\)"):
            open_source(source, file=FileOptions(start=1))


def test_what_is_asked_of_cameras_is_refused_where_there_is_none() -> None:
    for name, value in (("fps", 5.0), ("width", 640), ("fourcc", "MJPG")):
        options = EngineOptions(live=LiveOptions(**{name: value}))  # type: ignore[arg-type]
        with pytest.raises(OptionsError, match=f"LiveOptions.{name}={value}.*of cameras"):
            open_pipeline("demo", options)


@pytest.mark.parametrize(
    ("name", "sound", "start", "end", "near"),
    [
        ("a.mp4", "aac", 1.3, 2.7, 0.002),
        ("a.mkv", "libopus", 0.9, 2.0, 0.002),
        ("a.ts", "ac3", 1.3, 99.0, 0.06),
        ("a.avi", "pcm_s16le", 1.31, 2.7, 0.021),
    ],
)
def test_sound_is_cut_in_step(
    tmp_path: Path, name: str, sound: str, start: float, end: float, near: float
) -> None:
    """The output begins at 0, or where its container begins."""
    source = clap(tmp_path / name, sound)
    expected = [time - start for time in flashes(source) if start <= time < end]
    opened = open_source(source, keep_audio=True, file=FileOptions(start=start, end=end))
    cut = (tmp_path / "cut").with_suffix(".mp4" if name == "a.avi" else source.suffix)
    with VideoWriter(cut, opened.info) as video:
        for frame in opened.frames():
            video.write(RecognizedFrame(frame, ()))
    opened.close()
    seen, heard = flashes(cut), clicks(cut)
    assert len(seen) == len(heard) == len(expected) > 0
    assert seen == pytest.approx(expected, abs=near)
    assert heard == pytest.approx(seen, abs=0.02)


def test_sound_that_comes_behind_its_pictures_in_the_file_is_there(tmp_path: Path) -> None:
    """As in broadcasts: when the last picture of the stretch has come, no sound has."""
    path = clap(tmp_path / "a.ts", "aac", options={"max_delay": "700000"})
    opened = open_source(path, keep_audio=True, file=FileOptions(start=0.05, end=0.2))
    sounds = [sound.packet for frame in every(opened) for sound in frame.audio]
    assert 5 <= len(sounds) <= 8  # packets of 21 ms


@pytest.mark.parametrize("extension", ["mkv", "mp4"])
@pytest.mark.parametrize("start", [1.0, 2.5])
def test_stretch_of_a_film_whose_first_picture_comes_after_the_sound_is_counted(
    tmp_path: Path, extension: str, start: float
) -> None:
    late = Encoding(times=list(range(50, 75)), sound="aac")
    path = write_video(tmp_path / f"late.{extension}", moving(64, 48, 25), late)
    source = open_source(path, file=FileOptions(start=start))
    assert source.info.frames == pytest.approx(len(every(source)), abs=2)
