"""What a file says of itself, and its subtitles, in the video that is made of it."""

import logging
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import av
import numpy as np
import pytest

from fer_video.engine.capture.open import open_source
from fer_video.engine.frames.frame import SoundPacket
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.output.film.video import VideoWriter
from fer_video.engine.output.tracks.timed_text import Line, TimedText
from tests.engine.output.film.test_video import transcribe
from tests.media import Encoding, moving, write_video

Lines: TypeAlias = Sequence[tuple[int, int, str]]

_MILLISECOND = Fraction(1, 1000)
_SAID: Lines = ((500, 800, "hello"), (1500, 400, "world"))
"""Milliseconds at which a line comes, and for how long it stays."""
_TOLD = {"title": "A talk", "artist": "Ada", "creation_time": "2024-05-01T12:00:00.000000Z"}


def film(
    path: Path,
    *,
    dropped: str = "",
    lines: Lines = _SAID,
    pictures: int = 50,
    units: int = 0,
    hertz: int = 0,
    lasting: int = 1,
) -> Path:
    """Two seconds (of 25 pictures) with two chapters, a title and French subtitles.

    With `units` a second that the stamps of an .mp4 count, and `hertz` of silence beside them. Each
    picture stands `lasting` times as long.
    """
    options = {"video_track_timescale": str(units)} if units else {}
    with av.open(str(path), "w", options=options) as out:
        stream = out.add_stream("libx264", rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        if hertz:
            sound = out.add_stream("flac", rate=hertz)
        text = out.add_mux_stream("mov_text" if path.suffix == ".mp4" else "subrip")
        text.time_base = _MILLISECOND
        text.metadata.update(language="fra", title="For all")
        out.metadata.update(_TOLD | ({"rubbish": dropped} if dropped else {}))
        names = ("One", "Two")
        out.set_chapters([_chapter(number, name) for number, name in enumerate(names)])
        if hertz:
            out.mux(sound.encode(_silence(hertz, pictures)))
        rest = list(lines)
        for index, rgb in enumerate(moving(64, 48, pictures)):
            while rest and rest[0][0] <= 40 * lasting * index:
                out.mux(_subtitle(text, *rest.pop(0)))
            picture = av.VideoFrame.from_ndarray(rgb, "rgb24").reformat(format="yuv420p")
            picture.pts, picture.time_base = lasting * index, Fraction(1, 25)
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
        if hertz:
            out.mux(sound.encode(None))
    return path


def _silence(hertz: int, pictures: int) -> av.AudioFrame:
    """As long as so many pictures."""
    samples = np.zeros((1, hertz * pictures // 25), np.int16)
    frame = av.AudioFrame.from_ndarray(samples, "s16", "mono")
    frame.sample_rate, frame.pts, frame.time_base = hertz, 0, Fraction(1, hertz)
    return frame


def _chapter(number: int, name: str) -> Any:
    begin = 1000 * number
    span = {"start": begin, "end": begin + 1000, "time_base": _MILLISECOND}
    return {"id": number, **span, "metadata": {"title": name}}


def _subtitle(stream: Any, start: int, lasting: int, said: str) -> Any:
    data = said.encode()
    timed = stream.container.format.name == "mp4"
    packet: Any = av.Packet(len(data).to_bytes(2, "big") + data if timed else data)
    packet.pts = packet.dts = start
    packet.duration, packet.time_base, packet.stream = lasting, _MILLISECOND, stream
    return packet


def subtitles(path: Path, track: int = 0) -> list[tuple[float, float, str]]:
    """Seconds, length and text of each line."""
    with av.open(str(path)) as container:
        stream = container.streams.subtitles[track]
        assert stream.language == "fra"
        timed = stream.codec_context.codec.canonical_name == "mov_text"
        found = []
        for packet in container.demux(stream):
            text = bytes(packet)[2:] if timed else bytes(packet)
            if text:
                unit = packet.time_base
                lasting = float((packet.duration or 0) * unit)
                found.append((float((packet.pts or 0) * unit), lasting, text.decode()))
        return found


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]


@pytest.mark.parametrize("source", ["in.mkv", "in.mp4"])
@pytest.mark.parametrize("extension", ["mp4", "m4v", "mov", "mkv"])
def test_title_date_chapters_and_subtitles_go_along(
    tmp_path: Path, source: str, extension: str, caplog: pytest.LogCaptureFixture
) -> None:
    written = transcribe(film(tmp_path / source), tmp_path / f"out.{extension}")
    with av.open(str(written)) as container:
        told = {key.lower(): value for key, value in container.metadata.items()}
        chapters = container.chapters()
    assert told.items() >= _TOLD.items()
    assert [chapter["metadata"]["title"] for chapter in chapters] == ["One", "Two"]
    starts = [float(chapter["start"] * (chapter["time_base"] or 1)) for chapter in chapters]
    assert starts == pytest.approx([0, 1])
    expected = [(start / 1000, lasting / 1000, said) for start, lasting, said in _SAID]
    assert subtitles(written) == expected
    assert not warnings(caplog)


_TRANSCRIBED = """
import sys; from pathlib import Path; from tests.engine.output.film.test_video import transcribe
for target in sys.argv[2:]: transcribe(Path(sys.argv[1]), Path(target))
"""


@pytest.mark.parametrize("source", ["in.mkv", "in.mp4"])
@pytest.mark.parametrize(
    "lines",
    [
        [(500, 1000, "a"), (1500, 1000, "b"), (2600, 1000, "c")],
        [(2000 * number, 2000, str(number)) for number in range(6)],
        [(0, 7000, "long"), (7000, 500, "short")],
        [(500, 400, "in"), (1000, 1, "an"), (1002, 1, "instant")],
    ],
)
def test_subtitles_that_touch_come_when_they_are_said(
    tmp_path: Path, source: str, lines: Lines
) -> None:
    pictures = (sum(lines[-1][:2]) + 500) // 40
    _assert_read(tmp_path, film(tmp_path / source, lines=lines, pictures=pictures), lines)


@pytest.mark.parametrize("units", [240_000, 1_000_000])
def test_subtitles_beside_pictures_of_fine_stamps_are_read(tmp_path: Path, units: int) -> None:
    lines = [(2000 * number, 1500, str(number)) for number in range(6)]
    source = film(tmp_path / "in.mp4", lines=lines, pictures=300, units=units)
    _assert_read(tmp_path, source, lines)


def test_subtitles_beside_sound_of_a_high_rate_are_read(tmp_path: Path) -> None:
    lines = [(2000 * number, 1500, str(number)) for number in range(6)]
    source = film(tmp_path / "in.mkv", lines=lines, pictures=300, hertz=192_000)
    _assert_read(tmp_path, source, lines)


def test_hours_without_a_line_are_no_more_than_ffmpeg_can_count(tmp_path: Path) -> None:
    lines = [(0, 1500, "one"), (25_200_000, 1500, "seven hours later")]
    source = film(tmp_path / "in.mkv", lines=lines, pictures=430, lasting=1500)
    _assert_read(tmp_path, source, lines)


def test_subtitle_that_stands_longer_than_ffmpeg_waits_is_one_behind_the_other(
    tmp_path: Path,
) -> None:
    lines = [(0, 15_000, "long"), (16_000, 500, "short")]
    source = film(tmp_path / "in.mkv", lines=lines, pictures=500)
    _assert_read(
        tmp_path, source, [(0, 8039, "long"), (8040, 6960, "long"), (16_000, 500, "short")]
    )


def test_line_that_outlives_its_film_makes_no_video_longer(tmp_path: Path) -> None:
    lines = [(1000, 14_000, "long"), (9000, 1000, "late")]
    source = film(tmp_path / "in.mkv", lines=lines, pictures=250)
    opened = open_source(source, keep_audio=True)
    with VideoWriter(tmp_path / "out.mp4", opened.info) as video:
        for frame in islice(opened.frames(), 200):
            video.write(RecognizedFrame(frame, ()))
    opened.close()
    assert subtitles(tmp_path / "out.mp4") == [(1.0, 7.0, "long")]
    with av.open(str(tmp_path / "out.mp4")) as written:
        assert written.duration == pytest.approx(8_000_000, abs=50_000)


def test_line_that_begins_behind_the_end_is_left_out() -> None:
    written: list[int] = []
    lines = TimedText(lambda start, _lasting, _packet: written.append(start))
    lines.add(Line(9000, 10_000, b"late"))
    lines.finish(8000)
    assert not written


def test_subtitles_that_come_before_those_of_another_track_cost_none_of_them(
    tmp_path: Path,
) -> None:
    lines = [(2000 * number, 1500, str(number)) for number in range(12)]
    opened = open_source(film(tmp_path / "in.mkv", lines=lines, pictures=600), keep_audio=True)
    first, *frames = opened.frames()
    said = [sound.packet for frame in (first, *frames) for sound in frame.audio]
    ahead = tuple(SoundPacket(packet, 1) for packet in said)
    info = replace(opened.info, subtitles=2 * opened.info.subtitles)
    with VideoWriter(tmp_path / "out.mp4", info) as video:
        for frame in (replace(first, audio=(*ahead, *first.audio)), *frames):
            video.write(RecognizedFrame(frame, ()))
    opened.close()
    expected = [(start / 1000, said) for start, _, said in lines]
    for track in (0, 1):
        found = subtitles(tmp_path / "out.mp4", track)
        assert [(start, said) for start, _, said in found] == expected


def test_line_that_a_file_holds_too_late_is_seen_for_the_rest_of_its_time() -> None:
    written: list[tuple[int, int, bytes]] = []
    lines = TimedText(lambda *line: written.append(line))
    lines.until(20_000)
    lines.add(Line(500, 13_000, b"late"))
    with pytest.raises(ValueError, match="behind later pictures"):
        lines.add(Line(600, 9000, b"lost"))
    lines.finish()
    assert written == [(12_000, 1000, b"\0\4late"), (13_000, 0, b"\0\0")]


def test_subtitles_that_overlap_end_where_the_next_begins(tmp_path: Path) -> None:
    lines = [(500, 1000, "a"), (1499, 1000, "b"), (2600, 1000, "c"), (2600, 900, "d")]
    source = film(tmp_path / "in.mkv", lines=lines, pictures=100)
    _assert_read(tmp_path, source, [(500, 998, "a"), (1499, 1000, "b"), (2600, 1000, "c\nd")])


def test_marks_of_subrip_are_not_read_as_text(tmp_path: Path) -> None:
    said = r"{\an8}<i>I</i> <3 <font color='#ff0000'>you</font>"
    source = film(tmp_path / "in.mkv", lines=[(500, 500, said), (1500, 200, "<b></b>")])
    _assert_read(tmp_path, source, [(500, 500, "I <3 you")])


def test_subtitle_that_is_too_long_for_timed_text_is_cut(tmp_path: Path) -> None:
    source = film(tmp_path / "in.mkv", lines=[(500, 500, 35_000 * "é")])
    _assert_read(tmp_path, source, [(500, 500, 32_767 * "é")])


def _assert_read(folder: Path, source: Path, lines: Lines) -> None:
    """Both in .mp4 and .mov, written by a process of its own, which FFmpeg may abort."""
    targets = [folder / "out.mp4", folder / "out.mov"]
    command = [sys.executable, "-c", _TRANSCRIBED, *map(str, [source, *targets])]
    subprocess.run(command, check=True, capture_output=True)
    for target in targets:
        expected = [(start / 1000, lasting / 1000, said) for start, lasting, said in lines]
        found = subtitles(target)
        assert [(start, said) for start, _, said in found] == [(a, c) for a, _, c in expected]
        for one, other in zip(found, expected, strict=True):
            assert one[1] == pytest.approx(other[1], abs=0.0011)


@pytest.mark.parametrize("suffix", ["mkv", "avi", "mov", "flv", "ts"])
def test_title_that_is_not_utf8_keeps_no_film_from_being_read(tmp_path: Path, suffix: str) -> None:
    """As old programs and cameras write them: Latin-1, Shift JIS, GBK."""
    source = tmp_path / f"in.{suffix}"
    with av.open(str(source), "w") as out:
        stream = out.add_stream("mpeg4" if suffix == "avi" else "libx264", rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.metadata["title"] = stream.metadata["handler_name"] = "a title of some"
        out.metadata.update(title="a title of some", service_name="a title of some")
        for rgb in moving(64, 48, 5):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, "rgb24")))
        out.mux(stream.encode(None))
    data = source.read_bytes()
    assert b"a title of some" in data
    source.write_bytes(data.replace(b"title of some", b"\x83\x93tre \xe9t\xe9 xxx"))
    with av.open(str(transcribe(source, tmp_path / "out.mkv"))) as container:
        assert sum(1 for _ in container.decode(video=0)) == 5
        assert "tre" in container.metadata.get("title", "tre")


def test_chapter_that_is_not_utf8_keeps_no_film_from_being_read(tmp_path: Path) -> None:
    source = film(tmp_path / "in.mkv")
    source.write_bytes(source.read_bytes().replace(b"One", b"\xe9\xe9\xe9"))
    with av.open(str(transcribe(source, tmp_path / "out.mkv"))) as container:
        assert len(container.chapters()) == 2


def test_what_a_container_cannot_hold_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = film(tmp_path / "in.mkv", dropped="of some program")
    transcribe(source, tmp_path / "out.mp4")
    transcribe(source, tmp_path / "out.ts")
    told, subtitles_lost, others = warnings(caplog)
    assert told.endswith("mp4 cannot hold what the source says of itself (RUBBISH); .mkv can")
    assert subtitles_lost.endswith("hold the source's subtitles (subrip); they are left out")
    assert others.endswith("(chapters, ARTIST, RUBBISH, creation_time and 1 more); .mkv can")


def test_names_that_a_writer_of_mxf_gives_itself_are_no_loss(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = write_video(tmp_path / "in.mxf", moving(64, 48, 5), Encoding("mpeg2video"))
    transcribe(source, tmp_path / "out.mp4")
    (told,) = warnings(caplog)
    assert told.endswith("mp4 cannot hold what the source says of itself (timecode); .mkv can")
