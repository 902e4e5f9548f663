"""Continuity: sound that a transport stream lost is told, and joined recordings lost nothing."""

import os
from itertools import pairwise
from pathlib import Path
from threading import Thread

import pytest

from fer_video.engine.capture.film.continuity import Continuity, continuity
from fer_video.engine.capture.open import open_source
from fer_video.perf.studies.mutants import Kind, film
from tests.capturing import every, until_error
from tests.films.restamping import joined, shifted

PICTURES, SOUND = 0x100, 0x101
"""Numbers of the streams in FFmpeg's transport streams."""


def packets_of(path: Path) -> list[bytes]:
    data = path.read_bytes()
    return [data[at : at + 188] for at in range(0, len(data), 188)]


def places(packets: list[bytes], number: int = SOUND) -> list[int]:
    """Where the packets of one stream are."""
    return [
        at for at, one in enumerate(packets) if int.from_bytes(one[1:3], "big") & 0x1FFF == number
    ]


def without(path: Path, *lost: int) -> Path:
    """The file, without some packets."""
    packets = packets_of(path)
    path.write_bytes(b"".join(one for at, one in enumerate(packets) if at not in lost))
    return path


@pytest.mark.parametrize("sound", ["mp2", "aac"])
@pytest.mark.parametrize("share", [0.1, 0.4, 0.7])
def test_lost_packet_of_sound_is_said_once(tmp_path: Path, sound: str, share: float) -> None:
    path = film(tmp_path / "a.ts", Kind("ts", "libx264", sound), 1)
    own = places(packets_of(path))
    without(path, own[int(len(own) * share)])
    said = r"a\.ts: sound is damaged or missing in 1 place; what could be read was processed"
    assert len(until_error(open_source(path, keep_audio=True), said)) == 25


@pytest.mark.parametrize("lost", [0, 1])
@pytest.mark.parametrize("parts", [1, 2])
def test_lost_packet_of_sound_is_said_of_what_comes_by_a_pipe(
    tmp_path: Path, lost: int, parts: int
) -> None:
    path, pipe = film(tmp_path / "a.ts", Kind("ts", "libx264", "aac"), 1), tmp_path / "pipe"
    own = places(packets_of(path))
    without(path, *(own[at * len(own) // 3] for at in range(1, lost + 1)))
    os.mkfifo(pipe)
    writer = Thread(target=lambda: pipe.write_bytes(path.read_bytes() * parts))
    writer.start()
    source = open_source(pipe, keep_audio=True)
    if lost:
        until_error(source, "sound is damaged or missing in [1-4] place")
    else:
        assert len(every(source)) == 25 * parts
    writer.join()


def test_sound_that_nobody_asked_for_is_not_missed(tmp_path: Path) -> None:
    path = film(tmp_path / "a.ts", Kind("ts", "libx264", "mp2"), 1)
    without(path, places(packets_of(path))[9])
    assert len(every(open_source(path))) == 25


@pytest.mark.parametrize("later", [1, 7200])
def test_joined_recordings_have_lost_nothing(tmp_path: Path, later: int) -> None:
    """Also where the clock goes on as if it were one file, as those of one camera do."""
    one = film(tmp_path / "one.ts", Kind("ts", "libx264", "mp2"), 1)
    other = shifted(one, tmp_path / "other.ts", later)
    path = joined(tmp_path / "joined.ts", one, other)
    assert len(every(open_source(path, keep_audio=True))) == 50


def test_what_joined_recordings_lost_is_said(tmp_path: Path) -> None:
    one = film(tmp_path / "one.ts", Kind("ts", "libx264", "mp2"), 1)
    other = shifted(one, tmp_path / "other.ts", 7200)
    without(other, places(packets_of(other))[30])
    path = joined(tmp_path / "joined.ts", one, other)
    until_error(open_source(path, keep_audio=True), "sound is damaged or missing in 1 place")


def test_gaps_are_counted_beside_damage_and_in_packets_of_discs(tmp_path: Path) -> None:
    path = film(tmp_path / "a.ts", Kind("ts", "mpeg2video", "mp2"), 1)
    assert continuity(path, SOUND) == Continuity(0, 0)
    own = places(packets_of(path))
    without(path, own[20], own[21], own[60])
    assert continuity(path, SOUND) == Continuity(2, 0)
    path.write_bytes(b"".join(bytes(4) + one for one in packets_of(path)))
    assert continuity(path, SOUND) == Continuity(2, 0)
    path.write_bytes(path.read_bytes()[1000:])
    assert continuity(path, SOUND) == Continuity(2, 0)


@pytest.mark.parametrize("at_once", [188 * 7, 188 * 8, 188 * 60])
def test_long_files_are_read_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr("fer_video.engine.capture.film.continuity._AT_ONCE", at_once)
    path = film(tmp_path / "a.ts", Kind("ts", "mpeg2video", "mp2"), 1)
    own = places(packets_of(path))
    without(path, own[20], own[21], own[60])
    joined(tmp_path / "joined.ts", path, path, path)
    assert continuity(tmp_path / "joined.ts", SOUND) == Continuity(6, 2)


def test_whole_picture_at_the_beginning_that_is_lost_is_said(tmp_path: Path) -> None:
    """FFmpeg forgets what it noticed while it looked at what the file is."""
    path = film(tmp_path / "a.ts", Kind("ts", "libx264", None), 1)
    packets = packets_of(path)
    own = places(packets, PICTURES)
    small = [at for at, then in pairwise(own) if packets[at][1] & 0x40 and packets[then][1] & 0x40]
    for at in small[:3]:
        path.write_bytes(b"".join(packets[:at] + packets[at + 1 :]))
        assert len(until_error(open_source(path), "1 frames are damaged or missing")) == 24


def test_what_holds_no_packets_has_no_gaps(tmp_path: Path) -> None:
    path = tmp_path / "a.ts"
    for content in (b"", bytes(5000), b"G" * 400):
        path.write_bytes(content)
        assert continuity(path, SOUND) == Continuity(0, 0)
