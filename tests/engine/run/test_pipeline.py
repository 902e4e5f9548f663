"""Pipeline: every way to its end, and nothing left running after any of them."""

import os
import signal
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from threading import Barrier, Event, Lock, Thread, current_thread
from threading import enumerate as enumerate_threads
from time import monotonic

import pytest

from fer_video.engine.errors import FerError, ModelError, SourceError
from fer_video.engine.frames import DetectedFrame, Frame, RecognizedFrame
from fer_video.engine.run.counters import Counters
from fer_video.engine.run.lane import Lane, Observe
from fer_video.engine.run.pipeline import Pipeline, unobserved
from fer_video.engine.stage import Chain, Stage
from tests.fakes import FakeStages, Gate, GeneratedSource, fail_in, lane_of, wait, wait_until

EVERY_STEP = FakeStages.STEPS
FILE = Path(__file__)
threaded = pytest.mark.parametrize("files", [(), (FILE,)], ids=["read by a thread", "at hand"])


def pipeline_of(
    source: GeneratedSource, chain: FakeStages, observe: Observe = unobserved
) -> Pipeline:
    return Pipeline([lane_of(source, chain.chain())], observe=observe)


def indices(pipeline: Pipeline) -> list[int]:
    with pipeline:
        return [recognized.frame.index for recognized in pipeline]


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


@threaded
@pytest.mark.parametrize("in_flight", [1, 2, 5])
def test_frames_in_flight_are_bounded_by_the_number(
    in_flight: int, files: tuple[Path, ...]
) -> None:
    inside, most, lock = 0, 0, Lock()

    def enter(stage: str, _index: int) -> None:
        nonlocal inside, most
        if stage == "detect":
            with lock:
                inside += 1
                most = max(most, inside)

    source, stages = GeneratedSource(60, files=files), FakeStages(enter).chain()
    with Pipeline([lane_of(source, stages, in_flight=in_flight)]) as pipeline:
        for _ in pipeline:
            with lock:
                inside -= 1
    # the consumer gives a place back after its loop body: one more may have been counted in
    assert most <= in_flight


@threaded
@pytest.mark.parametrize("step", EVERY_STEP)
def test_error_in_a_stage_is_raised_behind_the_frames_ahead_of_it(
    step: str, files: tuple[Path, ...]
) -> None:
    error = ModelError("the network broke")
    pipeline = pipeline_of(GeneratedSource(50, files=files), FakeStages(fail_in(step, 20, error)))
    seen: list[int] = []
    with pytest.raises(ModelError, match="the network broke") as caught, pipeline:
        seen.extend(recognized.frame.index for recognized in pipeline)
    assert caught.value is error
    assert error.__notes__ == [f"in stage {step}"]
    assert seen == list(range(20))


@pytest.mark.parametrize("step", EVERY_STEP)
def test_error_in_the_first_frame_of_a_stage_does_not_hang(step: str) -> None:
    pipeline = pipeline_of(GeneratedSource(50), FakeStages(fail_in(step, 0, ValueError("0"))))
    with pytest.raises(ValueError, match="0"):
        indices(pipeline)


@threaded
def test_error_of_the_source_comes_after_its_last_frame(files: tuple[Path, ...]) -> None:
    error = SourceError("clip.mp4: was cut off")
    source = GeneratedSource(12, error=error, files=files)
    pipeline = Pipeline([lane_of(source, FakeStages().chain(), in_flight=2)])
    seen: list[int] = []
    with pytest.raises(SourceError, match="cut off") as caught, pipeline:
        seen.extend(recognized.frame.index for recognized in pipeline)
    assert seen == list(range(12))
    assert caught.value.__notes__ == ["in stage capture"]


def test_the_error_of_the_earliest_frame_wins_whichever_came_first() -> None:
    late, early, failed = ModelError("frame 3"), ModelError("frame 2"), Event()

    def hook(stage: str, index: int) -> None:
        if (stage, index) == ("infer", 3):
            failed.set()
            raise late
        if (stage, index) == ("infer", 2):
            wait(failed)
            raise early

    seen: list[int] = []
    pipeline = pipeline_of(GeneratedSource(6), FakeStages(hook))
    with pytest.raises(FerError) as caught, pipeline:
        seen.extend(recognized.frame.index for recognized in pipeline)
    assert caught.value is early
    assert seen == [0, 1]


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
    hands = 2 if live else max(2, os.cpu_count() or 1)
    together = Barrier(hands)

    def hook(stage: str, index: int) -> None:
        by.add(current_thread())
        if stage == "infer" and index < hands and not live:
            together.wait(20)  # none is left out

    indices(pipeline_of(GeneratedSource(64, live=live, files=(FILE,)), FakeStages(hook)))
    assert (current_thread() in by) is not live


@threaded
@pytest.mark.parametrize("leave_at", [0, 1, 9])
def test_consumer_may_leave_early(leave_at: int, files: tuple[Path, ...]) -> None:
    source = GeneratedSource(1000, files=files)
    with Pipeline([lane_of(source, FakeStages().chain(), in_flight=4)]) as pipeline:
        for recognized in pipeline:
            if recognized.frame.index == leave_at:
                break
    assert source.closed


def test_consumer_may_leave_without_taking_a_frame() -> None:
    source = GeneratedSource(1000)
    with pipeline_of(source, FakeStages()):
        pass
    assert source.closed


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError("disk full")])
def test_error_in_the_consumer_stops_everything(error: BaseException) -> None:
    source = GeneratedSource(1000)

    def consume() -> None:
        with pipeline_of(source, FakeStages()) as pipeline:
            for recognized in pipeline:
                if recognized.frame.index == 5:
                    raise error

    with pytest.raises(type(error)):
        consume()
    assert source.closed


@pytest.fixture
def _alarm() -> Iterator[None]:
    """Ctrl-C by a clock: `signal.setitimer` raises where the main thread happens to be."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="POSIX only")
@pytest.mark.usefixtures("_alarm")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # see below
@threaded
def test_interrupt_at_any_moment_stops_everything(files: tuple[Path, ...]) -> None:
    """Two hundred moments, from before the threads run until frames come and go."""
    for microseconds in range(500, 2500, 10):
        source = GeneratedSource(10**6, files=files)
        with pytest.raises(KeyboardInterrupt):
            run_until_interrupted(pipeline_of(source, FakeStages()), microseconds / 1e6)
        left = [thread.name for thread in enumerate_threads() if "fer-video" in thread.name]
        assert not left, f"after {microseconds} microseconds"
        assert source.closed, f"after {microseconds} microseconds"


def run_until_interrupted(pipeline: Pipeline, seconds: float) -> None:
    with pipeline:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        end = monotonic() + 1
        for _ in pipeline:
            if monotonic() > end:  # Python loses one that comes in a weak reference's callback
                raise KeyboardInterrupt


def test_iterating_outside_with_is_an_error_not_a_hang() -> None:
    pipeline = pipeline_of(GeneratedSource(10), FakeStages())
    with pytest.raises(RuntimeError, match="inside `with`"):
        next(iter(pipeline))


def test_closing_twice_is_safe() -> None:
    with pipeline_of(GeneratedSource(10), FakeStages()) as pipeline:
        pass
    pipeline.close()


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


def test_live_source_has_at_most_two_frames_in_flight() -> None:
    inside, most, lock = 0, 0, Lock()

    def enter(stage: str, _index: int) -> None:
        nonlocal inside, most
        if stage == "detect":
            with lock:
                inside += 1
                most = max(most, inside)

    source, stages = GeneratedSource(60, live=True), FakeStages(enter).chain()
    with Pipeline([lane_of(source, stages, in_flight=8)]) as pipeline:
        for _ in pipeline:
            with lock:
                inside -= 1
    assert most <= 2


def test_observer_is_told_of_every_stage_of_every_frame() -> None:
    runs: list[tuple[str, int]] = []

    def observe(stage: str, frame: Frame, start: float, end: float) -> None:
        assert end >= start
        runs.append((stage, frame.index))

    indices(pipeline_of(GeneratedSource(4), FakeStages(), observe))
    stages = ("capture", *FakeStages.STEPS, "output")
    assert sorted(runs) == sorted((stage, index) for stage in stages for index in range(4))


def test_error_of_the_observer_is_not_swallowed() -> None:
    def observe(stage: str, frame: Frame, start: float, end: float) -> None:
        unobserved(stage, frame, start, end)
        if (stage, frame.index) == ("detect", 3):
            raise RuntimeError("the recorder is full")

    with pytest.raises(RuntimeError, match="recorder is full"):
        indices(pipeline_of(GeneratedSource(10), FakeStages(), observe))


@pytest.mark.parametrize("source", [GeneratedSource(40, files=(FILE,)), GeneratedSource(40)])
def test_loop_may_be_left_and_taken_up_again_as_often_as_one_likes(source: GeneratedSource) -> None:
    with Pipeline([lane_of(source, FakeStages().chain(), in_flight=2)]) as pipeline:
        ones = [next(iter(pipeline)).frame.index for _ in range(10)]
        some = [recognized.frame.index for recognized in islice(pipeline, 10)]
        rest = [recognized.frame.index for recognized in pipeline]
    assert [*ones, *some, *rest] == list(range(40))


def test_live_loop_may_be_left_and_taken_up_again() -> None:
    with pipeline_of(GeneratedSource(10**6, live=True), FakeStages()) as pipeline:
        seen = [next(iter(pipeline)).frame.index for _ in range(20)]
    assert seen == sorted(set(seen))


def test_error_of_a_loop_that_was_left_is_raised_in_the_next() -> None:
    source = GeneratedSource(3, error=SourceError("cut off"))
    with pipeline_of(source, FakeStages()) as pipeline:
        assert [next(iter(pipeline)).frame.index for _ in range(3)] == [0, 1, 2]
        with pytest.raises(SourceError, match="cut off"):
            next(iter(pipeline))
        assert list(pipeline) == []


def test_counters_add_up_while_it_runs_and_at_the_end() -> None:
    gate, options = Gate(3), {"in_flight": 4}
    chain = FakeStages(lambda stage, index: gate(index) if stage == "smooth" else None).chain()
    with Pipeline([lane_of(GeneratedSource(20, files=(FILE,)), chain, **options)]) as pipeline:
        assert pipeline.counters().processed <= 3
        first = next(pipeline)
        second = [next(pipeline), next(pipeline)][-1]
        wait(gate.reached)
        stuck = pipeline.counters("generated")
        gate.open()
        rest = list(pipeline)
        end = pipeline.counters()
    assert (first.frame.index, second.frame.index, len(rest)) == (0, 2, 17)
    assert (stuck.processed, stuck.dropped) == (3, {})
    assert stuck.in_flight == stuck.offered - 2  # the caller still has the third
    assert stuck.waiting <= stuck.offered - 4  # the fourth stands in its stage
    assert end == Counters(offered=20, processed=20)
    with pytest.raises(KeyError):
        pipeline.counters("nobody")


def test_counters_of_a_live_source_tell_why_frames_are_missing() -> None:
    with pipeline_of(GeneratedSource(500, live=True), FakeStages()) as pipeline:
        frames = list(pipeline)
        end = pipeline.counters()
    assert end.offered == 500
    assert end.processed == len(frames)
    assert sum(end.dropped.values()) == 500 - len(frames) == pipeline.dropped
    assert set(end.dropped) <= {"late"}
    assert (end.waiting, end.in_flight) == (0, 0)


def test_frames_behind_an_error_are_let_go() -> None:
    chain = FakeStages(fail_in("infer", 5, ModelError("broke"))).chain()
    pipeline = Pipeline([lane_of(GeneratedSource(40, files=(FILE,)), chain, in_flight=8)])
    with pipeline:
        with pytest.raises(ModelError):
            list(pipeline)
        wait_until(lambda: pipeline.counters().in_flight == 0)
    assert pipeline.counters().waiting == 0


def test_thread_that_cannot_start_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    started, start = list[str](), Thread.start

    def refuse(thread: Thread) -> None:
        started.append(thread.name)
        if thread.name.endswith("worker"):
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(Thread, "start", refuse)
    source = GeneratedSource(10)
    with pytest.raises(FerError, match=r"thread could be started .*ulimit"):
        pipeline_of(source, FakeStages()).__enter__()
    assert started == ["fer-video capture", "fer-video worker"]
    assert source.closed
    assert "fer-video" not in "".join(thread.name for thread in enumerate_threads())


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
