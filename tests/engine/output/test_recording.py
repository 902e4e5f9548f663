"""Recordings: names that nobody else has, and times that begin with the recording."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import pytest

from fer_video.engine.capture.open import open_source
from fer_video.engine.errors import OutputError
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.output.recording import Recording, fresh_name
from tests.engine.output.kinds import INFO, counts, frames
from tests.engine.output.tracks.test_tags import film


def test_no_two_processes_choose_the_same_name(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        names = [*pool.map(lambda _: fresh_name(tmp_path, ".png"), range(120))]
    assert len(set(names)) == 120


def test_two_recordings_of_one_moment_are_both_kept(tmp_path: Path) -> None:
    recordings = [Recording(tmp_path, INFO) for _ in range(3)]
    for frame, recording in zip(frames(), recordings, strict=False):
        recording.write(frame)
    for recording in recordings:
        recording.close()
    assert counts(tmp_path) == [1] * 6


def test_records_of_that_name_are_never_replaced(tmp_path: Path) -> None:
    first = fresh_name(tmp_path, ".mp4")
    first.rename(first.with_suffix(".jsonl"))
    assert fresh_name(tmp_path, ".mp4").stem != first.stem


def test_recording_counts_from_its_first_frame(tmp_path: Path) -> None:
    with Recording(tmp_path, INFO, "ü" * 300) as recording:
        for frame in [*frames()][40:43]:
            recording.write(frame)
    assert recording.path.exists()
    assert counts(tmp_path) == [3, 3]


def test_recording_has_neither_chapters_nor_subtitles_of_the_whole_film(tmp_path: Path) -> None:
    source = open_source(film(tmp_path / "in.mkv"))
    with Recording(tmp_path, source.info) as recording:
        for frame in [*source.frames()][10:20]:
            recording.write(RecognizedFrame(frame, ()))
    source.close()
    with av.open(str(recording.path)) as container:
        assert [stream.type for stream in container.streams] == ["video"]
        assert not container.chapters()


def test_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be made"):
        Recording(tmp_path / "none", INFO)
