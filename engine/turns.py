"""As many threads at work as there are cores: more push each other's frames out of the cache."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Semaphore, get_ident
from time import monotonic

_PATIENCE = 0.5
"""Seconds that a turn may last while others wait."""


class Turns:
    """Places for threads of several pipelines, to be held for one frame each.

    While somebody is stuck in his turn there are none: a dead source must not hold up the others.
    """

    def __init__(self, at_once: int) -> None:
        """Give out so many places."""
        self._places = Semaphore(at_once)
        self._since: dict[int, float] = {}
        """When the turn of each thread began."""
        self._over = False

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Hold a place inside `with`."""
        if not self._taken():
            yield
            return
        thread = get_ident()
        self._since[thread] = monotonic()
        try:
            yield
        finally:
            del self._since[thread]
            self._over = self._over and self._stuck()
            self._places.release()

    def _taken(self) -> bool:
        """Wait for a place; False while somebody is stuck in his."""
        while not self._over:
            if self._places.acquire(timeout=_PATIENCE):
                return True
            self._over = self._stuck()
        return False

    def _stuck(self) -> bool:
        return any(monotonic() - since > _PATIENCE for since in list(self._since.values()))
