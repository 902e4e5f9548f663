"""Awaiting: how a coroutine waits for frames while its event loop goes on."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from fer_video.engine.contracts.source import Source, loop_of
from fer_video.engine.frames.handovers import RecognizedFrame

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future
    from concurrent.futures import ThreadPoolExecutor


class Awaiting:
    """Waits in a thread beside the event loop; asyncio is loaded for coroutines only."""

    def __init__(self, sources: Iterable[Source]) -> None:
        """Wait for nothing yet.

        Args:
            sources: some of which an event loop may feed.
        """
        self._loops: set[AbstractEventLoop] = {
            loop for source in sources if (loop := loop_of(source)) is not None
        }
        """The event loops that sources need; a plain loop in their thread would wait for ever."""
        self._asked: Future[RecognizedFrame | None] | None = None
        """The next frame, or an error, from when it is asked for until a coroutine has got it."""
        self._awaited = False
        """Whether a coroutine waits for it."""
        self._thread: ThreadPoolExecutor | None = None
        """One of its own: the loop's are few, and one is taken as long as something waits in it."""

    def would_block(self) -> bool:
        """Whether to wait in this thread keeps an event loop waiting that a source needs."""
        if not self._loops:
            return False
        from asyncio import get_running_loop  # noqa: PLC0415 - for coroutines only

        try:
            return get_running_loop() in self._loops
        except RuntimeError:  # none runs in this thread
            return False

    async def next(self, frames: Iterator[RecognizedFrame]) -> RecognizedFrame | None:
        """The next frame; None behind the last.

        Raises:
            RuntimeError: another task waits for it.
        """
        from asyncio import wait  # noqa: PLC0415 - for coroutines only

        if self._awaited:
            raise RuntimeError("another task waits for this pipeline's next frame; let one read it")
        self._asked = asked = self._asked or self._ask(frames)
        self._awaited = True
        try:
            await wait((asked,))  # cancelled, it is there for the next call
        finally:
            self._awaited = False
        self._asked = None
        return asked.result()

    async def close(self, close: Callable[[], None]) -> None:
        """Wait until all is stopped, and the frame that was asked for, too."""
        from asyncio import gather, shield, to_thread  # noqa: PLC0415 - for coroutines only

        await shield(to_thread(self._close, close))
        if self._asked is not None:
            await gather(self._asked, return_exceptions=True)

    def _ask(self, frames: Iterator[RecognizedFrame]) -> "Future[RecognizedFrame | None]":
        from asyncio import get_running_loop  # noqa: PLC0415 - for coroutines only
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

        self._thread = self._thread or ThreadPoolExecutor(1, "fer-video awaited")
        return get_running_loop().run_in_executor(self._thread, next, frames, None)

    def _close(self, close: Callable[[], None]) -> None:
        try:
            close()
        finally:
            if self._thread is not None:
                self._thread.shutdown()
