"""Errors of stages, sources, observers and callers: raised as they are, behind what was ahead."""

from pathlib import Path
from threading import Event, Thread

import pytest

from fer_video.engine.errors import FerError, ModelError, SourceError
from fer_video.engine.frames.frame import Frame
from fer_video.engine.run.observe import unobserved
from fer_video.engine.run.pipeline import Pipeline
from tests.engine.run.running import FILE, alive, indices, pipeline_of, threaded
from tests.fakes import FakeStages, GeneratedSource, fail_in, lane_of, wait, wait_until

EVERY_STEP = FakeStages.STEPS


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


def test_error_of_the_observer_is_not_swallowed() -> None:
    def observe(stage: str, frame: Frame, start: float, end: float) -> None:
        unobserved(stage, frame, start, end)
        if (stage, frame.index) == ("detect", 3):
            raise RuntimeError("the recorder is full")

    with pytest.raises(RuntimeError, match="recorder is full"):
        indices(pipeline_of(GeneratedSource(10), FakeStages(), observe))


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
    assert not alive()


@pytest.mark.parametrize("error", [StopIteration(), StopAsyncIteration()])
def test_what_a_loop_would_take_for_its_end_is_an_error_like_others(error: Exception) -> None:
    pipeline = pipeline_of(GeneratedSource(9), FakeStages(fail_in("infer", 4, error)))
    with pytest.raises(RuntimeError, match="was raised in stage infer") as caught:
        indices(pipeline)
    assert caught.value.__cause__ is error
    assert pipeline.losses == [type(error).__name__]


def test_end_of_an_iterator_in_the_observer_does_not_end_the_loop() -> None:
    def observe(stage: str, frame: Frame, start: float, end: float) -> None:
        unobserved(stage, frame, start, end)
        if (stage, frame.index) == ("output", 3):
            next(iter(()))

    with pytest.raises(RuntimeError, match="StopIteration"):
        indices(pipeline_of(GeneratedSource(10), FakeStages(), observe))


@pytest.mark.parametrize("error", [AssertionError(), SourceError()])
def test_error_that_says_nothing_is_told_by_its_kind(error: Exception) -> None:
    pipeline = pipeline_of(GeneratedSource(9), FakeStages(fail_in("infer", 4, error)))
    with pytest.raises(type(error)):
        indices(pipeline)
    assert pipeline.losses == [type(error).__name__]


class Unwilling(GeneratedSource):
    """Cannot be stopped, or not be closed."""

    def __init__(self, *, stops: bool) -> None:
        super().__init__(100)
        self._stops = stops

    def stop(self) -> None:
        if not self._stops:
            raise OSError("does not stop")

    def close(self) -> None:
        super().close()
        if self._stops:
            raise OSError("does not close")


@pytest.mark.parametrize("stops", [True, False], ids=["closing", "stopping"])
def test_source_that_fails_when_it_is_left_leaves_no_other_open(stops: bool) -> None:
    sources = GeneratedSource(100), Unwilling(stops=stops), GeneratedSource(100)
    lanes = [lane_of(source, FakeStages().chain()) for source in sources]
    with pytest.raises(OSError, match="does not"), Pipeline(lanes) as pipeline:
        next(pipeline)
    assert [source.closed for source in sources] == [1, 1, 1]
    assert not alive()
