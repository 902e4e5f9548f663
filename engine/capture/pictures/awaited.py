"""Awaited: the items of an async iterable, for a thread that waits for them."""

import asyncio
import logging
from asyncio import AbstractEventLoop, CancelledError, Task
from collections.abc import AsyncIterable, Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import suppress
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any, Generic, TypeVar

from fer_video.engine.errors import SourceError

log = logging.getLogger(__name__)

Item = TypeVar("Item")

_PATIENCE = 1.0
"""Seconds that an iterable may take to clean up when it is left early."""


class Awaited(Generic[Item]):
    """Iterated once, in a thread, while one task on an event loop does what is asynchronous.

    That loop is the one that runs where this is made, so that the iterable may use whatever belongs
    to it; where none runs, one of its own in a thread of its own. All items are awaited in one
    task, each of them only when it is asked for, and an async generator is closed at the end.
    """

    def __init__(self, items: AsyncIterable[Item], name: str) -> None:
        """Await nothing yet.

        Args:
            items: to be iterated.
            name: of the source, for errors.
        """
        self._items, self._name = items, name
        self.loop: AbstractEventLoop | None = _running_loop()
        """The loop that was there; the thread that runs it must not wait for an item."""
        self._came: SimpleQueue[tuple[Item] | None] = SimpleQueue()
        """The item that was asked for; None where there will be no more."""
        self._wanted = asyncio.Event()
        self._task: Task[Any] | None = None
        self._thread: Thread | None = None
        self._error: BaseException | None = None
        self._begun = self._stopped = False
        self._leaving = False
        """Whether the iterable says good-bye, which is not to be cancelled."""
        self._ended = Event()

    def __iter__(self) -> Iterator[Item]:
        """The items, in order.

        Raises:
            SourceError: the event loop ended, or the task was cancelled, before the items ended.
        """
        self._begin()
        while (came := self._came.get()) is not None:
            yield came[0]
            self._call(self._wanted.set)
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Cancel what is awaited, and let whoever waits for it go; from any thread."""
        if self._stopped:
            return
        self._stopped = True
        self._came.put(None)
        if self._task is not None:
            self._call(self._cancel)

    def close(self) -> None:
        """Wait until the iterable is closed, unless this thread runs its loop; safe twice."""
        self.stop()
        if not self._begun or (self.loop is not None and self.loop is _running_loop()):
            return
        if not self._ended.wait(_PATIENCE):
            log.warning("%s: does not end when it is cancelled; it is left to itself", self._name)
        elif self._thread is not None:
            self._thread.join()

    def _begin(self) -> None:
        self._begun, work = True, self._work()
        if self.loop is None:
            run = self._run_alone
            self._thread = Thread(target=run, args=(work,), name="fer-video loop", daemon=True)
            self._thread.start()
            return
        try:
            asyncio.run_coroutine_threadsafe(work, self.loop).add_done_callback(self._end)
        except RuntimeError as error:
            work.close()
            self._ended.set()
            raise self._cut_off() from error

    def _run_alone(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            asyncio.run(work)
        finally:
            self._end()

    async def _work(self) -> None:
        """The task: whatever ends it is kept for the thread that iterates."""
        self._task = asyncio.current_task()
        try:
            if not self._stopped:
                await self._hand_over()
        except CancelledError:
            self._fail(self._cut_off())
        except BaseException as error:  # raised again in the thread that iterates
            self._fail(error)

    async def _hand_over(self) -> None:
        items = aiter(self._items)
        try:
            async for item in items:
                if self._stopped:  # and it made light of being cancelled
                    break
                self._wanted.clear()
                self._came.put((item,))
                await self._wanted.wait()
        finally:
            self._leaving = True
            if hasattr(items, "aclose"):
                await items.aclose()

    def _cancel(self) -> None:
        if self._task is not None and not self._leaving:
            self._task.cancel()

    def _fail(self, error: BaseException) -> None:
        if not self._stopped:
            self._error = error
        elif not isinstance(error, SourceError):
            log.warning("%s: failed when it was closed: %r", self._name, error)

    def _end(self, future: "Future[None] | None" = None) -> None:
        if future is not None and future.cancelled():  # before its first step
            self._fail(self._cut_off())
        self._ended.set()
        self._came.put(None)

    def _cut_off(self) -> SourceError:
        return SourceError(
            f"{self._name}: was cancelled before its end, with the event loop that it was opened "
            "in; leave the pipeline first"
        )

    def _call(self, callback: Callable[[], object]) -> None:
        """Do something on the loop; one that is closed has ended the task."""
        if self._task is not None:
            with suppress(RuntimeError):
                self._task.get_loop().call_soon_threadsafe(callback)


def _running_loop() -> AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
