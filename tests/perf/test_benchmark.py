"""The loops that the engine is measured against do the same work, and their figures are right."""

import os
import sys
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from fer_video.engine import EngineOptions, open_pipeline
from fer_video.engine.machine import cores
from fer_video.perf.bench import benchmark, gpu
from fer_video.perf.bench import roofline as of_processes
from fer_video.perf.bench.benchmark import LOOPS, Speeds, describe, kernels_share, measure, ratio
from fer_video.perf.bench.by_hand import by_hand
from fer_video.perf.bench.growth import Row, Setting, draw, table
from fer_video.perf.bench.loops import Run, bare, engine, serial
from fer_video.perf.bench.roofline import Job, roofline, work
from fer_video.perf.bench.transcode import transcode
from tests.media import decoded
from tests.perf.conftest import FRAMES

OPTIONS = EngineOptions(draw=True)


def ticking(step: float) -> Callable[[], float]:
    """A clock that is `step` seconds later each time somebody looks."""
    return partial(next, count(0.0, step))


def test_crowd_shows_as_many_faces_as_asked(clip: Path) -> None:
    with open_pipeline(str(clip)) as pipeline:
        assert [len(recognized.readings) for recognized in pipeline] == [4] * FRAMES


READY: dict[str, Callable[[Path, Path], Run]] = {
    "transcode": lambda clip, target: lambda: transcode(clip, target, "ultrafast"),
    "bare": lambda clip, target: bare(clip, target, "ultrafast", OPTIONS),
    "serial": lambda clip, target: serial(clip, target, "ultrafast", OPTIONS),
    "engine": lambda clip, target: engine(clip, target, "ultrafast", OPTIONS),
    "by hand": lambda clip, target: by_hand(clip, target, OPTIONS),
}


@pytest.mark.parametrize("name", READY)
def test_every_loop_writes_every_frame(name: str, clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    assert READY[name](clip, target)() == FRAMES
    assert len(decoded(target)) == FRAMES


# the machine's limit


def seven(job: Job, start: Barrier) -> float:
    """Frames a second of a process that works beside as many others as there are cores."""
    assert job.preset == "ultrafast"
    start.wait()
    return 7.0


def test_roofline_adds_up_processes_that_work_at_once_one_a_core(clip: Path) -> None:
    """With fewer of them, the barrier would break; with more, they would add up to more."""
    assert roofline(Job(clip, "ultrafast", OPTIONS), seven) == 7 * cores()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere processes are not pinned")
def test_roofline_has_no_more_processes_than_cores_that_are_ours(clip: Path) -> None:
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(mine)})
    try:
        assert roofline(Job(clip, "ultrafast", OPTIONS), seven) == 7
    finally:
        os.sched_setaffinity(0, mine)


def test_process_of_the_roofline_counts_its_frames(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_processes, "perf_counter", ticking(0.5))
    assert work(Job(clip, "ultrafast", OPTIONS), Barrier(1)) == FRAMES / 0.5


# figures of a run


def test_loops_are_measured_in_turns_a_value_a_round(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each loop stands for itself in the tests above; here, each says its name and its frames."""
    order: list[str] = []

    def say(name: str, frames: int) -> int:
        order.append(name)
        return frames

    def of_engine(*words: Any) -> Run:
        options: EngineOptions = words[-1]
        name = "adaptive" if options.classify == "adaptive" else "engine"
        return lambda: say(name if options.draw else "records only", 50)

    monkeypatch.setattr(benchmark, "perf_counter", ticking(0.5))
    monkeypatch.setattr(benchmark, "transcode", lambda *_: say("transcode", 100))
    monkeypatch.setattr(benchmark, "by_hand", lambda *_: lambda: say("by hand", 20))
    monkeypatch.setattr(benchmark, "serial", lambda *_: lambda: say("serial", 30))
    monkeypatch.setattr(benchmark, "roofline", lambda _job: say("roofline", 160))
    monkeypatch.setattr(benchmark, "engine", of_engine)
    speeds = measure(clip, "ultrafast", OPTIONS, 2)
    assert order == ["transcode", "engine", *LOOPS, *LOOPS]
    fps = dict(zip(LOOPS, (200, 40, 60, 160, 100, 100, 100), strict=True))
    assert speeds == {name: [value, value] for name, value in fps.items()}
    lines = describe(speeds).splitlines()
    assert "transcode      200.0 fps" in lines
    assert "engine / transcode: 0.50" in lines


def test_ratio_is_the_median_of_the_rounds() -> None:
    speeds: Speeds = {"engine": [50.0, 10.0, 90.0], "transcode": [100.0, 100.0, 100.0]}
    assert ratio(speeds, "engine", "transcode") == 0.5


def test_share_of_the_kernels_is_that_of_three_stages(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By clocks on which every stage takes a second a frame, and transcoding four a frame."""
    monkeypatch.setattr(benchmark, "thread_time", ticking(1))
    monkeypatch.setattr(benchmark, "process_time", ticking(4 * FRAMES))
    assert kernels_share(clip, "ultrafast", OPTIONS) == 3 / 4


def test_table_and_picture_show_all_settings(tmp_path: Path) -> None:
    rows = [
        Row(Setting(width, width // 2, faces, "ultrafast"), 300.0, 200.0, 100.0, 0.33, 0.5, faces)
        for width in (640, 1920)
        for faces in (1, 4)
    ]
    written = table(rows).splitlines()
    assert len(written) == 2 + len(rows)
    assert written[-1] == "| 1920x960 | 4 | ultrafast | 300 | 200 | 100 | 0.33 | 0.50 |"
    draw(rows, {1: 250.0, 2: 240.0}, tmp_path / "growth.png")
    assert (tmp_path / "growth.png").stat().st_size > 10_000
    assert rows[0].beyond == pytest.approx(1e3 / 100 - 1e3 / 300)


def test_gpu_report_runs_with_the_processor_in_its_place(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu, "_BARE", {"cpu": "CPUExecutionProvider"})
    monkeypatch.setattr(gpu, "_CALLS", 2)
    monkeypatch.setattr(gpu, "_ROUNDS", 1)
    monkeypatch.setattr(gpu, "BATCHES", (1, 3))
    monkeypatch.setattr(gpu, "perf_counter", ticking(0.5))
    monkeypatch.setattr(benchmark, "perf_counter", ticking(0.5))
    same, *speeds = gpu.report(clip, "cnn", "cpu", [1, 2])
    assert "by 0.0e+00 in the network alone, by 0.0e+00 with" in same
    assert f"labels of 0 of {4 * FRAMES} faces" in same
    assert speeds == [
        "batches of 1: 4 faces a second, 1.00 of ONNX Runtime's 4\n",
        "batches of 3: 12 faces a second, 1.00 of ONNX Runtime's 12\n",
        *[f"1 sources on cpu: {2 * FRAMES} frames a second together\n"] * 2,
        *[f"2 sources on cpu: {4 * FRAMES} frames a second together\n"] * 2,
    ]
