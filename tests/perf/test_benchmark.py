"""The loops that the engine is measured against do the same work."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fer_video.engine import EngineOptions, open_pipeline
from fer_video.perf.bench import crowd, gpu
from fer_video.perf.bench.benchmark import Speeds, describe, kernels_share, measure, ratio
from fer_video.perf.bench.by_hand import by_hand
from fer_video.perf.bench.compare import ROOT, package, speed
from fer_video.perf.bench.crowd import film_crowd
from fer_video.perf.bench.footprint import ENGINE, peak_megabytes, repeat, seconds_to_first_record
from fer_video.perf.bench.growth import Row, Setting, draw, table
from fer_video.perf.bench.loops import Run, bare, engine, serial
from fer_video.perf.bench.roofline import Job, roofline
from fer_video.perf.bench.transcode import transcode
from tests.media import decoded

FRAMES = 9
OPTIONS = EngineOptions()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four faces."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crowd, "FRAMES", FRAMES)
        return film_crowd(tmp_path_factory.mktemp("clips") / "four.mp4", 640, 360, 4)


def test_crowd_shows_as_many_faces_as_asked(clip: Path) -> None:
    with open_pipeline(str(clip)) as pipeline:
        assert [len(recognized.readings) for recognized in pipeline] == [4] * FRAMES


LOOPS: dict[str, Callable[[Path, Path], Run]] = {
    "transcode": lambda clip, target: lambda: transcode(clip, target, "ultrafast"),
    "bare": lambda clip, target: bare(clip, target, "ultrafast", OPTIONS),
    "serial": lambda clip, target: serial(clip, target, "ultrafast", OPTIONS),
    "engine": lambda clip, target: engine(clip, target, "ultrafast", OPTIONS),
    "by hand": lambda clip, target: by_hand(clip, target, OPTIONS),
}


@pytest.mark.parametrize("name", LOOPS)
def test_every_loop_writes_every_frame(name: str, clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    assert LOOPS[name](clip, target)() == FRAMES
    assert len(decoded(target)) == FRAMES


def test_roofline_counts_all_processes(clip: Path) -> None:
    assert roofline(Job(clip, "ultrafast", OPTIONS)) > 0


def test_loops_are_measured_in_turns_and_compared_round_by_round(clip: Path) -> None:
    speeds = measure(clip, "ultrafast", OPTIONS, 2)
    assert all(len(values) == 2 and min(values) > 0 for values in speeds.values())
    assert "records only / engine" in describe(speeds)
    assert kernels_share(clip, "ultrafast", OPTIONS) > 0


def test_ratio_is_the_median_of_the_rounds() -> None:
    speeds: Speeds = {"engine": [50.0, 10.0, 90.0], "transcode": [100.0, 100.0, 100.0]}
    assert ratio(speeds, "engine", "transcode") == 0.5


def test_table_and_picture_show_all_settings(tmp_path: Path) -> None:
    rows = [
        Row(Setting(width, width // 2, faces, "ultrafast"), 300.0, 200.0, 100.0, 0.33, 0.5, faces)
        for width in (640, 1920)
        for faces in (1, 4)
    ]
    assert table(rows).count("ultrafast") == 4
    draw(rows, {1: 250.0, 2: 240.0}, tmp_path / "growth.png")
    assert (tmp_path / "growth.png").stat().st_size > 10_000
    assert rows[0].beyond == pytest.approx(1e3 / 100 - 1e3 / 300)


def test_engine_of_a_working_tree_runs_by_its_path(clip: Path, tmp_path: Path) -> None:
    assert speed(package(ROOT, tmp_path / "this"), clip, "ultrafast") > 0


def test_footprint_is_that_of_processes_as_a_user_starts_them(clip: Path, tmp_path: Path) -> None:
    long = repeat(clip, tmp_path / "long.mp4", 1.0)
    assert len(decoded(long)) >= 30
    assert 0.1 < seconds_to_first_record(long, tmp_path / "o.mp4") < 60
    assert 50 < peak_megabytes([*ENGINE, str(long), "--json", str(tmp_path / "o.jsonl")]) < 2000
    with pytest.raises(RuntimeError, match="ended with 1"):
        peak_megabytes([*ENGINE, "none.mp4"])


def test_gpu_report_runs_with_the_processor_in_its_place(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu, "_BARE", {"cpu": "CPUExecutionProvider"})
    monkeypatch.setattr(gpu, "_CALLS", 2)
    monkeypatch.setattr(gpu, "BATCHES", (1, 3))
    same, *speeds = gpu.report(clip, "cnn", "cpu", [1, 2])
    assert "by 0.0e+00 in the network alone, by 0.0e+00 with" in same
    assert "labels of 0 of" in same
    assert [line.split(":")[0] for line in speeds] == [
        "batches of 1",
        "batches of 3",
        *["1 sources on cpu"] * 2,
        *["2 sources on cpu"] * 2,
    ]
