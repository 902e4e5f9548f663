"""Channel: the closable hand-over between two threads."""

from collections.abc import Callable, Generator
from contextlib import suppress
from enum import Enum, auto
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")

_WAKE = 0.05
"""Seconds after which somebody who waits is told so, if they asked for it."""


class _End(Enum):
    """What follows the last item."""

    END = auto()


class Channel(Generic[T]):
    """A first-in, first-out queue that ends in one of two ways.

    `close` is the end of the stream: what is queued still flows, then iteration ends.
    `abort` is the way out: what is queued is left, and everyone who waits is woken.

    It has no bound of its own; who fills it holds a token for each item (see `pipeline`). It takes
    no lock of Python's: Ctrl-C raises wherever the main thread happens to be, and a
    `threading.Condition` that is entered or left at that moment stays locked for everybody.
    """

    def __init__(self) -> None:
        """Make an empty channel."""
        self._items: SimpleQueue[T | _End] = SimpleQueue()
        self._closed = False
        self._aborted = False
        self.dropped = 0
        """Items that gave way to newer ones."""

    def put(self, item: T) -> bool:
        """Queue an item; False when the channel has ended, and the item was not taken."""
        if self._closed:
            return False
        self._items.put(item)
        return True

    def put_newest(self, item: T) -> bool:
        """Queue an item in the place of all that wait; for a single producer.

        Of a camera only the newest frame is worth waiting for.
        """
        with suppress(Empty):
            while self._items.get_nowait() is not _End.END:
                self.dropped += 1
            self._items.put(_End.END)  # of `abort`, which others still have to find
        return self.put(item)

    def __iter__(self) -> Generator[T]:
        """Take items, waiting for each, until the channel is closed and empty, or aborted."""
        return self.items(None)

    def items(self, idle: Callable[[], None] | None) -> Generator[T]:
        """As iteration does, but call `idle` now and then while nothing comes."""
        while True:
            try:
                item = self._items.get(timeout=None if idle is None else _WAKE)
            except Empty:
                if idle is not None:
                    idle()
                continue
            if item is _End.END or self._aborted:
                self._items.put(_End.END)  # for the next who takes
                return
            yield item

    def close(self) -> None:
        """End the stream: no more items are taken; queued ones still flow."""
        self._closed = True
        self._items.put(_End.END)

    def abort(self) -> None:
        """End at once: leave what is queued and wake everyone."""
        self._aborted = True
        self.close()
