"""The pipeline in a coroutine: the event loop goes on, and nothing is left however it ends."""

import asyncio
from threading import enumerate as enumerate_threads

import pytest

from fer_video.engine.errors import SourceError
from fer_video.engine.run.pipeline import Pipeline
from tests.fakes import FakeStages, Gate, GeneratedSource, lane_of, wait
from tests.leaving import WAYS, Leave, run_until


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
