"""Tells when numba compiles the engine's loops: on the first run on a machine, or after an update.

What it has compiled lies on disk, and is loaded from there by all later runs.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from numba.core.event import Event, Listener, install_listener


@contextmanager
def on_compiling(tell: Callable[[], None]) -> Iterator[None]:
    """Call `tell` when a loop begins to be compiled that is not on disk.

    Args:
        tell: called once at most, by the thread that is going to compile.
    """
    with install_listener("numba:compile", _Once(tell)):
        yield


class _Once(Listener):  # type: ignore[misc] # numba has no types
    """Hears of the first loop, from whatever thread, and of no other."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell, self._told = tell, Lock()

    def on_start(self, _event: Event) -> None:
        if self._told.acquire(blocking=False):
            self._tell()

    def on_end(self, _event: Event) -> None:
        """Of no interest: the next loop follows."""
