"""Single wild stamps, as recorders of FLV write them: all others tell where such a packet lies."""

from fractions import Fraction
from pathlib import Path

import pytest

from fer_video.engine.capture.open import open_source
from fer_video.engine.frames.info import SourceInfo
from tests.capturing import every
from tests.media import Encoding, moving, write_video

HOUR = 3600_000
"""Milliseconds."""


def film(path: Path, *, reordered: bool, sound: bool) -> Path:
    options = {"bf": "3" if reordered else "0"}
    how = Encoding(sound="aac" if sound else None, options=options)
    return write_video(path, moving(64, 48, 50), how)


def times(path: Path) -> tuple[SourceInfo, list[float], list[float]]:
    """Those of the pictures, and of the packets of the sound."""
    source = open_source(path, keep_audio=True)
    frames = every(source)
    sounds = (sound.packet for frame in frames for sound in frame.audio)
    heard = [float((packet.pts or 0) * packet.time_base) for packet in sounds]
    return source.info, [frame.time for frame in frames], heard


def with_tag_stamp(flv: bytes, number: int, milliseconds: int, kind: int = 9) -> bytes:
    """The stamp of one of an FLV's packets set (Adobe's FLV 10.1, E.4.1); the first of a kind is
    the codec's header."""
    data, at, tag = bytearray(flv), 13, 0
    while number >= 0:
        tag, at = at, at + 15 + int.from_bytes(data[at + 1 : at + 4])
        number -= data[tag] == kind
    data[tag + 4 : tag + 8] = (milliseconds & 0xFFFFFF).to_bytes(3) + bytes([milliseconds >> 24])
    return bytes(data)


def late_by_hours(flv: bytes) -> bytes:
    """All of its stamps two hours later."""
    data, at = bytearray(flv), 13
    while at < len(data):
        stamp = int.from_bytes(data[at + 4 : at + 7]) + 2 * HOUR
        data[at + 4 : at + 8] = (stamp & 0xFFFFFF).to_bytes(3) + bytes([stamp >> 24])
        at += 15 + int.from_bytes(data[at + 1 : at + 4])
    return bytes(data)


@pytest.mark.parametrize("reordered", [False, True])
@pytest.mark.parametrize("sound", [False, True])
@pytest.mark.parametrize("number", [1, 2])
def test_single_wild_stamp_of_a_picture_moves_nothing(
    tmp_path: Path, reordered: bool, sound: bool, number: int, caplog: pytest.LogCaptureFixture
) -> None:
    """At the first one FFmpeg takes the others for those of a clock that has run over."""
    path = film(tmp_path / "a.flv", reordered=reordered, sound=sound)
    told, pictures, heard = times(path)
    whole = path.read_bytes()
    for milliseconds in (508 * HOUR, 30_000):
        caplog.clear()
        path.write_bytes(with_tag_stamp(whole, number, milliseconds))
        info, *wild = times(path)
        assert wild == [pytest.approx(pictures, abs=0.002), pytest.approx(heard, abs=0.002)]
        assert (info.duration, info.frames) == (told.duration, told.frames)
        (line,) = caplog.messages
        assert "a.flv: single time stamps are wrong" in line


@pytest.mark.parametrize("number", [1, 20])
def test_single_wild_stamp_of_the_sound_moves_nothing(tmp_path: Path, number: int) -> None:
    path = film(tmp_path / "a.flv", reordered=False, sound=True)
    _, pictures, heard = times(path)
    path.write_bytes(with_tag_stamp(path.read_bytes(), number, 2 * HOUR, kind=8))
    _, *wild = times(path)
    assert wild == [pytest.approx(pictures, abs=0.003), pytest.approx(heard, abs=0.003)]


def test_recording_whose_first_picture_alone_has_no_stamp_begins_with_the_others(
    tmp_path: Path,
) -> None:
    """A stream that was met after two hours: its first picture is stamped 0, the rest as it came.

    Its description comes after two hours, too, and is no subtitle.
    """
    path = film(tmp_path / "a.flv", reordered=False, sound=True)
    _, pictures, heard = times(path)
    path.write_bytes(with_tag_stamp(late_by_hours(path.read_bytes()), 1, 0))
    info, *late = times(path)
    assert not info.subtitles
    assert late == [pytest.approx(pictures, abs=0.025), pytest.approx(heard, abs=0.025)]
    assert info.frames == pytest.approx(50, abs=1)


@pytest.mark.parametrize(("step", "stands"), [(1000, 2993), (40, 7200), (40, 90_000)])
@pytest.mark.parametrize("name", ["a.mkv", "a.mp4", "a.flv"])
@pytest.mark.parametrize("reordered", [False, True])
def test_stamps_of_slow_films_are_believed(
    tmp_path: Path, name: str, reordered: bool, step: int, stands: int
) -> None:
    """A picture stands for hours, as those of screens and of what records motion alone do; FFmpeg
    itself does not believe an FLV whose pictures are out of order."""
    stamps = [step * number + 1000 * stands * (number > 7) for number in range(12)]
    options = {"bf": "3" if reordered and name != "a.flv" else "0"}
    how = Encoding(times=stamps, time_base=Fraction(1, 1000), options=options)
    path = write_video(tmp_path / name, moving(64, 48, len(stamps)), how)
    _, pictures, _ = times(path)
    assert pictures == pytest.approx([stamp / 1000 for stamp in stamps], abs=0.01)


def test_no_picture_an_hour_is_lost(tmp_path: Path) -> None:
    """Out of order the first is decoded hours before it is seen."""
    stamps = [3600 * number for number in range(8)]
    how = Encoding(times=stamps, time_base=Fraction(1), options={"bf": "2"})
    _, pictures, _ = times(write_video(tmp_path / "a.mp4", moving(64, 48, 8), how))
    assert pictures == stamps


@pytest.mark.parametrize(
    ("name", "sound", "count", "step"),
    [("a.mpg", "mp2", 75, 1), ("a.ts", "aac", 25, 1), ("a.ts", None, 2, 75)],
)
def test_last_packet_before_a_join_is_not_wild(
    tmp_path: Path,
    name: str,
    sound: str | None,
    count: int,
    step: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Programme streams stamp few of their packets; short and slow films step back by little."""
    stamps = [number * step for number in range(count)]
    how = Encoding(sound=sound, times=stamps, options={"bf": "0"})
    path = write_video(tmp_path / name, [*moving(64, 48, 1)] * count, how)
    path.write_bytes(path.read_bytes() * 3)
    times(path)
    assert not [line for line in caplog.messages if "single time stamps" in line]


def test_wild_stamps_of_pictures_out_of_order_move_no_other(tmp_path: Path) -> None:
    """FFmpeg changes the next packet's stamp of decoding, too, so that it is behind its picture."""
    path = film(tmp_path / "wild.flv", reordered=True, sound=True)
    pictures = times(path)[1]
    once = with_tag_stamp(path.read_bytes(), 8, 680 * 3600_000)
    path.write_bytes(with_tag_stamp(once, 11, 508 * 3600_000))
    wild = times(path)[1]
    assert len(wild) == len(pictures)
    assert wild == pytest.approx(pictures, abs=0.002)
