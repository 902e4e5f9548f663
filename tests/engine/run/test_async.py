"""The pipeline in a coroutine: the event loop goes on, and nothing is left however it ends."""

import asyncio
from contextlib import suppress
from threading import enumerate as enumerate_threads

import numpy as np
import pytest

from fer_video.engine.capture.live.feed import Feed
from fer_video.engine.contracts.delivery import Delivery
from fer_video.engine.errors import SourceError
from fer_video.engine.machine import cores
from fer_video.engine.run.pipeline import Pipeline
from tests.engine.run.running import SlowFile, slow_pipeline
from tests.fakes import FakeStages, Gate, GeneratedSource, lane_of, wait
from tests.leaving import WAYS, Leave, run_until, to_the_end


def pipeline_of(source: GeneratedSource) -> Pipeline:
    return Pipeline([lane_of(source, FakeStages().chain())])


def is_clean(source: GeneratedSource) -> bool:
    names = [thread.name for thread in enumerate_threads()]
    return bool(source.closed) and not any(name.startswith("fer-video") for name in names)


def test_frames_come_in_order() -> None:
    source = GeneratedSource(30)

    async def read() -> list[int]:
        async with pipeline_of(source) as pipeline:
            return [result.frame.index async for result in pipeline]

    assert asyncio.run(read()) == list(range(30))
    assert is_clean(source)


def test_event_loop_goes_on_while_no_frame_comes() -> None:
    gate = Gate(2)

    async def read() -> int:
        turns = 0

        async def turn() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += gate.reached.is_set()
                if turns > 100:
                    gate.open()

        other = asyncio.create_task(turn())
        async with pipeline_of(GeneratedSource(4, before=gate)) as pipeline:
            assert len([result async for result in pipeline]) == 4
        other.cancel()
        return turns

    assert asyncio.run(read()) > 100


@pytest.mark.parametrize(("leave", "error"), WAYS)
def test_leaving_frees_everything(leave: Leave, error: type[BaseException] | None) -> None:
    source = GeneratedSource(10**6)

    async def run() -> None:
        async with pipeline_of(source) as pipeline:
            await leave(pipeline)

    run_until(error, run())
    assert is_clean(source)


def test_cancelled_while_the_source_gives_nothing() -> None:
    gate = Gate(0)
    source = GeneratedSource(3, before=gate)

    async def run() -> None:
        async with pipeline_of(source) as pipeline:
            task = asyncio.create_task(anext(pipeline))
            await asyncio.to_thread(wait, gate.reached)
            task.cancel()
            gate.open()
            await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())
    assert is_clean(source)


def test_frame_that_is_waited_for_too_short_a_time_is_not_lost() -> None:
    gate = Gate(1)

    async def read() -> list[int]:
        async with pipeline_of(GeneratedSource(4, before=gate)) as pipeline:
            seen = [(await anext(pipeline)).frame.index]
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await anext(pipeline)
            gate.open()
            return seen + [result.frame.index async for result in pipeline]

    assert asyncio.run(read()) == [0, 1, 2, 3]


def test_error_of_the_source_is_raised_as_its_own_type() -> None:
    source = GeneratedSource(3, error=SourceError("cut off"))

    async def read() -> None:
        async with pipeline_of(source) as pipeline:
            async for _ in pipeline:
                pass

    with pytest.raises(SourceError, match="cut off"):
        asyncio.run(read())
    assert is_clean(source)


def test_two_pipelines_run_side_by_side_in_one_loop() -> None:
    async def count(source: GeneratedSource) -> int:
        async with pipeline_of(source) as pipeline:
            return len([result async for result in pipeline])

    async def both() -> list[int]:
        return list(await asyncio.gather(*map(count, (GeneratedSource(20), GeneratedSource(30)))))

    assert asyncio.run(both()) == [20, 30]


def test_file_is_not_closed_while_a_frame_that_nobody_awaits_any_more_is_read() -> None:
    sources = [SlowFile() for _ in range(50)]

    async def leave_in_time(source: SlowFile, seconds: float) -> None:
        async with slow_pipeline(source) as pipeline:
            await asyncio.wait_for(to_the_end(pipeline), seconds)

    for number, source in enumerate(sources):
        with pytest.raises(TimeoutError):
            asyncio.run(leave_in_time(source, 0.005 + number * 0.0003))
        assert is_clean(source)
    assert not any(source.torn for source in sources)


@pytest.mark.parametrize("error", [SourceError("cut off"), ValueError("a bug")])
def test_error_that_comes_while_nobody_waits_is_raised_in_the_next_call(error: Exception) -> None:
    gate = Gate(1)

    def fail(index: int) -> None:
        gate(index)
        if index == 1:
            raise error

    async def read() -> None:
        async with pipeline_of(GeneratedSource(2, before=fail)) as pipeline:
            await anext(pipeline)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await anext(pipeline)
            gate.open()
            await asyncio.sleep(0.1)
            await anext(pipeline)

    with pytest.raises(type(error)) as caught:
        asyncio.run(read())
    assert caught.value is error


def test_pipelines_that_wait_keep_no_other_from_its_frames_nor_from_its_end() -> None:
    feeds = [Feed() for _ in range(cores() + 8)]

    def chain_of(feed: Feed) -> Pipeline:
        return Pipeline([lane_of(feed, FakeStages().chain())])

    async def first(feed: Feed) -> int:
        async with chain_of(feed) as pipeline:
            return (await anext(pipeline)).frame.index

    async def read() -> int:
        tasks = [asyncio.create_task(first(feed)) for feed in feeds]
        await asyncio.sleep(0.2)
        feeds[-1].put(np.zeros((24, 32, 3), np.uint8))
        async with asyncio.timeout(10):
            index = await tasks[-1]
            for task in tasks[:-1]:
                task.cancel()
            ends = await asyncio.gather(*tasks[:-1], return_exceptions=True)
        assert {type(end) for end in ends} == {asyncio.CancelledError}
        return index

    assert asyncio.run(read()) == 0


def test_second_task_that_asks_for_frames_is_refused_and_the_first_loses_none() -> None:
    gate = Gate(0)

    async def read() -> list[int]:
        async with pipeline_of(GeneratedSource(9, before=gate)) as pipeline:
            one = asyncio.create_task(anext(pipeline))
            await asyncio.to_thread(wait, gate.reached)
            with pytest.raises(RuntimeError, match="another task waits"):
                await anext(pipeline)
            gate.open()
            first = await one
            return [first.frame.index] + [result.frame.index async for result in pipeline]

    assert asyncio.run(read()) == list(range(9))


def test_loop_behind_its_block_is_an_error_not_a_silent_end() -> None:
    async def read() -> None:
        async with pipeline_of(GeneratedSource(3)) as pipeline:
            await anext(pipeline)
        await anext(pipeline)

    with pytest.raises(RuntimeError, match="inside `with`"):
        asyncio.run(read())


def test_run_that_is_cancelled_is_not_complete() -> None:
    async def read() -> Pipeline:
        feed = Feed(delivery=Delivery.WAIT)
        async with Pipeline([lane_of(feed, FakeStages().chain())]) as pipeline:
            with suppress(TimeoutError):
                await asyncio.wait_for(to_the_end(pipeline), 0.05)
        return pipeline

    assert asyncio.run(read()).losses == ["feed: the run ended before it did"]
