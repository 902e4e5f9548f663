"""The rate of the pictures where the container declares none, or that of its clock."""

import random
from fractions import Fraction
from pathlib import Path
from struct import pack

import av
import pytest

from fer_video.engine.capture.open import open_source
from fer_video.engine.frames.info import SourceInfo
from tests.capturing import every
from tests.media import Encoding, frame_times, moving, to_picture, tone, write_video

MS = Fraction(1, 1000)


def info(path: Path) -> SourceInfo:
    source = open_source(path)
    source.close()
    return source.info


def recorded(path: Path, count: int = 120) -> Path:
    """As browsers do: stamps in milliseconds that jitter, and no rate."""
    rng = random.Random(1)
    times = [33 * i + rng.randint(0, 6) for i in range(count)]
    codec = "libvpx" if path.suffix == ".webm" else "libx264"
    how = Encoding(codec=codec, times=times, time_base=MS)
    write_video(path, moving(64, 48, count), how)
    if path.suffix in (".webm", ".mkv"):
        data = path.read_bytes()
        at = data.index(b"\x23\xe3\x83")  # DefaultDuration becomes Void
        size = 4 + (data[at + 3] & 127)
        void = b"\xec" + bytes([0x80 | size - 2]) + bytes(size - 2)
        path.write_bytes(data[:at] + void + data[at + size :])
    return path


@pytest.mark.parametrize("extension", ["webm", "mkv", "flv"])
def test_recording_of_a_browser_has_the_rate_of_its_stamps(tmp_path: Path, extension: str) -> None:
    path = recorded(tmp_path / f"recorder.{extension}")
    assert float(info(path).frame_rate) == pytest.approx(30, rel=0.05)
    assert info(path).frames == pytest.approx(120, abs=3)
    assert [frame.time for frame in every(open_source(path))] == pytest.approx(
        frame_times(path), abs=1e-6
    )


@pytest.mark.parametrize("rate", [24, 50, Fraction(30_000, 1001)])
@pytest.mark.parametrize(("extension", "codec"), [("h264", "libx264"), ("h265", "libx265")])
def test_bare_stream_runs_at_the_rate_that_it_says(
    tmp_path: Path, extension: str, codec: str, rate: Fraction | int
) -> None:
    quiet = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    how = Encoding(codec=codec, time_base=1 / Fraction(rate), options=quiet)
    path = write_video(tmp_path / f"bare.{extension}", moving(64, 64, 30), how)
    times = [frame.time for frame in every(open_source(path))]
    assert times == pytest.approx([float(i / Fraction(rate)) for i in range(30)], abs=1e-3)
    assert info(path).frame_rate == rate


@pytest.mark.parametrize("extension", ["m2v", "y4m", "ivf"])
def test_other_bare_streams_begin_at_once_and_run_at_their_rate(
    tmp_path: Path, extension: str
) -> None:
    codec = {"m2v": "mpeg2video", "y4m": "wrapped_avframe", "ivf": "libvpx"}[extension]
    how = Encoding(codec=codec, time_base=Fraction(1, 50))
    path = write_video(tmp_path / f"bare.{extension}", moving(64, 48, 30), how)
    times = [frame.time for frame in every(open_source(path))]
    assert times == pytest.approx([i / 50 for i in range(30)], abs=1e-3)
    assert info(path).frame_rate == 50


@pytest.mark.parametrize("extension", ["mp4", "mkv", "ts", "mov"])
def test_fast_and_slow_films_keep_their_rate_and_times(tmp_path: Path, extension: str) -> None:
    for step, unit in ((1, Fraction(1, 240)), (60_000, MS)):
        path = tmp_path / f"{step}.{extension}"
        times = [i * step for i in range(30)]
        write_video(path, moving(64, 48, 30), Encoding(times=times, time_base=unit))
        frames = every(open_source(path))
        assert [frame.time for frame in frames] == pytest.approx(
            [float(time * unit) for time in times], abs=0.001
        )
        assert float(info(path).frame_rate) == pytest.approx(float(1 / (step * unit)), rel=0.1)


def written_otherwise(path: Path, seconds: float) -> None:
    """As mkvmerge writes it, which counts the duration from the first picture on."""
    data = path.read_bytes().replace(b"Lavf", b"libm")
    at = data.index(b"\x44\x89\x88") + 3  # Duration, a double in milliseconds
    path.write_bytes(data[:at] + pack(">d", 1000 * seconds) + data[at + 8 :])


@pytest.mark.parametrize("by_ffmpeg", [True, False])
def test_film_whose_first_picture_comes_late_ends_where_its_last_one_does(
    tmp_path: Path, by_ffmpeg: bool
) -> None:
    late = Encoding(times=list(range(50, 75)))
    path = write_video(tmp_path / "late.mkv", moving(64, 48, 25), late)
    if not by_ffmpeg:
        written_otherwise(path, 1.0)
    times = [frame.time for frame in every(open_source(path))]
    assert times == pytest.approx([i / 25 for i in range(25)])
    assert info(path).duration == pytest.approx(1.0)
    assert info(path).frames == 25


@pytest.mark.parametrize("extension", ["mkv", "ts", "flv", "mp4"])
def test_pictures_that_come_after_the_sound_are_counted_from_the_first_of_them(
    tmp_path: Path, extension: str
) -> None:
    late = Encoding(times=list(range(50, 75)), sound="aac")
    path = write_video(tmp_path / f"late.{extension}", moving(64, 48, 25), late)
    last = [frame.time for frame in every(open_source(path))][-1]
    assert info(path).duration == pytest.approx(last + 1 / 25, abs=0.1)
    assert info(path).frames == pytest.approx(25, abs=2)


@pytest.mark.parametrize("extension", ["mkv", "webm", "flv", "ts", "mp4"])
def test_film_whose_sound_goes_on_ends_with_its_last_picture(
    tmp_path: Path, extension: str
) -> None:
    """Matroska and FLV declare the length of all of it together."""
    path = tmp_path / f"longer.{extension}"
    with av.open(str(path), "w") as out:
        codecs = ("libvpx", "libopus") if extension == "webm" else ("libx264", "aac")
        video, sound = out.add_stream(codecs[0], rate=25), out.add_stream(codecs[1], rate=48_000)
        assert isinstance(video, av.VideoStream)
        assert isinstance(sound, av.AudioStream)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        for index, rgb in enumerate(moving(64, 48, 50)):
            picture = to_picture(rgb)
            picture.pts, picture.time_base = index, Fraction(1, 25)
            out.mux(video.encode(picture))
        out.mux(video.encode(None))
        for samples in tone(6):
            out.mux(sound.encode(samples))
        out.mux(sound.encode(None))
    assert info(path).duration == pytest.approx(2, abs=0.07)
    assert info(path).frames == pytest.approx(50, abs=1)
