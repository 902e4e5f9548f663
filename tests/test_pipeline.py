"""Pipeline: every way to its end, and nothing left running after any of them."""

import signal
from collections.abc import Iterator
from threading import Event, Lock, Thread, current_thread
from threading import enumerate as enumerate_threads

import pytest
from fakes import Chain, Gate, GeneratedSource, fail_in, wait

from fer_video.engine.errors import FerError, ModelError, SourceError
from fer_video.engine.pipeline import Pipeline, unobserved

EVERY_STAGE = Chain.NAMES
threaded = pytest.mark.parametrize("together", [False, True], ids=["threads", "one thread"])


def indices(pipeline: Pipeline) -> list[int]:
    with pipeline:
        return [recognized.frame.index for recognized in pipeline]


@threaded
def test_every_frame_of_a_file_comes_in_order(together: bool) -> None:
    source = GeneratedSource(100)
    pipeline = Pipeline(source, Chain().stages(), in_flight=3, together=together)
    assert indices(pipeline) == list(range(100))
    assert source.closed


def test_empty_source_ends_at_once() -> None:
    assert indices(Pipeline(GeneratedSource(0), Chain().stages())) == []


def test_max_frames_stops_early() -> None:
    pipeline = Pipeline(GeneratedSource(50), Chain().stages(), max_frames=7)
    assert pipeline.frames_expected == 7
    assert indices(pipeline) == list(range(7))


def test_file_loses_no_frame_to_a_slow_consumer() -> None:
    pipeline = Pipeline(GeneratedSource(30), Chain().stages(), in_flight=1)
    with pipeline:
        seen = [recognized.frame.index for recognized in pipeline]
    assert seen == list(range(30))
    assert pipeline.dropped == 0


@threaded
@pytest.mark.parametrize("in_flight", [1, 2, 5])
def test_frames_in_flight_are_bounded_by_the_number(in_flight: int, together: bool) -> None:
    inside, most, lock = 0, 0, Lock()

    def enter(stage: str, _index: int) -> None:
        nonlocal inside, most
        if stage == "detect":
            with lock:
                inside += 1
                most = max(most, inside)

    source, stages = GeneratedSource(60), Chain(enter).stages()
    pipeline = Pipeline(source, stages, in_flight=in_flight, together=together)
    with pipeline:
        for _ in pipeline:
            with lock:
                inside -= 1
    # the consumer gives a place back after its loop body: one more may have been counted in
    assert most <= in_flight


@threaded
@pytest.mark.parametrize("stage", EVERY_STAGE)
def test_error_in_a_stage_is_raised_behind_the_frames_ahead_of_it(
    stage: str, together: bool
) -> None:
    error = ModelError("the network broke")
    stages = Chain(fail_in(stage, 20, error)).stages()
    pipeline = Pipeline(GeneratedSource(50), stages, together=together)
    seen: list[int] = []
    with pytest.raises(ModelError, match="the network broke") as caught, pipeline:
        seen.extend(recognized.frame.index for recognized in pipeline)
    assert caught.value is error
    assert error.__notes__ == [f"in stage {stage}"]
    assert seen == list(range(20))


@pytest.mark.parametrize("stage", EVERY_STAGE)
def test_error_in_the_first_frame_of_a_stage_does_not_hang(stage: str) -> None:
    pipeline = Pipeline(GeneratedSource(50), Chain(fail_in(stage, 0, ValueError("0"))).stages())
    with pytest.raises(ValueError, match="0"):
        indices(pipeline)


@threaded
def test_error_of_the_source_comes_after_its_last_frame(together: bool) -> None:
    error = SourceError("clip.mp4: was cut off")
    source = GeneratedSource(12, error=error)
    pipeline = Pipeline(source, Chain().stages(), in_flight=2, together=together)
    seen: list[int] = []
    with pytest.raises(SourceError, match="cut off") as caught, pipeline:
        seen.extend(recognized.frame.index for recognized in pipeline)
    assert seen == list(range(12))
    assert caught.value.__notes__ == ["in stage capture"]


def test_first_error_wins() -> None:
    first, second = ModelError("first"), SourceError("second")
    failing: list[Thread] = []
    failed = Event()

    def hook(stage: str, index: int) -> None:
        if (stage, index) == ("infer", 2):
            failing.append(current_thread())
            failed.set()
            raise first
        if (stage, index) == ("preprocess", 3):
            wait(failed)
            failing[0].join()
            raise second

    with pytest.raises(FerError) as caught:
        indices(Pipeline(GeneratedSource(6), Chain(hook).stages()))
    assert caught.value is first


@threaded
@pytest.mark.parametrize("leave_at", [0, 1, 9])
def test_consumer_may_leave_early(leave_at: int, together: bool) -> None:
    source = GeneratedSource(1000)
    with Pipeline(source, Chain().stages(), in_flight=4, together=together) as pipeline:
        for recognized in pipeline:
            if recognized.frame.index == leave_at:
                break
    assert source.closed


def test_consumer_may_leave_without_taking_a_frame() -> None:
    source = GeneratedSource(1000)
    with Pipeline(source, Chain().stages()):
        pass
    assert source.closed


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError("disk full")])
def test_error_in_the_consumer_stops_everything(error: BaseException) -> None:
    source = GeneratedSource(1000)

    def consume() -> None:
        with Pipeline(source, Chain().stages()) as pipeline:
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
@pytest.mark.parametrize("microseconds", range(500, 2500, 10))
def test_interrupt_at_any_moment_stops_everything(microseconds: int) -> None:
    pipeline = Pipeline(GeneratedSource(10**6), Chain().stages())

    def run() -> None:
        with pipeline:
            signal.setitimer(signal.ITIMER_REAL, microseconds / 1e6)
            for _ in pipeline:
                pass

    with pytest.raises(KeyboardInterrupt):
        run()
    assert "fer-video" not in "".join(thread.name for thread in enumerate_threads())


def test_iterating_outside_with_is_an_error_not_a_hang() -> None:
    pipeline = Pipeline(GeneratedSource(10), Chain().stages())
    with pytest.raises(RuntimeError, match="inside `with`"):
        next(iter(pipeline))


def test_closing_twice_is_safe() -> None:
    with Pipeline(GeneratedSource(10), Chain().stages()) as pipeline:
        pass
    pipeline.close()


def test_live_source_drops_oldest_not_newest() -> None:
    """One frame is held in a stage while the source offers the rest."""
    gate, offered = Gate(0), Gate(19)
    chain = Chain(lambda stage, index: gate(index) if stage == "infer" else None)

    def before(index: int) -> None:
        if index == 1:  # without this, the door may replace frame 0 itself
            wait(gate.reached)
        offered(index)

    source = GeneratedSource(20, live=True, before=before)
    pipeline = Pipeline(source, chain.stages())
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


@threaded
def test_live_source_has_at_most_two_frames_in_flight(together: bool) -> None:
    inside, most, lock = 0, 0, Lock()

    def enter(stage: str, _index: int) -> None:
        nonlocal inside, most
        if stage == "detect":
            with lock:
                inside += 1
                most = max(most, inside)

    source, stages = GeneratedSource(60, live=True), Chain(enter).stages()
    with Pipeline(source, stages, in_flight=8, together=together) as pipeline:
        for _ in pipeline:
            with lock:
                inside -= 1
    assert most <= 2


def test_observer_is_told_of_every_stage_of_every_frame() -> None:
    runs: list[tuple[str, int]] = []

    def observe(stage: str, index: int, start: float, end: float) -> None:
        assert end >= start
        runs.append((stage, index))

    indices(Pipeline(GeneratedSource(4), Chain().stages(), observe=observe))
    stages = ("capture", *EVERY_STAGE, "output")
    assert sorted(runs) == sorted((stage, index) for stage in stages for index in range(4))


def test_error_of_the_observer_is_not_swallowed() -> None:
    def observe(stage: str, index: int, start: float, end: float) -> None:
        unobserved(stage, index, start, end)
        if (stage, index) == ("detect", 3):
            raise RuntimeError("the recorder is full")

    with pytest.raises(RuntimeError, match="recorder is full"):
        indices(Pipeline(GeneratedSource(10), Chain().stages(), observe=observe))
