"""What a recorded run says."""

import json
from functools import partial
from itertools import count, product
from pathlib import Path
from threading import Thread

import pytest

from fer_video.engine import EngineOptions
from fer_video.engine.assembly.chain import build_chain
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.run.pipeline import Pipeline
from fer_video.perf import recorder as module
from fer_video.perf.bench.transcode import transcode
from fer_video.perf.recorder import Recorder
from fer_video.perf.report import _ADVICE, report
from fer_video.perf.trace import trace_events
from tests.conftest import Cli
from tests.fakes import FakeScreen, FakeStages, GeneratedSource, lane_of
from tests.media import decoded, moving, write_video

STAGES = ("capture", *FakeStages.STEPS, "output")
_GAP = 0.002


def recorded(work_ms: dict[str, float], frames: int = 10) -> Recorder:
    """Each stage takes its milliseconds; a frame enters every 100 ms, and waits for each stage."""
    recorder = Recorder()
    for frame in GeneratedSource(frames).frames():
        start = frame.index / 10
        for stage in STAGES:
            end = start + work_ms.get(stage, 1.0) / 1000
            recorder(stage, frame, start, end)
            start = end + _GAP
    return recorder


def test_report_follows_the_contract() -> None:
    result = report(
        recorded({"output": 40.0}), drops={"late": 3}, faces=7, provider="CPU", threads=1
    ).to_json()
    assert {"frames": 10, "offered": 13, "dropped": 3, "faces": 7}.items() <= result.items()
    assert sum(result["drops"].values()) == 3
    assert list(result["stages"]) == list(STAGES)
    for stage in result["stages"].values():
        names = {"mean_ms", "p50_ms", "p95_ms", "p99_ms", "cpu_ms", "wait_ms", "share"}
        assert names <= stage.keys()
    assert result["latency_ms"].keys() == {"p50", "p95", "p99"}
    assert {"seconds", "fps", "bottleneck", "provider", "threads", "machine"} <= result.keys()
    json.dumps(result)


def test_times_are_those_recorded() -> None:
    result = report(recorded({"detect": 20.0}), drops={}, faces=0, provider="CPU", threads=1)
    detect = result.stages["detect"]
    assert (detect.mean_ms, detect.p50_ms, detect.p99_ms) == pytest.approx((20, 20, 20))
    assert (detect.wait_ms, result.stages["capture"].wait_ms) == pytest.approx((2, 99 * 0.9))
    assert sum(stage.share for stage in result.stages.values()) == pytest.approx(1)
    assert result.latency_ms["p50"] == pytest.approx(20 + 5 + 6 * 2)
    assert result.fps == pytest.approx(10 / (0.9 + 0.001 + 0.037))


def test_percentiles_are_those_of_the_frames() -> None:
    recorder = Recorder()
    for frame in GeneratedSource(101).frames():
        recorder("capture", frame, frame.index, frame.index)
        recorder("output", frame, frame.index, frame.index * 1.001)
    result = report(recorder, drops={}, faces=0, provider="CPU", threads=1)
    output = result.stages["output"]
    assert (output.mean_ms, output.p50_ms) == pytest.approx((50, 50))
    assert (output.p95_ms, output.p99_ms) == pytest.approx((95, 99))
    assert result.latency_ms == pytest.approx({"p50": 50, "p95": 95, "p99": 99})


def test_work_of_the_processor_is_what_the_thread_spent_since_its_last_stage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two frames, by a thread that spends a second on each stage; nothing precedes the first."""
    monkeypatch.setattr(module, "thread_time", partial(next, count(0.0, 1.0)))
    result = report(recorded({}, frames=2), drops={}, faces=0, provider="CPU", threads=1)
    assert result.stages["capture"].cpu_ms == 500
    assert {stage.cpu_ms for stage in result.stages.values()} == {500, 1000}


@pytest.mark.parametrize("slowest", STAGES)
def test_bottleneck_is_the_slowest_stage_with_advice(slowest: str) -> None:
    result = report(recorded({slowest: 50.0}), drops={}, faces=0, provider="CPU", threads=1)
    assert result.bottleneck == slowest
    assert result.advice


def test_capture_of_a_live_source_waits_and_is_no_work() -> None:
    result = report(
        recorded({"capture": 50.0, "infer": 20.0}),
        drops={},
        faces=0,
        provider="CPU",
        threads=1,
        waiting=["capture"],
    )
    assert result.bottleneck == "infer"
    assert result.stages["capture"].mean_ms == pytest.approx(50)
    assert result.stages["capture"].share == 0
    assert result.stages["infer"].share == pytest.approx(20 / 25)


def test_every_stage_that_the_engine_may_have_has_advice(
    classifier: Classifier, detector: YuNetDetector
) -> None:
    options = EngineOptions(draw=True, parts=5.0, classify="adaptive")
    chain = build_chain(options, classifier, detector, stages={"after detect": lambda item: item})
    assert {stage.name for stage in chain.stages} - _ADVICE.keys() == {"after detect"}
    assert len(chain.stages) == 9


def test_profile_of_a_film_in_a_window_does_not_count_the_wait_for_its_time_as_work(
    cli: Cli, face_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = FakeScreen()
    screen.keys = [-1] * 40 + [ord("q")] * 100
    screen.stand_in(monkeypatch)
    run = cli("--source", face_clip, "--profile", "--threads", "2")
    assert run.returncode == 0, run.stderr
    assert screen.shown
    assert "bottleneck: " in run.stderr
    assert "bottleneck: output" not in run.stderr
    assert "threads a network 2" in run.stderr


@pytest.mark.parametrize("command", ["profile", "run"])
def test_what_limits_a_camera_is_not_the_wait_for_it(
    cli: Cli, tmp_path: Path, command: str
) -> None:
    clip = write_video(tmp_path / "a.mp4", moving(64, 48, 6))
    words = ("profile",) if command == "profile" else ("--profile", "--json", "o.jsonl")
    run = cli(*words, "--source", clip, "--realtime")
    assert run.returncode == 0, run.stderr
    assert "bottleneck: " in run.stderr
    assert "bottleneck: capture" not in run.stderr


def test_frames_of_a_source_that_is_opened_anew_are_told_from_those_before() -> None:
    recorder = Recorder()
    for opened in (0, 100):
        for frame in GeneratedSource(4).frames():
            start = opened + frame.index
            recorder("capture", frame, start, start + 0.01)
            recorder("detect", frame, start + 0.01, start + 0.02)
            recorder("output", frame, start + 0.02, start + 0.03)
    result = report(recorder, drops={}, faces=0, provider="CPU", threads=1)
    assert result.latency_ms == pytest.approx({"p50": 20, "p95": 20, "p99": 20})
    runs = [event for event in trace_events(recorder)["traceEvents"] if event["ph"] == "X"]
    assert {event["args"]["frame"] for event in runs} == {*range(4)}


def test_thread_that_has_the_number_of_one_that_ended_spent_what_it_spent_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "thread_time", partial(next, iter([5.0, 6.0, 1.0, 3.0])))
    recorder = Recorder()
    for frame in GeneratedSource(4).frames():
        recorder("detect", frame, 0.0, 1.0)
    assert list(recorder.timings["detect"].cpu) == [0, 1, 1, 2]


def test_trace_holds_every_run_of_every_stage() -> None:
    events = trace_events(recorded({"infer": 2.0}))["traceEvents"]
    runs = [event for event in events if event["ph"] == "X"]
    assert len(runs) == 10 * len(STAGES)
    inferred = [event for event in runs if event["name"] == "infer"]
    assert [event["args"]["frame"] for event in inferred] == list(range(10))
    assert inferred[0]["dur"] == pytest.approx(2000)
    assert inferred[1]["ts"] == pytest.approx(0.1 * 1e6 + 3 * (1000 + _GAP * 1e6))


def test_trace_has_a_track_a_thread_and_names_the_callers() -> None:
    recorder = Recorder()
    (frame,) = GeneratedSource(1).frames()
    worker = Thread(target=recorder, args=("capture", frame, 0.0, 1.0))
    worker.start()
    worker.join()
    recorder("output", frame, 1.0, 2.0)
    events = trace_events(recorder)["traceEvents"]
    names = {event["tid"]: event["args"]["name"] for event in events if event["ph"] == "M"}
    tracks = {event["name"]: names[event["tid"]] for event in events if event["ph"] == "X"}
    assert tracks == {"capture": "thread 1", "output": "caller"}


def test_stage_that_nobody_has_heard_of_is_measured_in_its_place() -> None:
    recorder = Recorder()
    for frame in GeneratedSource(3).frames():
        for place, stage in enumerate(("capture", "blur faces", "output")):
            recorder(stage, frame, frame.index + place, frame.index + place + 0.5)
    result = report(recorder, drops={}, faces=0, provider="CPU", threads=1)
    assert list(result.stages) == ["capture", "blur faces", "output"]
    assert result.stages["blur faces"].wait_ms == pytest.approx(500)


@pytest.mark.parametrize("first", [0, 2])
def test_stage_that_frames_pass_by_is_told_of_wherever_it_came_first(first: int) -> None:
    """A reading of parts ends behind the stages that came next for its frame."""
    recorder = Recorder()
    for frame in GeneratedSource(4).frames():
        begin = float(frame.index)
        recorder("capture", frame, begin - 0.1, begin)
        recorder("infer", frame, begin, begin + 0.1)
        if frame.index == first:
            recorder("parts", frame, begin + 0.15, begin + 0.45)
        recorder("smooth", frame, begin + 0.2, begin + 0.3)
        recorder("output", frame, begin + 0.4, begin + 0.5)
    result = report(recorder, drops={}, faces=0, provider="CPU", threads=1)
    waits = {name: round(stage.wait_ms) for name, stage in result.stages.items()}
    assert waits.items() >= {"infer": 0, "parts": 50, "smooth": 100, "output": 100}.items()
    shares = {name: round(19 * stage.share) for name, stage in result.stages.items()}
    assert shares == {"capture": 4, "infer": 4, "parts": 3, "smooth": 4, "output": 4}
    assert result.bottleneck != "parts"


def test_run_of_which_nothing_came_out_can_be_reported() -> None:
    recorder = Recorder()
    for frame in GeneratedSource(3).frames():
        recorder("capture", frame, frame.index, frame.index + 0.5)
    result = report(recorder, drops={"late": 3}, faces=0, provider="CPU", threads=1)
    assert (result.frames, result.dropped, result.fps) == (0, 3, 0)
    assert trace_events(recorder)["traceEvents"]


def test_frames_of_several_sources_are_told_apart() -> None:
    recorder = Recorder()
    lines = [lane_of(GeneratedSource(5), FakeStages().chain()) for _ in range(2)]
    with Pipeline(lines, observe=recorder) as pipelines:
        assert len(list(pipelines)) == 10
    assert all(len(set(recorder.timings[stage].frame)) == 10 for stage in STAGES)
    frames = [e["args"]["frame"] for e in trace_events(recorder)["traceEvents"] if e["ph"] == "X"]
    assert set(frames) == set(range(5))
    assert report(recorder, drops={}, faces=0, provider="CPU", threads=1).frames == 10


def test_run_without_frames_is_no_error() -> None:
    result = report(Recorder(), drops={}, faces=0, provider="CPU", threads=1)
    assert (result.frames, result.fps, result.bottleneck) == (0, 0, "")
    json.dumps(result.to_json())


def test_dropped_frames_have_no_latency() -> None:
    recorder = recorded({}, frames=4)
    *_, late = GeneratedSource(100).frames()
    recorder("capture", late, 5.0, 5.001)
    assert report(recorder, drops={"late": 1}, faces=0, provider="CPU", threads=1).frames == 4


def test_recorder_sees_every_stage_of_a_pipeline() -> None:
    recorder = Recorder()
    with Pipeline(
        [lane_of(GeneratedSource(6), FakeStages().chain())], observe=recorder
    ) as pipeline:
        for _ in pipeline:
            pass
    seen = {(stage, i) for stage, timings in recorder.timings.items() for i in timings.frame}
    assert seen == set(product(STAGES, range(6)))


def test_transcode_loses_no_frame(tmp_path: Path) -> None:
    clip = write_video(tmp_path / "in.mp4", moving(64, 48, 12))
    assert transcode(clip, tmp_path / "out.mp4", "ultrafast") == 12
    assert len(decoded(tmp_path / "out.mp4")) == 12
