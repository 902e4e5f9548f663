"""Timeline: joined recordings, clocks that were set, edit lists; pictures and sound in step."""

import struct
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest

from fer_video.engine.capture.open import open_source
from fer_video.engine.frames.frame import Frame
from tests.capturing import every
from tests.films.restamping import joined, shifted
from tests.media import Encoding, moving, write_video

TWO_HOURS = 7200


def film(path: Path, count: int = 50, **how: Any) -> Path:
    sound = "mp2" if path.suffix == ".ts" else "aac"
    return write_video(path, moving(64, 48, count), Encoding(sound=sound, **how))


def with_sound(path: Path) -> tuple[list[float], list[float]]:
    """Times of the pictures, and of the packets of the sound."""
    frames = every(open_source(path, keep_audio=True))
    return [frame.time for frame in frames], sound_times(frames)


def sound_times(frames: list[Frame]) -> list[float]:
    sounds = (sound.packet for frame in frames for sound in frame.audio)
    return [float((packet.pts or 0) * packet.time_base) for packet in sounds]


def steps(times: list[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(times)]


@pytest.mark.parametrize("kind", ["again", "ahead", "back"])
def test_parts_follow_each_other_and_the_sound_stays_in_step(
    tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The clock begins anew, was set two hours ahead, or back: 24.5 hours, for FFmpeg."""
    one = film(tmp_path / "one.ts")
    later = shifted(one, tmp_path / "later.ts", TWO_HOURS)
    parts = {"again": (one, one), "ahead": (one, later), "back": (later, one)}[kind]
    pictures, sound = with_sound(joined(tmp_path / "joined.ts", *parts))
    assert len(pictures) == 100
    assert steps(pictures) == pytest.approx([0.04] * 99, abs=0.03)
    assert max(steps(sound)) < 0.06
    assert min(steps(sound)) > -0.1  # the last of a part's sound may come behind the join
    alone = with_sound(one)
    first_behind = min((time for time in sound if time > pictures[50] - 0.03), default=0)
    offset = pictures[50] - alone[0][0]
    assert min(abs(offset + alone[1][0] - time) for time in sound) < 0.02, first_behind
    (warning,) = [record for record in caplog.records if "joined.ts" in record.getMessage()]
    assert "backwards or jump ahead" in warning.getMessage()


@pytest.mark.parametrize("suffix", ["ts", "mkv", "mpg"])
@pytest.mark.parametrize("count", [8, 24])
def test_parts_shorter_than_a_second_follow_each_other(
    tmp_path: Path, suffix: str, count: int
) -> None:
    """FFmpeg reads no third part of a Matroska file, which is told."""
    sound, codec = ("mp2", "mpeg2video") if suffix == "mpg" else ("aac", "libx264")
    how = Encoding(codec=codec, sound=sound)
    one = write_video(tmp_path / f"one.{suffix}", moving(64, 48, count), how)
    parts = [one] * (2 if suffix == "mkv" else 3)
    pictures, heard = with_sound(joined(tmp_path / f"joined.{suffix}", *parts))
    assert len(pictures) == len(parts) * count
    assert steps(pictures) == pytest.approx([0.04] * (len(pictures) - 1), abs=0.03)
    alone = with_sound(one)
    for part in range(len(parts)):
        offset = pictures[part * count] - alone[0][0]
        assert min(abs(offset + alone[1][0] - time) for time in heard) < 0.025


@pytest.mark.parametrize("number", [10, 60])
def test_single_stamp_of_zero_in_the_sound_moves_no_picture_and_little_sound(
    tmp_path: Path, number: int
) -> None:
    path = film(tmp_path / "wild.ts", 100)
    pictures, sound = with_sound(path)
    path.write_bytes(with_stamp(path.read_bytes(), 0x101, number, 0))
    wild = with_sound(path)
    assert wild[0] == pictures
    assert len(wild[1]) == len(sound)
    assert wild[1][number + 10 :] == sound[number + 10 :]


def test_single_wild_stamp_of_the_sound_moves_no_picture(tmp_path: Path) -> None:
    path = film(tmp_path / "wild.ts")
    pictures, sound = with_sound(path)
    path.write_bytes(with_stamp(path.read_bytes(), 0x101, 4, 3 * TWO_HOURS))
    wild = with_sound(path)
    assert wild[0] == pictures
    assert wild[1] == pytest.approx(sound, abs=0.002)


def with_stamp(stream: bytes, pid: int, number: int, seconds: int) -> bytes:
    """One time stamp of a transport stream set (ISO 13818-1, 2.4.3.7)."""
    data, ticks = bytearray(stream), seconds * 90_000
    starts = [
        at
        for at in range(0, len(data), 188)
        if data[at + 1] & 0x40 and (data[at + 1] & 31) << 8 | data[at + 2] == pid
    ]
    at = data.index(b"\0\0\1", starts[number]) + 9
    high, middle, low = ticks >> 30, ticks >> 15 & 0x7FFF, ticks & 0x7FFF
    marked = data[at] & 0xF0 | high << 1 | 1, middle << 1 | 1, low << 1 | 1
    data[at : at + 5] = struct.pack(">BHH", *marked)
    return bytes(data)


def test_pictures_hours_apart_are_a_time_lapse(tmp_path: Path) -> None:
    times = [i * 7200 for i in range(6)]
    how = Encoding(times=times, time_base=Fraction(1), options={"bf": "0"})
    path = write_video(tmp_path / "lapse.mkv", moving(64, 48, 6), how)
    frames = every(open_source(path))
    assert [frame.time for frame in frames] == times


def test_picture_that_stands_while_the_sound_goes_on_stays(tmp_path: Path) -> None:
    """An hour and a half of a talk over one slide: sound tells that this time has passed."""
    path = tmp_path / "talk.mkv"
    with av.open(str(path), "w") as out:
        video, sound = out.add_stream("mpeg4", rate=25), out.add_stream("pcm_s16le", rate=8000)
        assert isinstance(video, av.VideoStream)
        assert isinstance(sound, av.AudioStream)
        video.width, video.height, sound.layout = 64, 48, "mono"
        for second in range(0, 5500, 10):
            if second in (0, 10, 5410, 5420):
                frame = av.VideoFrame(64, 48, "yuv420p")
                frame.pts, frame.time_base = second * 25, Fraction(1, 25)
                out.mux(video.encode(frame))
            packet = av.Packet(bytes(16_000))
            packet.stream, packet.time_base = sound, Fraction(1, 1000)
            packet.pts = packet.dts = second * 1000
            out.mux(packet)
        out.mux(video.encode(None))
    assert [frame.time for frame in every(open_source(path))] == [0, 10, 5410, 5420]


def cut_before_a_second(folder: Path) -> Path:
    """Cut without encoding: the pictures before a second are in the file, and not in the film."""
    whole = film(folder / "whole.mp4", 100, options={"bf": "0", "g": "100"})
    return shifted(whole, folder / "cut.mp4", -1)


def test_edit_list_gives_what_a_player_shows(tmp_path: Path) -> None:
    path = cut_before_a_second(tmp_path)
    source = open_source(path, keep_audio=True)
    frames = every(source)
    assert [frame.time for frame in frames] == pytest.approx([i / 25 for i in range(75)])
    assert source.info.frames == 75
    sound = sound_times(frames)
    assert sum(time < -0.022 for time in sound) <= 1  # what a decoder needs for the first
    assert sound[-1] == pytest.approx(3, abs=0.03)


def test_edit_list_that_promises_more_is_no_file_cut_off(tmp_path: Path) -> None:
    path = cut_before_a_second(tmp_path)
    data = bytearray(path.read_bytes())
    for kind, place in ((b"mvhd", 20), (b"tkhd", 24), (b"elst", 12)):
        at = data.find(kind)
        while at >= 0:
            (length,) = struct.unpack_from(">I", data, at + place)
            struct.pack_into(">I", data, at + place, length + 1000)
            at = data.find(kind, at + 1)
    path.write_bytes(data)
    frames = every(open_source(path))
    assert [frame.time for frame in frames] == pytest.approx([i / 25 for i in range(75)])
