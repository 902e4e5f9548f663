"""Pipeline: every frame in order, as many at once as may be, and who is told of them."""

from pathlib import Path
from threading import Barrier, Event, Lock, Thread, current_thread
from threading import enumerate as enumerate_threads
from time import monotonic

import pytest

from fer_video.engine.contracts.stage import Chain, Stage
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.handovers import DetectedFrame, RecognizedFrame
from fer_video.engine.machine import cores
from fer_video.engine.run.lane import Lane
from fer_video.engine.run.pipeline import Pipeline
from tests.engine.run.running import FILE, indices, pipeline_of, threaded
from tests.fakes import FakeStages, Gate, GeneratedSource, lane_of, wait


@threaded
def test_every_frame_of_a_file_comes_in_order(files: tuple[Path, ...]) -> None:
    source = GeneratedSource(100, files=files)
    pipeline = Pipeline([lane_of(source, FakeStages().chain(), in_flight=3)])
    assert indices(pipeline) == list(range(100))
    assert source.closed


def test_empty_source_ends_at_once() -> None:
    assert indices(pipeline_of(GeneratedSource(0), FakeStages())) == []


def test_max_frames_stops_early() -> None:
    pipeline = Pipeline([lane_of(GeneratedSource(50), FakeStages().chain(), max_frames=7)])
    assert pipeline.frames_expected == 7
    assert indices(pipeline) == list(range(7))


def test_file_loses_no_frame_to_a_slow_consumer() -> None:
    pipeline = Pipeline([lane_of(GeneratedSource(30), FakeStages().chain(), in_flight=1)])
    with pipeline:
        seen = [recognized.frame.index for recognized in pipeline]
    assert seen == list(range(30))
    assert pipeline.dropped == 0


def most_in_flight(source: GeneratedSource, in_flight: int) -> int:
    """Most frames that have begun and whose loop body has not ended, at any moment."""
    inside, most, lock = 0, 0, Lock()

    def enter(stage: str, _index: int) -> None:
        nonlocal inside, most
        if stage == "detect":
            with lock:
                inside += 1
                most = max(most, inside)

    stages = FakeStages(enter).chain()
    with Pipeline([lane_of(source, stages, in_flight=in_flight)]) as pipeline:
        for _ in pipeline:
            with lock:
                inside -= 1
    return most


@threaded
@pytest.mark.parametrize("in_flight", [1, 2, 5])
def test_frames_in_flight_are_bounded_by_the_number(
    in_flight: int, files: tuple[Path, ...]
) -> None:
    # the consumer gives a place back after its loop body: one more may have been counted in
    assert most_in_flight(GeneratedSource(60, files=files), in_flight) <= in_flight


def test_parallel_stages_take_several_frames_at_once_and_keep_their_order() -> None:
    together = Barrier(2)

    def hook(stage: str, _index: int) -> None:
        if stage == "infer":
            together.wait(20)

    pipeline = pipeline_of(GeneratedSource(10), FakeStages(hook))
    assert indices(pipeline) == list(range(10))


def test_other_stages_take_one_frame_at_a_time_in_order() -> None:
    seen: dict[str, list[int]] = {}
    inside: set[str] = set()

    def hook(stage: str, index: int) -> None:
        if stage in FakeStages.PARALLEL:
            return
        assert stage not in inside
        inside.add(stage)
        seen.setdefault(stage, []).append(index)
        Event().wait(0.001)
        inside.discard(stage)

    assert indices(pipeline_of(GeneratedSource(40, files=(FILE,)), FakeStages(hook))) == list(
        range(40)
    )
    assert seen == {stage: list(range(40)) for stage in ("detect", "smooth")}


@pytest.mark.parametrize("live", [False, True])
def test_the_callers_loop_carries_frames_of_a_file_but_not_of_a_camera(*, live: bool) -> None:
    by: set[Thread] = set()
    hands = 2 if live else max(2, cores())
    together = Barrier(hands)

    def hook(stage: str, index: int) -> None:
        by.add(current_thread())
        if stage == "infer" and index < hands and not live:
            together.wait(20)  # none is left out

    indices(pipeline_of(GeneratedSource(64, live=live, files=(FILE,)), FakeStages(hook)))
    assert (current_thread() in by) is not live


def test_live_source_drops_oldest_not_newest() -> None:
    """One frame is held in a stage while the source offers the rest."""
    gate, offered = Gate(0), Gate(19)
    chain = FakeStages(lambda stage, index: gate(index) if stage == "infer" else None)

    def before(index: int) -> None:
        if index == 1:  # without this, the door may replace frame 0 itself
            wait(gate.reached)
        offered(index)

    source = GeneratedSource(20, live=True, before=before)
    pipeline = pipeline_of(source, chain)
    with pipeline:
        wait(offered.reached)
        capture = next(t for t in enumerate_threads() if t.name == "fer-video capture")
        offered.open()
        capture.join()
        gate.open()
        seen = [recognized.frame.index for recognized in pipeline]
    assert seen[0] == 0
    assert seen[-1] == 19
    assert seen == sorted(seen)
    assert pipeline.dropped == 20 - len(seen)
    assert pipeline.dropped >= 16


def test_caller_is_called_while_there_is_no_frame() -> None:
    """Some 20 times a second, as a window needs it that no frame comes to."""
    gate, called, start = Gate(1), list[float](), monotonic()

    def idle() -> None:
        called.append(monotonic())
        if len(called) == 5:
            gate.open()

    with pipeline_of(GeneratedSource(3, before=gate)) as pipeline:
        pipeline.idle = idle
        assert [recognized.frame.index for recognized in pipeline] == [0, 1, 2]
    assert 0.15 < called[4] - start < 5


def test_live_source_has_at_most_two_frames_in_flight() -> None:
    assert most_in_flight(GeneratedSource(60, live=True), 8) <= 2


def test_observer_is_told_of_every_stage_of_every_frame() -> None:
    runs: list[tuple[str, int]] = []

    def observe(stage: str, frame: Frame, start: float, end: float) -> None:
        assert end >= start
        runs.append((stage, frame.index))

    indices(pipeline_of(GeneratedSource(4), FakeStages(), observe))
    stages = ("capture", *FakeStages.STEPS, "output")
    assert sorted(runs) == sorted((stage, index) for stage in stages for index in range(4))


def test_stages_in_a_wrong_order_do_not_type_check() -> None:
    """mypy reads this file: where it found no error, it would complain of the unused comments."""
    detect: Stage[Frame, DetectedFrame] = Stage("detect", lambda frame: DetectedFrame(frame, ()))
    read: Stage[DetectedFrame, RecognizedFrame] = Stage(
        "read", lambda detected: RecognizedFrame(detected.frame, ())
    )
    right = Chain(detect).then(read)
    wrong = Chain(read).then(detect)  # type: ignore[arg-type]
    Lane(GeneratedSource(1), right)
    Lane(GeneratedSource(1), wrong)  # type: ignore[arg-type]
    assert [stage.name for stage in right.stages] == ["detect", "read"]


def test_chain_takes_a_frame_through_its_stages_in_one_call() -> None:
    (frame,) = GeneratedSource(1).frames()
    seen: list[str] = []
    chain = FakeStages(lambda stage, _index: seen.append(stage)).chain()
    assert chain(frame).frame is frame
    assert tuple(seen) == FakeStages.STEPS
