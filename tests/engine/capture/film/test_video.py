"""Video files: time stamps, rotation, sound, and what can be read of broken ones."""

import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from threading import Thread

import av
import numpy as np
import pytest

from fer_video.engine.capture.film import growth
from fer_video.engine.capture.open import open_source
from fer_video.engine.errors import SourceError
from fer_video.engine.frames.frame import Frame
from tests.capturing import every, until_error
from tests.films.clapper import clap
from tests.media import (
    Encoding,
    brightness,
    cut,
    decoded,
    frame_times,
    moving,
    patches,
    rotate,
    sound_packets,
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


@pytest.mark.parametrize(
    "how", [Encoding(codec="mjpeg", pixel_format="yuvj420p"), Encoding(options={"bf": "3"})]
)
def test_frames_dropped_from_an_avi_leave_a_gap(tmp_path: Path, how: Encoding) -> None:
    """Empty chunks, as cameras and screen recorders write them; the sound goes on meanwhile."""
    numbers = [*range(30), *range(50, 100)]
    path = write_video(tmp_path / "a.avi", moving(64, 48, 80), replace(how, times=numbers))
    times = [frame.time for frame in every(open_source(path))]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert len(times) == 80
    assert sorted(gaps) == pytest.approx([0.04] * 78 + [21 * 0.04])
    assert gaps.index(max(gaps)) in range(27, 34)  # to the depth of B-frames
    assert times[-1] == pytest.approx(99 / 25, abs=0.17)


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


def test_pixels_are_as_wide_as_matroska_alone_says(tmp_path: Path) -> None:
    """VP8 does not; a width to be shown at (RFC 9559, 5.1.4.1.28.12) in place of the colours."""
    path = write_video(tmp_path / "wide.webm", moving(64, 48, 3), Encoding("libvpx"))
    data = path.read_bytes()
    at = data.index(b"\x55\xb0")
    size = 3 + (data[at + 2] & 0x7F)
    shown = b"\x54\xb0\x81\x80"
    filler = b"\xec" + bytes([0x80 | size - len(shown) - 2]).ljust(size - len(shown) - 1, b"\0")
    path.write_bytes(data[:at] + shown + filler + data[at + size :])
    source = open_source(path)
    assert [frame.pixel_aspect for frame in source.frames()] == [2, 2, 2]
    assert source.info.sample_aspect_ratio == 2
    source.close()


@pytest.mark.parametrize("extension", ["mp4", "mkv", "ts"])
def test_sound_comes_whole_and_counts_from_the_same_start(tmp_path: Path, extension: str) -> None:
    """A transport stream's own clock begins at 1.4 s; the sound of all begins with the pictures."""
    how = Encoding(sound="mp2" if extension == "ts" else "aac")
    path = write_video(tmp_path / f"s.{extension}", moving(96, 64, 25), how)
    frames = every(open_source(path, keep_audio=True))
    packets = [sound.packet for frame in frames for sound in frame.audio]
    assert len(frames) == 25
    came = [(float((p.pts or 0) * p.time_base), bytes(p)) for p in packets]
    stored = sound_packets(path)
    assert [data for _, data in came] == [data for _, data in stored]
    assert [time for time, _ in came] == pytest.approx([time for time, _ in stored], abs=1e-3)
    assert min(time for time, _ in came) == pytest.approx(0, abs=0.03)
    heard = sum(float((p.duration or 0) * p.time_base) for p in packets)
    assert heard == pytest.approx(1, abs=0.05)


def test_sound_is_left_in_the_file_unless_asked_for(sound_clip: Path) -> None:
    source = open_source(str(sound_clip))
    assert source.info.audio == ()
    assert not any(frame.audio for frame in every(source))


@pytest.mark.parametrize("extension", ["mp4", "mkv"])
def test_file_cut_off_gives_what_is_there_then_says_so(tmp_path: Path, extension: str) -> None:
    how = Encoding(
        options={"g": "5", "bf": "0"},
        container_options={"movflags": "+faststart"} if extension == "mp4" else {},
    )
    noise = np.random.default_rng(0).integers(0, 256, (100, 64, 96, 3), np.uint8)
    path = write_video(tmp_path / f"c.{extension}", list(noise), how)
    whole, ends = every(open_source(path)), packet_ends(path)
    size = path.stat().st_size // 2
    there = sum(end <= size for end in ends)
    frames = until_error(open_source(cut(path, 0.5)), f"c.{extension}.*cut off")
    assert 30 < there < 70
    assert there <= len(frames) <= there + 1  # a decoder makes something of half a picture
    for frame, same in zip(frames[:there], whole, strict=False):
        np.testing.assert_array_equal(frame.luma, same.luma)
        assert frame.time == same.time


def test_damaged_file_gives_what_can_be_decoded_then_says_so(tmp_path: Path) -> None:
    """Nothing behind a keyframe that is whole is lost, and nothing before the damage changed."""
    how = Encoding(options={"g": "5", "bf": "0"})
    path = write_video(tmp_path / "d.mp4", moving(128, 96, 60), how)
    whole, ends = every(open_source(path)), packet_ends(path)
    spoil(path, ends[21], ends[24])
    frames = until_error(open_source(path), r"d\.mp4.*3 frames are damaged")
    good = {frame.pts: frame for frame in frames}
    for same in whole[:22] + whole[25:]:
        np.testing.assert_array_equal(good[same.pts].luma, same.luma)


@pytest.mark.parametrize("sound", ["mp2", "aac"])
def test_lost_packet_of_a_transport_stream_costs_a_few_pictures_at_most(
    tmp_path: Path, sound: str
) -> None:
    """188 bytes of reception; a missing picture that the container tells of is said at the end."""
    whole = write_video(tmp_path / "whole.ts", moving(96, 64, 60), Encoding(sound=sound))
    data, path = whole.read_bytes(), tmp_path / "lost.ts"
    for at in range(8, len(data) // 188 - 10, len(data) // 188 // 12):
        path.write_bytes(data[: at * 188] + data[at * 188 + 188 :])
        source, frames = open_source(path, keep_audio=True), list[Frame]()
        with suppress(SourceError):
            frames.extend(source.frames())
        source.close()
        assert len(frames) >= 54
        assert all(earlier.time < later.time for earlier, later in pairwise(frames))


def test_picture_missing_from_a_transport_stream_is_said(tmp_path: Path) -> None:
    path = write_video(tmp_path / "lost.ts", moving(96, 64, 60), Encoding(options={"bf": "0"}))
    data = path.read_bytes()
    packets = [data[at : at + 188] for at in range(0, len(data), 188)]
    pictures = [at for at, one in enumerate(packets) if one[1] & 31 == 1 and one[2] == 0]
    path.write_bytes(b"".join(one for at, one in enumerate(packets) if at != pictures[40]))
    assert len(until_error(open_source(path), r"lost\.ts: 1 frames are damaged or missing")) >= 58


def test_matroska_that_begins_late_is_not_cut_off(tmp_path: Path) -> None:
    """Its duration counts from 0, not from its first picture."""
    how = Encoding(times=[5000 + 40 * i for i in range(10)], time_base=Fraction(1, 1000))
    path = write_video(tmp_path / "late.mkv", moving(64, 48, 10), how)
    assert len(every(open_source(path))) == 10


def test_stream_that_appears_on_the_way_is_no_error(tmp_path: Path) -> None:
    """A tag of an FLV whose kind is damaged: sound in a file that had none."""
    path = write_video(tmp_path / "a.flv", moving(64, 48, 300), Encoding(options={"bf": "0"}))
    data, at, number = bytearray(path.read_bytes()), 13, 0
    while at < len(data) - 4:
        number += data[at] == 9
        if number == 280:
            data[at], data[at + 11] = 8, 0x2F
            break
        at += 15 + int.from_bytes(data[at + 1 : at + 4], "big")
    path.write_bytes(data)
    source, frames = open_source(path), list[Frame]()
    with suppress(SourceError):
        frames.extend(source.frames())
    source.close()
    assert len(frames) >= 298


def spoil(path: Path, start: int, end: int) -> None:
    """Overwrite some bytes of a file."""
    data = bytearray(path.read_bytes())
    data[start:end] = b"\xff" * (end - start)
    path.write_bytes(data)


def packet_ends(path: Path) -> list[int]:
    """Where in the file each picture ends, in bytes."""
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.pos is not None]
    return [packet.pos + packet.size for packet in packets if packet.pos is not None]


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"has no video.*audio"):
        open_source(write_sound(tmp_path / "a.m4a"))


@pytest.mark.parametrize("address", ["gopher2://127.0.0.1/x", "sftp://127.0.0.1/x.mp4"])
def test_protocol_that_is_not_there_is_named_with_those_to_use(address: str) -> None:
    """One that nobody knows, and one that the FFmpeg within PyAV is built without."""
    with pytest.raises(SourceError, match=rf"{address[:4]}.*; send the stream as rtsp"):
        open_source(address)


HUGE = b"YUV4MPEG2 W9000 H8000 F25:1 Ip A1:1 C420jpeg\nFRAME\n" + bytes(1000)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts the files by Linux's list")
@pytest.mark.parametrize("name", ["sound.m4a", "huge.y4m", "no_pictures.mp4"])
def test_file_that_is_refused_is_closed(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "sound.m4a":
        write_sound(path)
    elif name == "huge.y4m":
        path.write_bytes(HUGE)
    else:
        write_video(path, PICTURES, Encoding(container_options={"movflags": "+faststart"}))
        spoil(path, path.read_bytes().index(b"mdat") + 4, path.stat().st_size)
    reason = {"sound.m4a": "has no video", "huge.y4m": "9000x8000", "no_pictures.mp4": "damaged"}
    with pytest.raises(SourceError, match=f"{name}.*{reason[name]}") as told:
        open_source(path)
    assert str(path) not in [os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()]
    assert told.value.__traceback__  # which would keep what was opened alive


@pytest.mark.skipif(sys.platform == "win32", reason="needs named pipes")
def test_a_film_by_a_pipe_whose_index_is_at_its_end_is_refused_with_what_to_do(
    tmp_path: Path,
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (60, 64, 96, 3), np.uint8)
    film, pipe = write_video(tmp_path / "a.mp4", list(noise)), tmp_path / "pipe"
    os.mkfifo(pipe)

    def write() -> None:
        with suppress(BrokenPipeError):  # it is given up before its end
            pipe.write_bytes(film.read_bytes())

    writer = Thread(target=write)
    writer.start()
    try:
        with pytest.raises(
            SourceError, match=r"pipe: no picture .* -movflags \+faststart OUT\.mp4"
        ):
            open_source(pipe)
    finally:
        writer.join()


WITHOUT_THREADS = """
import os, resource, sys
from fer_video.engine.capture.film import growth
from fer_video.engine.capture.open import open_source
import fer_video.engine.assembly.pipelines
if os.getuid() == 0:
    os.setuid(65534)  # the limit does not hold for root
resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
try:
    open_source(sys.argv[1], threads=4)
except OSError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit of processes that holds")
def test_decoder_without_its_threads_is_no_damaged_file(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", PICTURES)
    tmp_path.chmod(0o755)
    with path.open("rb") as file:  # whose name another user might not reach
        run = subprocess.run(
            [sys.executable, "-c", WITHOUT_THREADS, f"/proc/self/fd/{file.fileno()}"],
            capture_output=True,
            text=True,
            check=True,
            pass_fds=[file.fileno()],
        )
    assert "its decoder does not start (Resource temporarily unavailable)" in run.stdout
    assert "damaged" not in run.stdout


def test_a_film_opens_though_nobody_can_tell_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PyAV fails so, by chance, where a stream appears on the way."""
    looked = list[object]()

    def lost(*of: object) -> None:
        looked.append(of)
        raise IndexError

    monkeypatch.setattr(growth, "_end", lost)
    source = open_source(clap(tmp_path / "a.flv", "aac"))
    assert len(list(source.frames())) > 0
    source.close()
    assert looked
