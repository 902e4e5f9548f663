"""How numba compiles the engine's loops, and when: on a machine's first run, or after an update.

What it has compiled lies on disk, and is loaded from there by all later runs. Where nothing can be
kept, or what was kept is damaged, a run compiles, which takes it up to a minute, and goes on.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any

import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache, IndexDataCacheFile
from numba.core.event import Event, Listener, install_listener
from numba.core.runtime import rtsys
from numba.misc.appdirs import user_cache_dir

log = logging.getLogger(__name__)

_WARNED = Lock()
"""Taken by the first who warns."""

_KNOWN = hasattr(FunctionCache, "_load_overload") and hasattr(IndexDataCacheFile, "_open_for_write")
"""Whether numba is like those that this was tried with; another starts slower, and does the same.
"""


def njit(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """`numba.njit`, kept on disk, and loaded from there without what only compiling needs.

    Args:
        options: of `numba.njit`.
    """

    def compiled(loop: Callable[..., Any]) -> Any:
        dispatcher = numba.njit(**options)(loop)
        try:
            if _KNOWN:
                dispatcher._cache = _Kept(loop)
            else:
                dispatcher.enable_caching()
        except RuntimeError:  # numba found no folder
            _warn("no folder for them can be written")
        return dispatcher

    return compiled


class _Place(CompileResultCacheImpl):  # type: ignore[misc] # numba has no types
    """The first folder that can be written; a user without a home has none, and not one called `~`.

    It may be that of NUMBA_CACHE_DIR, that of the module, or that of the user.
    """

    if user_cache_dir("numba").startswith("~"):
        _locator_classes = tuple(
            place
            for place in CompileResultCacheImpl._locator_classes
            if "UserWide" not in place.__name__
        )


class _Sealed(IndexDataCacheFile):  # type: ignore[misc] # numba has no types
    """Files that end with their checksum; without it, one counts as not there.

    A disk that was full, or a computer that was switched off, leaves them cut off or full of zeros,
    and numba would take them for machine code.
    """

    @contextmanager
    def _open_for_write(self, path: str) -> Iterator[BytesIO]:
        with super()._open_for_write(path) as file:
            content = BytesIO()
            yield content
            file.write(content.getvalue() + sha256(content.getvalue()).digest())

    def _load_index(self) -> Any:
        return super()._load_index() if _is_whole(Path(self._index_path)) else {}

    def _load_data(self, name: str) -> Any:
        return super()._load_data(name) if _is_whole(Path(self._data_path(name))) else None


def _is_whole(file: Path) -> bool:
    try:
        content = file.read_bytes()
    except OSError:
        return False
    size = sha256().digest_size
    return sha256(content[:-size]).digest() == content[-size:]


class _Kept(FunctionCache):  # type: ignore[misc] # numba has no types
    """Loads machine code as it is.

    numba's own declares all functions that it could compile first: a tenth of a second of each
    start. Where there is something to be compiled, numba declares them then.
    """

    _impl_class = _Place

    def __init__(self, loop: Callable[..., Any]) -> None:
        super().__init__(loop)
        self._cache_file = _Sealed(
            self._cache_path, self._impl.filename_base, self._impl.locator.get_source_stamp()
        )

    def load_overload(self, signature: Any, target: Any) -> Any:
        rtsys.initialize(target)  # the memory of arrays that a loop makes
        with self._guard_against_spurious_io_errors():
            return self._load_overload(signature, target)

    def save_overload(self, signature: Any, result: Any) -> None:
        try:
            super().save_overload(signature, result)
        except OSError as error:
            _warn(f"{self._cache_path} cannot be written: {error.strerror}")


def _warn(why: str) -> None:
    """Say it once, not for each loop."""
    if _WARNED.acquire(blocking=False):
        log.warning(
            "compiled loops cannot be kept (%s), so each run compiles them, for up to a minute; "
            "set NUMBA_CACHE_DIR to a folder that can be written",
            why,
        )


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
