"""Awaiting: how a coroutine waits for frames while its event loop goes on."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from fer_video.engine.contracts.source import Source, loop_of
from fer_video.engine.frames.handovers import RecognizedFrame

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future


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
        """The next frame, where a coroutine has asked for it."""

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
        """The next frame; None behind the last."""
        from asyncio import ensure_future, shield, to_thread  # noqa: PLC0415 - for coroutines only

        if self._asked is None or (self._asked.done() and self._asked.exception()):
            self._asked = ensure_future(to_thread(next, frames, None))
        recognized = await shield(self._asked)  # cancelled, it is there for the next call
        self._asked = None
        return recognized

    async def close(self, close: Callable[[], None]) -> None:
        """Wait until all is stopped, and the frame that was asked for, too."""
        from asyncio import gather, shield, to_thread  # noqa: PLC0415 - for coroutines only

        await shield(to_thread(close))
        if self._asked is not None:
            await gather(self._asked, return_exceptions=True)
