"""The rate of the pictures where the container declares none, or that of its clock."""

import random
from fractions import Fraction
from pathlib import Path

import pytest

from fer_video.engine.capture.open import open_source
from fer_video.engine.frames import SourceInfo
from tests.capturing import every
from tests.media import Encoding, frame_times, moving, write_video

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
