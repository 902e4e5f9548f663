"""Leaving a pipeline early, by an interrupt or to come back: nothing is left running or lost."""

import signal
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from threading import Timer
from time import monotonic

import pytest

from fer_video.engine.errors import SourceError
from fer_video.engine.run import threads
from fer_video.engine.run.pipeline import Pipeline
from tests.engine.run.running import (
    FILE,
    SlowFile,
    Stoppable,
    alive,
    pipeline_of,
    slow_pipeline,
    threaded,
)
from tests.fakes import FakeStages, Gate, GeneratedSource, lane_of, wait, wait_until


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


@pytest.fixture
def _alarm() -> Iterator[None]:
    """Ctrl-C by a clock: `signal.setitimer` raises where the main thread happens to be."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="POSIX only")
@pytest.mark.usefixtures("_alarm")
@threaded
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # see below
def test_interrupt_at_any_moment_stops_everything(files: tuple[Path, ...]) -> None:
    """Two hundred moments, from before the threads run until frames come and go."""
    for microseconds in range(500, 2500, 10):
        source = GeneratedSource(10**6, files=files)
        with pytest.raises(KeyboardInterrupt):
            run_until_interrupted(pipeline_of(source, FakeStages()), microseconds / 1e6)
        assert not alive(), f"after {microseconds} microseconds"
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


def test_pipeline_that_has_run_cannot_run_again() -> None:
    with pipeline_of(GeneratedSource(10)) as pipeline:
        pass
    with pytest.raises(RuntimeError, match="has run"):
        pipeline.__enter__()


class Obliging(GeneratedSource):
    """Waits before its second frame until it is asked to stop."""

    def __init__(self) -> None:
        self._gate = Gate(1)
        super().__init__(10, before=self._gate)

    def stop(self) -> None:
        self._gate.open()


def test_source_that_waits_is_asked_to_stop_before_it_is_closed() -> None:
    source = Obliging()
    with pipeline_of(source) as pipeline:
        next(pipeline)
    assert source.closed


def test_source_that_still_reads_keeps_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver that hangs would write into memory that is gone."""
    monkeypatch.setattr(threads, "_PATIENCE", 0.05)
    gate = Gate(1)
    source = GeneratedSource(10, before=gate)
    with pipeline_of(source) as pipeline:
        next(pipeline)
        wait(gate.reached)
    assert alive() == ["fer-video capture"]
    assert not source.closed
    gate.open()
    wait_until(lambda: not alive())


def test_closing_twice_is_safe() -> None:
    with pipeline_of(GeneratedSource(10), FakeStages()) as pipeline:
        pass
    pipeline.close()


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


def test_loop_behind_its_block_is_an_error_not_a_silent_end() -> None:
    with pipeline_of(GeneratedSource(10)) as pipeline:
        next(pipeline)
    with pytest.raises(RuntimeError, match="inside `with`"):
        next(pipeline)


def test_pipeline_that_was_closed_cannot_run() -> None:
    pipeline = pipeline_of(GeneratedSource(10))
    pipeline.close()
    with pytest.raises(RuntimeError, match="was closed"):
        pipeline.__enter__()
    assert not pipeline.complete


@threaded
def test_loop_whose_pipeline_is_closed_ends_and_is_not_complete(files: tuple[Path, ...]) -> None:
    seen = []
    with pipeline_of(Stoppable(1000, files=files)) as pipeline:
        for recognized in pipeline:
            seen.append(recognized.frame.index)
            if recognized.frame.index == 10:
                pipeline.close()
    assert seen == list(range(11))
    assert pipeline.losses == ["generated: the run ended before it did"]


def test_pipeline_may_be_closed_from_another_thread_while_its_loop_reads() -> None:
    for number in range(30):
        source = SlowFile()
        with slow_pipeline(source) as pipeline:
            closer = Timer(0.02 + number * 0.0003, pipeline.close)
            closer.start()
            list(pipeline)
            closer.join()
        assert source.closed
        assert not source.torn
