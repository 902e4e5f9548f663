"""Channel: the bounded, closable hand-over between two threads."""

from collections import deque
from collections.abc import Iterator
from enum import Enum, auto
from threading import Condition
from typing import Generic, TypeVar

T = TypeVar("T")


class WhenFull(Enum):
    """What `put` does when the channel holds as much as it may."""

    BLOCK = auto()
    """Wait for room: a file never loses a frame."""
    DROP_OLDEST = auto()
    """Let the oldest go: only the newest frame of a camera is worth waiting for."""


class Channel(Generic[T]):
    """A first-in, first-out queue that ends in one of two ways.

    `close` is the end of the stream: what is queued still flows, then iteration ends.
    `abort` is the way out: what is queued is discarded and everyone who waits is woken.
    """

    def __init__(self, capacity: int, when_full: WhenFull = WhenFull.BLOCK) -> None:
        """Make an empty channel that holds at most `capacity` items."""
        self._items: deque[T] = deque()
        self._capacity = capacity
        self._when_full = when_full
        self._changed = Condition()
        self._closed = False
        self.dropped = 0
        """Items that were let go to make room."""

    def put(self, item: T) -> bool:
        """Queue an item; False when the channel has ended, and the item was not taken."""
        with self._changed:
            if self._when_full is WhenFull.BLOCK:
                self._changed.wait_for(lambda: self._closed or self._has_room())
            if self._closed:
                return False
            if not self._has_room():
                self._items.popleft()
                self.dropped += 1
            self._items.append(item)
            self._changed.notify_all()
            return True

    def __iter__(self) -> Iterator[T]:
        """Take items, waiting for each, until the channel is closed and empty, or aborted."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._items or self._closed)
                if not self._items:
                    return
                item = self._items.popleft()
                self._changed.notify_all()
            yield item

    def close(self) -> None:
        """End the stream: no more items are taken; queued ones still flow."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def abort(self) -> None:
        """End at once: discard what is queued and wake everyone."""
        with self._changed:
            self._closed = True
            self._items.clear()
            self._changed.notify_all()

    def _has_room(self) -> bool:
        return len(self._items) < self._capacity
