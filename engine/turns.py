"""As many threads at work as there are cores: more push each other's frames out of the cache."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Semaphore, get_ident
from time import monotonic

_PATIENCE = 0.5
"""Seconds that a turn may last while others wait."""


class Turns:
    """Places for threads of several pipelines, to be held for one frame each.

    Somebody stuck in his turn ends it for all: a dead source must not hold up the others.
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
        self._since[get_ident()] = monotonic()
        try:
            yield
        finally:
            del self._since[get_ident()]
            self._places.release()

    def _taken(self) -> bool:
        """Wait for a place; False if there are none any more."""
        while not self._over:
            if self._places.acquire(timeout=_PATIENCE):
                return True
            began = list(self._since.values())
            self._over = bool(began) and monotonic() - min(began) > _PATIENCE
        return False
