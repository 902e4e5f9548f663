"""How numba compiles the engine's loops, and when: on a machine's first run, or after an update.

What it has compiled lies on disk, and is loaded from there by all later runs.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

import numba
from numba.core.caching import FunctionCache
from numba.core.event import Event, Listener, install_listener
from numba.core.runtime import rtsys


def njit(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """`numba.njit`, kept on disk, and loaded from there without what only compiling needs.

    Args:
        options: of `numba.njit`.
    """

    def compiled(loop: Callable[..., Any]) -> Any:
        dispatcher = numba.njit(**options)(loop)
        if hasattr(FunctionCache, "_load_overload"):
            dispatcher._cache = _Loaded(loop)
        else:  # another numba than those that this was tried with: slower, and the same
            dispatcher.enable_caching()
        return dispatcher

    return compiled


class _Loaded(FunctionCache):  # type: ignore[misc] # numba has no types
    """Loads machine code as it is.

    numba's own declares all functions that it could compile first: a tenth of a second of each
    start. Where there is something to be compiled, numba declares them then.
    """

    def load_overload(self, signature: Any, target: Any) -> Any:
        rtsys.initialize(target)  # the memory of arrays that a loop makes
        with self._guard_against_spurious_io_errors():
            return self._load_overload(signature, target)


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
