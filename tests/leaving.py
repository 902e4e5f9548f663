"""Ways in which an async loop over a pipeline is left before its end."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

import pytest

from fer_video.engine import Pipeline

Leave = Callable[[Pipeline], Awaitable[None]]


async def by_break(pipeline: Pipeline) -> None:
    async for result in pipeline:
        if result.frame.index == 3:
            break


async def _by_error(pipeline: Pipeline) -> None:
    async for _ in pipeline:
        raise OSError("disk full")


async def to_the_end(pipeline: Pipeline) -> None:
    async for _ in pipeline:
        pass


async def _by_time(pipeline: Pipeline) -> None:
    async with asyncio.timeout(0.05):
        await to_the_end(pipeline)


async def _by_cancellation(pipeline: Pipeline) -> None:
    task = asyncio.create_task(to_the_end(pipeline))
    await asyncio.sleep(0.05)
    task.cancel()
    await task


WAYS: tuple[tuple[Leave, type[BaseException] | None], ...] = (
    (by_break, None),
    (_by_error, OSError),
    (_by_time, TimeoutError),
    (_by_cancellation, asyncio.CancelledError),
)
"""Each with the error that comes of it."""


def run_until(error: type[BaseException] | None, task: Coroutine[None, None, None]) -> None:
    """Run a task that ends with this error, or with none."""
    if error is None:
        asyncio.run(task)
        return
    with pytest.raises(error):
        asyncio.run(task)
