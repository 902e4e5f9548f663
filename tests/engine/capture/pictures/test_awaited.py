"""Async iterables of pictures: awaited where they belong, closed however they are left."""

import asyncio
import logging
from collections.abc import AsyncIterator
from threading import Event, get_ident
from threading import enumerate as enumerate_threads

import numpy as np
import pytest

from fer_video.engine.capture.live.realtime import Realtime
from fer_video.engine.capture.open import open_source
from fer_video.engine.capture.pictures.arrays import Arrays
from fer_video.engine.capture.pictures.given import Picture, TimedPicture
from fer_video.engine.errors import FerError, SourceError
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.options.live import LiveOptions
from fer_video.engine.run.pipeline import Pipeline
from tests.fakes import FakeStages, lane_of, wait, wait_until
from tests.leaving import WAYS, Leave, by_break, run_until
from tests.media import moving

PICTURES = [rgb[..., ::-1] for rgb in moving(64, 48, 6)]
_LIMIT = 20.0


class Robot:
    """An async generator that remembers where it ran and how it ended."""

    def __init__(self, count: int | None = None, error: BaseException | None = None) -> None:
        """Give so many pictures, for ever if None; then raise the error."""
        self._count, self._error = count, error
        self.given = 0
        self.waiting, self.closed = Event(), Event()
        self.threads: set[int] = set()
        self.loops: set[asyncio.AbstractEventLoop] = set()
        self.tasks: set[asyncio.Task[object] | None] = set()

    async def pictures(self) -> AsyncIterator[TimedPicture]:
        try:
            while self._count is None or self.given < self._count:
                self.threads.add(get_ident())
                self.loops.add(asyncio.get_running_loop())
                self.tasks.add(asyncio.current_task())
                await asyncio.sleep(0)
                self.given += 1
                yield PICTURES[self.given % len(PICTURES)], self.given / 10
            if self._error is not None:
                raise self._error
        finally:
            self.tasks.add(asyncio.current_task())
            await asyncio.sleep(0)  # a connection takes a moment to say good-bye
            self.closed.set()

    async def silent(self) -> AsyncIterator[Picture]:
        """One picture, then nothing more."""
        try:
            yield PICTURES[0]
            self.waiting.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            self.closed.set()


def pipeline_of(pictures: AsyncIterator[TimedPicture] | AsyncIterator[Picture]) -> Pipeline:
    return Pipeline([lane_of(Arrays(pictures), FakeStages().chain())])


def assert_nothing_left(robot: Robot) -> None:
    wait(robot.closed)
    wait_until(lambda: not [t for t in enumerate_threads() if t.name.startswith("fer-video")])


def test_pictures_and_times_are_those_of_a_plain_iterable() -> None:
    async def timed() -> AsyncIterator[TimedPicture]:
        for number, picture in enumerate(PICTURES):
            yield picture if number < 3 else (picture, float(number))

    plain = Arrays([p if i < 3 else (p, float(i)) for i, p in enumerate(PICTURES)])
    source = open_source(timed())
    frames = list(source.frames())
    source.close()
    for frame, expected in zip(frames, plain.frames(), strict=True):
        assert (frame.index, frame.pts, frame.time) == (expected.index, expected.pts, expected.time)
        np.testing.assert_array_equal(frame.to_bgr(), expected.to_bgr())


def test_awaited_on_the_loop_that_runs_in_one_task() -> None:
    robot = Robot(20)

    async def read() -> list[int]:
        async with pipeline_of(robot.pictures()) as pipeline:
            indexes = [result.frame.index async for result in pipeline]
        assert robot.loops == {asyncio.get_running_loop()}
        return indexes

    assert asyncio.run(read()) == list(range(20))
    assert robot.threads == {get_ident()}
    assert len(robot.tasks) == 1  # what it opened is closed by the task that opened it
    assert_nothing_left(robot)


def test_awaited_on_a_loop_of_its_own_where_there_is_none() -> None:
    robot = Robot(20)
    with pipeline_of(robot.pictures()) as pipeline:
        assert [result.frame.index for result in pipeline] == list(range(20))
    assert get_ident() not in robot.threads
    assert len(robot.threads) == len(robot.tasks) == 1
    assert_nothing_left(robot)


def test_pictures_are_taken_no_faster_than_they_are_used() -> None:
    robot = Robot()
    lane = lane_of(Arrays(robot.pictures()), FakeStages().chain(), in_flight=3)
    with Pipeline([lane]) as pipeline:
        for _ in range(20):
            next(pipeline)
    assert robot.given <= 20 + 3 + 3  # in flight, in the slot, in the reader's hand, and asked for
    assert_nothing_left(robot)


def test_array_may_be_changed_once_the_next_is_asked_for() -> None:
    canvas = np.zeros((8, 8), np.uint8)

    async def painted() -> AsyncIterator[Picture]:
        for level in (40, 120, 200):
            canvas[:] = level
            yield canvas

    levels = [frame.luma.mean() for frame in Arrays(painted()).frames()]
    assert np.diff(levels).min() > 50


@pytest.mark.parametrize("error", [OSError("no signal"), SourceError("cut off")])
def test_error_of_the_generator_is_raised_as_its_own_type(error: Exception) -> None:
    def read_plainly(robot: Robot) -> list[RecognizedFrame]:
        with pipeline_of(robot.pictures()) as pipeline:
            return list(pipeline)

    async def read(robot: Robot) -> list[RecognizedFrame]:
        async with pipeline_of(robot.pictures()) as pipeline:
            return [result async for result in pipeline]

    for run in (read_plainly, lambda robot: asyncio.run(read(robot))):
        robot = Robot(3, error)
        with pytest.raises(type(error), match=str(error)) as raised:
            run(robot)
        assert "in stage capture" in raised.value.__notes__
        assert_nothing_left(robot)


def test_what_is_no_picture_is_refused_and_the_generator_closed() -> None:
    closed = Event()

    async def wrong() -> AsyncIterator[Picture]:
        try:
            yield PICTURES[0]
            yield PICTURES[0].astype(np.float32)
            yield PICTURES[0]
        finally:
            closed.set()

    async def read() -> None:
        async with pipeline_of(wrong()) as pipeline:
            async for _ in pipeline:
                pass

    with pytest.raises(SourceError, match="frames: frame 1: is float32"):
        asyncio.run(read())
    assert closed.is_set()


@pytest.mark.parametrize(("leave", "error"), WAYS)
@pytest.mark.parametrize("opened_in_the_loop", [True, False])
def test_leaving_closes_the_generator(
    leave: Leave, error: type[BaseException] | None, opened_in_the_loop: bool
) -> None:
    robot = Robot()
    early = None if opened_in_the_loop else pipeline_of(robot.pictures())

    async def run() -> None:
        async with early or pipeline_of(robot.pictures()) as pipeline:
            await leave(pipeline)
        assert robot.closed.is_set()

    run_until(error, run())
    assert_nothing_left(robot)


def test_leaving_does_not_wait_for_a_picture_that_never_comes() -> None:
    robot, plain = Robot(), Robot()

    async def run() -> None:
        async with pipeline_of(robot.silent()) as pipeline:
            await anext(pipeline)
            await asyncio.to_thread(wait, robot.waiting)
        assert robot.closed.is_set()

    asyncio.run(run())
    with pipeline_of(plain.silent()) as pipeline:
        next(pipeline)
        wait(plain.waiting)
    for one in (robot, plain):
        assert_nothing_left(one)


@pytest.mark.parametrize("inside", [True, False])
def test_leaving_lets_a_generator_say_good_bye_in_peace(inside: bool) -> None:
    said = Event()

    async def camera() -> AsyncIterator[Picture]:
        try:
            while True:
                yield PICTURES[0]
        finally:
            await asyncio.sleep(0.1)
            said.set()

    async def run() -> None:
        async with pipeline_of(camera()) as pipeline:
            await anext(pipeline)

    if inside:
        asyncio.run(run())
    else:
        with pipeline_of(camera()) as pipeline:
            next(pipeline)
    assert said.is_set()


def test_plain_loop_in_the_coroutine_that_it_would_wait_for_is_refused() -> None:
    robot = Robot(5)

    async def run(paced: bool) -> None:
        source = Arrays(robot.pictures())
        lane = lane_of(Realtime(source, LiveOptions()) if paced else source, FakeStages().chain())
        with Pipeline([lane]) as pipeline, pytest.raises(RuntimeError, match="async with"):
            next(pipeline)

    for paced in (False, True):
        asyncio.run(run(paced))


def test_plain_loop_in_another_thread_is_not() -> None:
    robot = Robot(5)

    async def run() -> int:
        with pipeline_of(robot.pictures()) as pipeline:
            return len(await asyncio.to_thread(list, pipeline))

    assert asyncio.run(run()) == 5
    assert_nothing_left(robot)


def test_end_of_the_loop_before_that_of_the_pictures_is_told() -> None:
    robot = Robot()

    async def start() -> Pipeline:
        pipeline = pipeline_of(robot.silent()).__enter__()
        await asyncio.to_thread(next, pipeline)
        return pipeline

    pipeline = asyncio.run(start())
    with pytest.raises(FerError, match="was cancelled before its end"):
        next(pipeline)
    pipeline.close()
    assert_nothing_left(robot)


def test_loop_that_is_over_is_told_when_reading_begins() -> None:
    async def opened() -> Arrays:
        return Arrays(Robot(3).pictures())

    source = asyncio.run(opened())
    with pytest.raises(SourceError, match="frames: was cancelled before its end"):
        next(source.frames())
    source.close()


def test_error_while_closing_is_logged_and_hides_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def rude() -> AsyncIterator[Picture]:
        try:
            while True:
                yield PICTURES[0]
        finally:
            raise OSError("no good-bye")

    with caplog.at_level(logging.WARNING), pipeline_of(rude()) as pipeline:
        next(pipeline)
    assert "frames: failed when it was closed: OSError('no good-bye')" in caplog.text


def test_generator_that_makes_light_of_being_cancelled_ends_at_its_next_picture() -> None:
    closed = Event()

    async def stubborn() -> AsyncIterator[Picture]:
        try:
            while True:
                try:
                    await asyncio.sleep(0.01)
                except asyncio.CancelledError:
                    continue
                yield PICTURES[0]
        finally:
            closed.set()

    async def run() -> None:
        async with pipeline_of(stubborn()) as pipeline:
            await by_break(pipeline)

    asyncio.run(asyncio.wait_for(run(), _LIMIT))
    assert closed.is_set()


def test_async_iterable_that_is_no_generator_is_taken() -> None:
    class Countdown:
        def __init__(self) -> None:
            self.left = 4

        def __aiter__(self) -> "Countdown":
            return self

        async def __anext__(self) -> Picture:
            if not self.left:
                raise StopAsyncIteration
            self.left -= 1
            return PICTURES[self.left]

    assert len(list(Arrays(Countdown()).frames())) == 4


def test_pipeline_that_is_never_entered_leaves_nothing() -> None:
    async def run() -> None:
        pipeline_of(Robot(3).pictures()).close()

    asyncio.run(run())
    pipeline_of(Robot(3).pictures()).close()
