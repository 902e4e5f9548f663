"""What a run tells of itself beside its records, and that it never tells of other ones."""

import json
import os
import tracemalloc
from hashlib import sha256
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest

from fer_video.engine import EngineOptions, Networks, Recognizer, open_pipeline
from fer_video.engine.capture.film.video import VideoFile
from fer_video.engine.contracts.sink import WindowClosed
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.errors import OutputError, SourceError
from fer_video.engine.network.fingerprint import Fingerprint
from fer_video.engine.output.records import Records
from fer_video.engine.run.pipeline import Pipeline
from tests.engine.output.kinds import disk_of
from tests.fakes import FakeStages, GeneratedSource, lane_of
from tests.media import Encoding, cut, write_video


def told(folder: Path) -> dict[str, Any]:
    """The only file beside `a.jsonl`."""
    names = {path.name for path in folder.iterdir() if "film" not in path.name}
    assert names == {"a.jsonl", "a.about.json"}
    about: dict[str, Any] = json.loads((folder / "a.about.json").read_text())
    return about


def of(source: GeneratedSource | VideoFile) -> Pipeline:
    return Pipeline([lane_of(source, FakeStages().chain())])


def write(
    pipeline: Pipeline,
    folder: Path,
    *,
    frames: int | None = None,
    error: BaseException | None = None,
) -> None:
    """Run it into records, and leave the loop after some frames, or then by an error."""
    with pipeline, Records(folder / "a.jsonl", about=pipeline) as records:
        for number, result in enumerate(pipeline, 1):
            records.write(result)
            if number == frames and error is None:
                break
            if error is not None:
                raise error


def test_a_run_tells_what_read_what_and_that_it_is_whole(
    face_clip: Path, tmp_path: Path, detector: YuNetDetector
) -> None:
    options = EngineOptions(smoothing=0.25)
    pipeline = open_pipeline(face_clip, options, networks=Networks.load(options))
    write(pipeline, tmp_path)
    about = told(tmp_path)
    assert about["complete"]
    assert (about["losses"], about["frames"], about["faces"]) == ([], 12, 12)
    assert about["records"] == {"a.jsonl": (tmp_path / "a.jsonl").stat().st_size}
    assert about["options"]["smoothing"] == 0.25
    (source,) = about["sources"]
    assert source["name"] == str(face_clip)
    assert source["size"] == face_clip.stat().st_size
    assert source["sha256"] == sha256(face_clip.read_bytes()).hexdigest()
    assert (source["until"], source["frames_expected"]) == (0.44, 12)
    reads, finds = about["networks"]
    assert (reads["task"], finds["task"]) == ("expressions", "faces")
    for network in (reads, finds):
        assert network["sha256"] == sha256(Path(network["file"]).read_bytes()).hexdigest()
        assert network["precision"] in ("fp32", "int8")
    used, _ = pipeline.networks  # int8 where the processor has products of it
    assert used.card is not None
    assert reads["figures"] == used.card.figures
    assert reads["limits"] == used.card.limits
    assert detector.used.to_dict()["limits"]


def test_a_detector_of_one_s_own_is_not_told_as_the_packaged_one(tmp_path: Path) -> None:
    networks = Networks.load()
    pipeline = open_pipeline(
        [np.zeros((64, 64, 3), np.uint8)], detector=lambda _: (), networks=networks
    )
    write(pipeline, tmp_path)
    assert [one["task"] for one in told(tmp_path)["networks"]] == ["expressions"]
    assert Recognizer(networks=networks)  # which still finds with its own


@pytest.mark.parametrize(("live", "complete"), [(False, False), (True, True)])
def test_a_film_that_is_left_early_is_incomplete_and_a_camera_is_not(
    tmp_path: Path, live: bool, complete: bool
) -> None:
    write(of(GeneratedSource(100_000, live=live)), tmp_path, frames=1)
    about = told(tmp_path)
    assert about["complete"] is complete
    assert about["frames"] == 1
    assert about["losses"] == ([] if complete else ["generated: the run ended before it did"])


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OutputError("the disk is full")])
def test_what_an_error_or_ctrl_c_ends_is_incomplete_even_of_a_camera(
    tmp_path: Path, error: BaseException
) -> None:
    with pytest.raises(type(error)):
        write(of(GeneratedSource(100_000, live=True)), tmp_path, error=error)
    assert not told(tmp_path)["complete"]


def test_a_window_that_is_closed_ends_a_camera_s_run_well(tmp_path: Path) -> None:
    with pytest.raises(WindowClosed):
        write(of(GeneratedSource(100_000, live=True)), tmp_path, error=WindowClosed())
    assert told(tmp_path)["complete"]


def test_a_film_that_was_cut_off_is_incomplete_and_the_loss_is_told(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (50, 64, 96, 3), np.uint8)
    how = Encoding(options={"g": "5", "bf": "0"})
    film = cut(write_video(tmp_path / "film.mkv", list(noise), how), 0.5)
    with pytest.raises(SourceError, match="cut off"):
        write(of(VideoFile(str(film))), tmp_path)
    about = told(tmp_path)
    assert not about["complete"]
    assert "cut off" in about["losses"][0]
    assert about["sources"][0]["sha256"] == sha256(film.read_bytes()).hexdigest()


def test_two_runs_into_one_file_are_told_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Records(tmp_path / "a.jsonl", about=of(GeneratedSource(1))):
        write(of(GeneratedSource(1)), tmp_path)
    assert len([one for one in caplog.messages if "another run is writing" in one]) == 1


def test_results_of_another_pipeline_are_refused(tmp_path: Path, face_clip: Path) -> None:
    with of(VideoFile(str(face_clip))) as other:
        result = next(other)
    with (
        Records(tmp_path / "a.jsonl", about=of(GeneratedSource(1))) as records,
        pytest.raises(OutputError, match=r"face.mp4: is no source of the pipeline"),
    ):
        records.write(result)


def test_up_to_the_frame_that_was_asked_for_is_complete(tmp_path: Path) -> None:
    write(Pipeline([lane_of(GeneratedSource(50), FakeStages().chain(), max_frames=5)]), tmp_path)
    assert told(tmp_path)["complete"]


def test_a_pipe_has_nothing_beside_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jsonl")
    reader = Thread(target=(tmp_path / "a.jsonl").read_bytes)
    reader.start()
    write(of(GeneratedSource(3)), tmp_path)
    reader.join()
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_run_without_a_frame_leaves_what_an_earlier_one_told(tmp_path: Path) -> None:
    write(of(GeneratedSource(3)), tmp_path)
    before = told(tmp_path)
    write(of(GeneratedSource(0)), tmp_path)
    assert told(tmp_path) == before


def test_records_that_a_full_disk_ends_are_told_to_be_incomplete(tmp_path: Path) -> None:
    with pytest.raises(OutputError), disk_of(4000):
        write(of(GeneratedSource(200)), tmp_path)
    about = told(tmp_path)
    assert not about["complete"]
    assert about["records"] == {"a.jsonl": (tmp_path / "a.jsonl").stat().st_size}


def test_a_killed_run_leaves_beside_its_records_that_they_are_incomplete(tmp_path: Path) -> None:
    pipeline = of(GeneratedSource(5))
    with pipeline, Records(tmp_path / "a.jsonl", about=pipeline) as records:
        for result in pipeline:
            records.write(result)
        (unfinished,) = tmp_path.glob(".a.about.*.partial.json")
        about = json.loads(unfinished.read_text())
        assert not about["complete"]
        assert not about["sources"][0]["complete"]


def test_a_fingerprint_is_counted_beside_the_frames_and_not_long_after_them(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(np.random.default_rng(0).bytes(5_000_000))
    expected = sha256(file.read_bytes()).hexdigest()
    counted = Fingerprint(file, frames=2)
    counted.advance()
    assert counted.left == 2_500_000
    assert counted.finished(most=1_000_000) is None
    counted.advance()
    assert (counted.left, counted.finished(most=0)) == (0, expected)
    assert Fingerprint(file).finished() == expected
    assert Fingerprint(tmp_path / "gone").finished() is None


def test_few_frames_of_a_long_film_take_no_more_memory(tmp_path: Path) -> None:
    file = tmp_path / "long"
    with file.open("wb") as long:
        long.truncate(2**26)
    counted = Fingerprint(file, frames=1)
    tracemalloc.start()
    counted.advance()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert counted.left == 0
    assert most < 2**21
