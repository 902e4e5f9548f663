"""The written video lasts as long as the source, and has keyframes at any rate of its stamps."""

import pickle
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest
from PIL import Image

from fer_video.engine import Arrays, VideoWriter, open_pipeline
from fer_video.engine.capture.open import open_source
from fer_video.engine.errors import OutputError
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.frames.picture import to_frame
from tests.engine.capture.timing.test_rate import recorded
from tests.engine.output.kinds import INFO
from tests.media import Encoding, decoded, frame_times, moving, to_picture, write_video


def transcribe(source: Path, target: Path) -> Path:
    """Every frame of a source into a target, undrawn."""
    opened = open_source(source)
    with VideoWriter(target, opened.info) as writer:
        for frame in opened.frames():
            writer.write(RecognizedFrame(frame, ()))
    opened.close()
    return target


def slides(path: Path, durations: list[int]) -> Path:
    """A GIF whose pictures stand so many milliseconds."""
    first, *rest = map(Image.fromarray, moving(64, 48, len(durations)))
    first.save(path, save_all=True, append_images=rest, duration=durations)
    return path


@pytest.mark.parametrize("extension", ["mp4", "mov", "mkv"])
@pytest.mark.parametrize("durations", [[100, 100, 100, 5000], [5000, 100, 100, 100]])
def test_last_picture_stands_as_long_as_in_the_source(
    tmp_path: Path, extension: str, durations: list[int]
) -> None:
    source = slides(tmp_path / "slides.gif", durations)
    target = transcribe(source, tmp_path / f"out.{extension}")
    with av.open(str(target)) as written:
        assert written.duration == pytest.approx(5_300_000, abs=10_000)


@pytest.mark.parametrize("extension", ["mp4", "mov", "mkv"])
@pytest.mark.parametrize(
    ("unit", "apart", "lasts"),
    [(Fraction(1, 10**9), 5, 5), (Fraction(1, 90_000), 86_400, 86_400)],
    ids=["nanoseconds", "one a day"],
)
def test_pictures_that_are_far_apart_in_fine_units_come_when_they_should(
    tmp_path: Path, extension: str, unit: Fraction, apart: int, lasts: int
) -> None:
    target = tmp_path / f"out.{extension}"
    info = replace(INFO, time_base=unit, frame_rate=Fraction(1, apart))
    with VideoWriter(target, info) as writer:
        for index, rgb in enumerate(moving(64, 48, 4)):
            pts = round(index * apart / unit)
            picture = to_picture(rgb)
            frame = to_frame(picture, index=index, pts=pts, time_base=unit, source="test")
            frame.picture.duration = round(lasts / unit)
            writer.write(RecognizedFrame(frame, ()))
    assert frame_times(target) == pytest.approx([index * apart for index in range(4)], abs=1e-3)


@pytest.mark.parametrize("extension", ["mp4", "mov", "mkv"])
def test_pictures_that_two_videos_share_stand_as_long_in_both(
    tmp_path: Path, extension: str
) -> None:
    targets = [tmp_path / f"{name}.{extension}" for name in ("one", "other")]
    unit, tenth = Fraction(1, 10**9), 10**8  # finer than an encoder's
    info = replace(INFO, time_base=unit, frame_rate=Fraction(10))
    with VideoWriter(targets[0], info) as one, VideoWriter(targets[1], info) as other:
        for index, rgb in enumerate(moving(64, 48, 4)):
            pts, picture = index * tenth, to_picture(rgb)
            frame = to_frame(picture, index=index, pts=pts, time_base=unit, source="test")
            frame.picture.duration = 30 * tenth if index == 3 else tenth
            for video in (one, other):
                video.write(RecognizedFrame(frame, ()))
    for target in targets:
        with av.open(str(target)) as written:
            assert written.duration == pytest.approx(3_300_000, abs=10_000)


@pytest.mark.parametrize("extension", ["mp4", "mkv"])
def test_last_picture_of_another_size_stands_as_long_as_it_should(
    tmp_path: Path, extension: str
) -> None:
    target = tmp_path / f"out.{extension}"
    with VideoWriter(target, INFO) as video:
        for index, width in enumerate((64, 32)):
            picture = to_picture(moving(width, 48, 1)[0])
            frame = to_frame(picture, index=index, pts=index, time_base=Fraction(1), source="test")
            frame.picture.duration = 1 if index == 0 else 3
            video.write(RecognizedFrame(frame, ()))
    with av.open(str(target)) as written:
        assert written.duration == pytest.approx(4_000_000, abs=50_000)


def test_last_picture_that_stands_for_a_day_costs_no_film(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "out.mp4", INFO) as writer:
        for pts in (0, 3600):
            picture = to_picture(moving(64, 48, 1)[0])
            unit = Fraction(1, 90_000)
            frame = to_frame(picture, index=pts, pts=pts, time_base=unit, source="test")
            frame.picture.duration = 3600 if pts == 0 else 86_400 * 90_000
            writer.write(RecognizedFrame(frame, ()))
    assert frame_times(tmp_path / "out.mp4") == pytest.approx([0, 0.04])


def test_gap_that_no_mp4_can_tell_is_not_called_a_full_disk(tmp_path: Path) -> None:
    def write() -> None:
        with VideoWriter(tmp_path / "out.mp4", rate=25) as video:
            for time in (0, 40_000, 80_000, 80_001):
                video.write(moving(64, 48, 1)[0], time=time)

    with pytest.raises(OutputError, match=r"\.mkv takes most"):
        write()


@pytest.mark.parametrize("way", ["drawn", "pickled"])
def test_last_picture_stands_as_long_in_arrays_and_copies(tmp_path: Path, way: str) -> None:
    source = open_source(slides(tmp_path / "slides.gif", [100, 100, 100, 5000]))
    with VideoWriter(tmp_path / "out.mp4", source.info) as writer:
        for frame in source.frames():
            result = RecognizedFrame(frame, ())
            if way == "drawn":
                writer.write(result, frame.to_bgr())
            else:
                writer.write(pickle.loads(pickle.dumps(result)))
    source.close()
    with av.open(str(tmp_path / "out.mp4")) as written:
        assert written.duration == pytest.approx(5_300_000, abs=10_000)


def test_recording_of_a_browser_has_keyframes_a_usual_level_and_its_last_picture(
    tmp_path: Path,
) -> None:
    target = transcribe(recorded(tmp_path / "recorder.webm", 200), tmp_path / "out.mp4")
    with av.open(str(target)) as written:
        stream = written.streams.video[0]
        assert stream.codec_context.level <= 13  # it was 51
        packets = [packet for packet in written.demux(stream) if packet.pts is not None]
    keys = [(packet.pts or 0) * packet.time_base for packet in packets if packet.is_keyframe]
    assert len(keys) == 4
    assert max(later - earlier for earlier, later in pairwise(keys)) < 2.2
    last = max(packets, key=lambda packet: packet.pts or 0)
    assert float((last.duration or 0) * last.time_base) == pytest.approx(0.033, abs=0.005)


@pytest.mark.parametrize("extension", ["mp4", "mov"])
def test_killed_film_plays_once_its_first_second_is_written(tmp_path: Path, extension: str) -> None:
    """What is on the disk two seconds later, when the encoder has let go of that second."""
    opened = open_source(
        write_video(tmp_path / "in.mkv", moving(64, 48, 75), Encoding(sound="aac"))
    )
    (tmp_path / "out").mkdir()
    with VideoWriter(tmp_path / "out" / f"out.{extension}", opened.info) as writer:
        for frame in opened.frames():
            writer.write(RecognizedFrame(frame, ()))
        (partial,) = (tmp_path / "out").iterdir()
        left = tmp_path / f"left.{extension}"
        left.write_bytes(partial.read_bytes())
    opened.close()
    assert len(decoded(left)) >= 25


def beginning(path: Path) -> list[float]:
    """Seconds by the container's own clock at which each picture is seen."""
    return [picture.time or 0.0 for picture in decoded(path)]


@pytest.mark.parametrize("extension", ["mp4", "mov", "mkv", "ts", "flv"])
@pytest.mark.parametrize("way", ["results", "arrays"])
def test_video_of_a_clock_since_1970_begins_with_its_first_picture(
    tmp_path: Path, extension: str, way: str
) -> None:
    """With an edit list of 56 years it would not play; MPEG-TS and FLV have no such times."""
    target = tmp_path / f"out.{extension}"
    given = [(picture, 1_790_000_000 + i / 10) for i, picture in enumerate(moving(64, 48, 20))]
    if way == "arrays":
        with VideoWriter(target, rate=10) as video:
            for picture, time in given:
                video.write(picture, time=time)
    else:
        with open_pipeline(Arrays(given)) as pipeline, VideoWriter(target, pipeline.info) as video:
            for result, (_, time) in zip(pipeline, given, strict=True):
                video.write(result)
                assert result.frame.time == pytest.approx(time, abs=1e-4)
    times = beginning(target)
    assert times[0] < 2  # MPEG-TS begins at 1.4
    assert [time - times[0] for time in times] == pytest.approx(
        [i / 10 for i in range(20)], abs=2e-3
    )
    with av.open(str(target)) as written:
        assert (written.duration or 0) / av.time_base == pytest.approx(2, abs=0.3)
