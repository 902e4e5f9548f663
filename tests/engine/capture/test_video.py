"""Video files: time stamps, rotation, sound, and what can be read of broken ones."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from fer_video.engine.capture.open import open_source
from fer_video.engine.errors import SourceError
from tests.capturing import every, until_error
from tests.media import (
    Encoding,
    brightness,
    cut,
    damage,
    decoded,
    frame_times,
    moving,
    patches,
    rotate,
    write_sound,
    write_video,
)

COUNT = 5
PICTURES = moving(46, 34, COUNT)


def test_info_is_still_there_after_closing(tmp_path: Path) -> None:
    """FFmpeg's memory is gone by then; reading it would end the whole process."""
    source = open_source(write_video(tmp_path / "a.mp4", PICTURES))
    source.close()
    assert (source.info.width, source.info.height, source.info.frames) == (46, 34, COUNT)


def test_size_that_changes_on_the_way_is_followed(tmp_path: Path) -> None:
    parts = [write_video(tmp_path / f"{w}.ts", moving(w, 64, 10)) for w in (96, 128)]
    (tmp_path / "joined.ts").write_bytes(b"".join(part.read_bytes() for part in parts))
    frames = every(open_source(tmp_path / "joined.ts"))
    assert [(frame.width, frame.height) for frame in frames] == [(96, 64)] * 10 + [(128, 64)] * 10


def test_variable_rate_and_reordered_frames_have_the_demuxers_times(tmp_path: Path) -> None:
    times = [0, 40, 50, 200, 1000, 1010, 1020, 1500, 3000, 3040]
    how = Encoding(times=times, time_base=Fraction(1, 1000), options={"bf": "3"})
    for extension in ("mp4", "mkv", "mov"):
        path = write_video(tmp_path / f"vfr.{extension}", moving(64, 48, len(times)), how)
        frames = every(open_source(str(path)))
        assert [frame.time for frame in frames] == pytest.approx(frame_times(path), abs=1e-6)
        assert [frame.time for frame in frames] == pytest.approx([t / 1000 for t in times])
        assert all(brightness(a) < brightness(b) for a, b in pairwise(frames))


@pytest.mark.parametrize("extension", ["mkv", "ts"])
def test_time_counts_from_the_containers_start(tmp_path: Path, extension: str) -> None:
    how = Encoding(times=[5000, 5040, 5080], time_base=Fraction(1, 1000))
    path = write_video(tmp_path / f"late.{extension}", moving(64, 48, 3), how)
    times = [frame.time for frame in every(open_source(str(path)))]
    assert times == pytest.approx(frame_times(path), abs=1e-6)
    begins_late = 5 if extension == "mkv" else 0  # Matroska's own clock always starts at 0
    assert times == pytest.approx([begins_late + t for t in (0, 0.04, 0.08)], abs=0.001)


@pytest.mark.parametrize("extension", ["avi", "mp4", "mkv", "ts"])
def test_b_frames_lose_no_frame(tmp_path: Path, extension: str) -> None:
    how = Encoding(options={"bf": "3", "g": "12"})
    path = write_video(tmp_path / f"b.{extension}", moving(64, 48, 30), how)
    frames = every(open_source(str(path)))
    assert len(frames) == 30
    assert [frame.time for frame in frames] == pytest.approx([i / 25 for i in range(30)], abs=0.002)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize("size", [(128, 96), (118, 86)])
def test_rotation_metadata_is_applied(tmp_path: Path, degrees: int, size: tuple[int, int]) -> None:
    path = rotate(write_video(tmp_path / "r.mp4", [patches(*size)] * 2), degrees)
    source = open_source(str(path))
    frame = every(source)[0]
    truth = np.rot90(decoded(path)[0].to_ndarray(format="gray"), -degrees // 90)
    assert frame.luma.shape == truth.shape
    assert (source.info.width, source.info.height) == (frame.width, frame.height)
    luma = frame.luma.astype(int)
    assert np.abs(luma - (16 + truth.astype(float) * 219 / 255)).mean() < 3


def test_rotation_turns_the_shape_of_the_pixels_too(tmp_path: Path) -> None:
    how = Encoding(pixel_aspect=Fraction(2))
    path = rotate(write_video(tmp_path / "r.mp4", [patches()], how), 90)
    source = open_source(str(path))
    source.close()
    assert source.info.sample_aspect_ratio == Fraction(1, 2)


def test_sound_comes_whole_and_counts_from_the_same_start(sound_clip: Path) -> None:
    source = open_source(str(sound_clip), keep_audio=True)
    packets = [packet for frame in every(source) for packet in frame.audio]
    with_av = decoded(sound_clip)
    assert len(with_av) == 25
    assert len(packets) >= 45
    assert all(packet.size for packet in packets)


def test_sound_is_left_in_the_file_unless_asked_for(sound_clip: Path) -> None:
    source = open_source(str(sound_clip))
    assert source.info.audio is None
    assert not any(frame.audio for frame in every(source))


@pytest.mark.parametrize("extension", ["mp4", "mkv"])
def test_file_cut_off_gives_what_is_there_then_says_so(tmp_path: Path, extension: str) -> None:
    how = Encoding(
        options={"g": "5", "bf": "0"},
        container_options={"movflags": "+faststart"} if extension == "mp4" else {},
    )
    noise = np.random.default_rng(0).integers(0, 256, (100, 64, 96, 3), np.uint8)
    path = cut(write_video(tmp_path / f"c.{extension}", list(noise), how), 0.5)
    frames = until_error(open_source(str(path)), f"c.{extension}.*cut off")
    assert 30 < len(frames) < 70


def test_damaged_file_gives_what_can_be_decoded_then_says_so(tmp_path: Path) -> None:
    path = damage(
        write_video(tmp_path / "d.mp4", moving(128, 96, 60), Encoding(options={"g": "5"}))
    )
    frames = until_error(open_source(str(path)), r"d\.mp4.*damaged")
    assert len(frames) > 20


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"has no video.*audio"):
        open_source(write_sound(tmp_path / "a.m4a"))


def test_protocol_that_ffmpeg_lacks_is_named_with_those_to_use() -> None:
    with pytest.raises(SourceError, match=r"does not speak gopher2; send .* rtsp"):
        open_source("gopher2://127.0.0.1/x")
