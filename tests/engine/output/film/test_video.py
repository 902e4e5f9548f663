"""The written video, decoded again: times, sound, size, colours, and what is left after errors."""

import os
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange

from fer_video.engine.capture.open import open_source
from fer_video.engine.errors import OptionsError
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.output.film.video import VideoWriter
from tests.capturing import every
from tests.engine.output.kinds import INFO, count, frames
from tests.media import (
    BT709,
    PATCHES,
    Encoding,
    decoded,
    frame_times,
    moving,
    patch_colours,
    patches,
    rotate,
    sound_packets,
    to_rgb,
    write_image,
    write_video,
)

UNEVEN = Encoding(times=[0, 40, 50, 200, 1000, 1010, 1500, 3000], time_base=Fraction(1, 1000))


def transcribe(source: Path, target: Path, *, sound: bool = True) -> Path:
    """Every frame of a source into a target, undrawn."""
    opened = open_source(source, keep_audio=sound)
    with VideoWriter(target, opened.info) as writer:
        for frame in opened.frames():
            writer.write(RecognizedFrame(frame, ()))
    opened.close()
    return target


def hidden(folder: Path) -> list[Path]:
    """Partial files."""
    return sorted(folder.glob(".*"))


# time and sound


@pytest.mark.parametrize("extension", ["mp4", "m4v", "mov", "mkv", "ts"])
def test_times_are_the_sources_however_uneven(tmp_path: Path, extension: str) -> None:
    source = write_video(tmp_path / "in.mkv", moving(64, 48, 8), UNEVEN)
    written = transcribe(source, tmp_path / f"out.{extension}")
    assert frame_times(written) == pytest.approx(frame_times(source), abs=0.001)


@pytest.mark.parametrize("rate", [Fraction(30000, 1001), Fraction(24), Fraction(60), Fraction(5)])
def test_constant_rates_stay_exact(tmp_path: Path, rate: Fraction) -> None:
    source = write_video(tmp_path / "in.mp4", moving(64, 48, 9), Encoding(time_base=1 / rate))
    written = transcribe(source, tmp_path / "out.mp4")
    assert frame_times(written) == pytest.approx([float(i / rate) for i in range(9)], abs=1e-6)


@pytest.mark.parametrize(
    ("codec", "extension"),
    [("aac", "mp4"), ("aac", "mov"), ("aac", "mkv"), ("libmp3lame", "mp4"), ("flac", "mkv"),
     ("libopus", "mkv"), ("pcm_s16le", "mov"), ("aac", "flv")],
)  # fmt: skip
def test_sound_is_copied_bit_for_bit_at_its_time(
    tmp_path: Path, codec: str, extension: str
) -> None:
    source = write_video(tmp_path / "in.mkv", moving(64, 48, 20), Encoding(sound=codec))
    written = transcribe(source, tmp_path / f"out.{extension}")
    before, after = sound_packets(source), sound_packets(written)
    assert b"".join(data for _, data in after) == b"".join(data for _, data in before)
    offsets = (before[0][0] - frame_times(source)[0], after[0][0] - frame_times(written)[0])
    assert offsets[0] == pytest.approx(offsets[1], abs=0.002)
    assert before[-1][0] - before[0][0] == pytest.approx(after[-1][0] - after[0][0], abs=0.05)


@pytest.mark.parametrize("first", [0, 300])
def test_offset_between_sound_and_pictures_is_kept(tmp_path: Path, first: int) -> None:
    times = [first + 40 * i for i in range(20)]
    how = Encoding(times=times, time_base=Fraction(1, 1000), sound="aac")
    source = write_video(tmp_path / "in.mp4", moving(64, 48, 20), how)
    written = transcribe(source, tmp_path / "out.mp4")
    assert frame_times(written)[0] == pytest.approx(frame_times(source)[0], abs=0.002)
    assert sound_packets(written)[0][0] == pytest.approx(sound_packets(source)[0][0], abs=0.002)


# size and colour


@pytest.mark.parametrize("size", [(65, 49), (64, 49), (65, 48), (3, 5), (64, 48)])
def test_odd_sizes_are_padded_to_even(tmp_path: Path, size: tuple[int, int]) -> None:
    write_image(tmp_path / "in.png", patches(*size))
    (picture,) = decoded(transcribe(tmp_path / "in.png", tmp_path / "out.mp4"))
    assert (picture.width, picture.height) == tuple(v + v % 2 for v in size)
    if min(size) > 40:  # the border goes on, rather than turning black or green
        luma = picture.to_ndarray(format="yuv420p")[: picture.height].astype(int)
        assert np.abs(luma[:, -1] - luma[:, -2]).mean() < 12
        assert np.abs(luma[-1] - luma[-2]).mean() < 12


@pytest.mark.parametrize("how", [Encoding(), Encoding(weights=BT709, full_range=True)])
def test_matrix_and_range_go_with_the_pictures(tmp_path: Path, how: Encoding) -> None:
    source = write_video(tmp_path / "in.mp4", [patches()] * 3, how)
    written = open_source(transcribe(source, tmp_path / "out.mp4"))
    frame = next(iter(written.frames()))
    written.close()
    assert (frame.colour.red_weight, frame.colour.blue_weight) == how.weights
    assert frame.colour.full_range == how.full_range
    assert np.abs(patch_colours(to_rgb(frame)) - np.array(PATCHES)).max() < 10


def test_images_of_several_sizes_are_letterboxed_into_the_largest(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for name, size in (("a.png", (160, 96)), ("b.png", (96, 160)), ("c.png", (320, 192))):
        write_image(folder / name, np.full((size[1], size[0], 3), 200, np.uint8))
    pictures = decoded(transcribe(folder, tmp_path / "out.mp4"))
    assert {(p.width, p.height) for p in pictures} == {(320, 192)}
    tall = pictures[1].to_ndarray(format="gray")
    assert tall[:, :90].max() < 12
    assert tall[:, -90:].max() < 12
    assert tall[40:152, 120:200].min() > 190
    assert pictures[0].to_ndarray(format="gray").min() > 190
    assert pictures[2].to_ndarray(format="gray").min() > 190


def test_images_of_several_ranges_keep_their_colours(tmp_path: Path) -> None:
    """PNG becomes limited, JPEG is full range; one video has one of the two."""
    for name in ("a.png", "b.jpg", "c.png"):
        write_image(tmp_path / "in" / name, patches())
    written = open_source(transcribe(tmp_path / "in", tmp_path / "out.mp4"))
    for frame in written.frames():
        assert np.abs(patch_colours(to_rgb(frame)) - np.array(PATCHES)).max() < 12
    written.close()


def test_borders_are_black_in_videos_of_either_range(tmp_path: Path) -> None:
    for name, size in (("a.jpg", (160, 96)), ("b.jpg", (96, 160))):
        write_image(tmp_path / "in" / name, np.full((size[1], size[0], 3), 200, np.uint8))
    picture = decoded(transcribe(tmp_path / "in", tmp_path / "out.mp4"))[1]
    assert picture.color_range == ColorRange.JPEG
    assert picture.to_ndarray(format="rgb24")[:, :40].max() < 4


@pytest.mark.parametrize("extension", ["mp4", "mkv"])
@pytest.mark.parametrize("degrees", [0, 90])
def test_shape_of_the_pixels_is_kept(tmp_path: Path, extension: str, degrees: int) -> None:
    how = Encoding(pixel_aspect=Fraction(4, 3))
    source = rotate(write_video(tmp_path / "in.mp4", [patches()] * 2, how), degrees)
    with av.open(str(transcribe(source, tmp_path / f"out.{extension}"))) as container:
        found = container.streams.video[0].sample_aspect_ratio
    assert found == (Fraction(3, 4) if degrees else Fraction(4, 3))


def test_pixels_that_change_their_shape_on_the_way_are_shown_in_it(tmp_path: Path) -> None:
    """A broadcast goes from 4:3 to 16:9: bars at top and bottom, and its records say it."""
    white = [np.full((96, 128, 3), 235, np.uint8)] * 10
    parts = b""
    for number, shape in enumerate((Fraction(1), Fraction(4, 3))):
        times = [index + 10 * number for index in range(10)]
        how = Encoding(codec="mpeg2video", pixel_aspect=shape, times=times)
        parts += write_video(tmp_path / f"{number}.ts", white, how).read_bytes()
    (tmp_path / "joined.ts").write_bytes(parts)
    shapes = [frame.pixel_aspect for frame in every(open_source(tmp_path / "joined.ts"))]
    assert {*shapes[:8]} == {1}
    assert {*shapes[12:]} == {4 / 3}
    first, *_, last = (
        picture.to_ndarray(format="gray")[:, 64]
        for picture in decoded(transcribe(tmp_path / "joined.ts", tmp_path / "out.mp4"))
    )
    assert first.min() > 200
    assert (last > 128).sum() == pytest.approx(72, abs=3)
    assert last[:10].max() < 40


@pytest.mark.parametrize("extension", ["mp4", "mkv", "ts"])
@pytest.mark.parametrize("count", [1, 40, 121])
def test_every_picture_is_there_to_the_last(tmp_path: Path, extension: str, count: int) -> None:
    """B-frames across the borders of an mp4's fragments once cost the last one."""
    source = write_video(tmp_path / "in.mkv", moving(96, 64, count), Encoding())
    pictures = decoded(transcribe(source, tmp_path / f"out.{extension}"))
    levels = [picture.to_ndarray(format="gray").mean() for picture in pictures]
    assert len(levels) == count
    for start in range(0, count, 40):  # `moving` begins anew every 40 pictures
        assert levels[start : start + 40] == sorted(levels[start : start + 40])


# the target


@pytest.mark.parametrize("extension", ["mp4", "mov", "mkv", "ts"])
def test_video_of_a_killed_process_plays(tmp_path: Path, extension: str) -> None:
    """Nobody closes it; what is on the disk is looked at."""
    writer = VideoWriter(tmp_path / f"out.{extension}", INFO, "ultrafast")
    for frame in frames(160, 120):
        writer.write(frame)
    (unfinished,) = hidden(tmp_path)
    assert 10 <= count(unfinished) <= 60
    writer.close()


def test_link_stays_a_link_to_the_new_video(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    target = tmp_path / "out.mp4"
    target.symlink_to(tmp_path / "far" / "real.mp4")
    transcribe(write_video(tmp_path / "in.mp4", moving(64, 48, 3)), target)
    assert target.is_symlink()
    assert len(decoded(tmp_path / "far" / "real.mp4")) == 3


@pytest.mark.parametrize("name", ["out.avi", "out.webm", "out", "out.txt"])
def test_unknown_extension_is_refused_with_the_known_ones(tmp_path: Path, name: str) -> None:
    source = write_video(tmp_path / "in.mp4", moving(64, 48, 2))
    with pytest.raises(OptionsError, match=rf"{name}: video is written as .*\.mp4.*\.mkv"):
        transcribe(source, tmp_path / name)


def test_unknown_preset_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    source = open_source(write_video(tmp_path / "in.mp4", moving(64, 48, 2)))
    with pytest.raises(OptionsError, match=r"preset hasty.*ultrafast"):
        VideoWriter(tmp_path / "out.mp4", source.info, "hasty")
    source.close()


def test_null_device_takes_a_video(tmp_path: Path) -> None:
    transcribe(write_video(tmp_path / "in.mp4", moving(64, 48, 3)), Path(os.devnull))
    assert not Path(os.devnull).is_file()


def test_pipe_with_an_extension_gets_that_container(tmp_path: Path) -> None:
    pipe = tmp_path / "out.mp4"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE)
    transcribe(write_video(tmp_path / "in.mkv", moving(64, 48, 6)), pipe)
    data, _ = reader.communicate()
    (tmp_path / "read.mp4").write_bytes(data)
    assert data[4:8] == b"ftyp"
    assert len(decoded(tmp_path / "read.mp4")) == 6
