"""How far a long run is: a bar with fps and ETA on a terminal, a line now and then when piped."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_EVERY = 5.0
"""Seconds between two plain lines."""


@contextmanager
def told_of_compiling() -> Iterator[None]:
    """Say so, once, if something has to be compiled: nothing else tells why nothing comes yet."""
    from fer_video.engine.compiling import on_compiling  # noqa: PLC0415 - `--help` needs no numba

    def tell() -> None:
        with suppress(OSError):  # nobody reads it any more
            sys.stderr.write("compiling for this machine, once: up to a minute\n")
            sys.stderr.flush()

    with on_compiling(tell):
        yield


@contextmanager
def progress(total: int | None) -> "Iterator[Callable[[int], None]]":
    """A function to call with the number of frames done so far.

    Args:
        total: frames expected; None where nobody knows.
    """
    with _bar(total) if sys.stderr.isatty() else _lines(total) as report:
        yield report


class _Pace:
    """Frames a second since the first one; what it waited for, compiling above all, comes once."""

    def __init__(self) -> None:
        self._first: tuple[int, float] | None = None

    def __call__(self, done: int) -> float:
        """0 where nothing can be said yet."""
        now = perf_counter()
        self._first = self._first or (done, now)
        first, start = self._first
        return (done - first) / (now - start) if now > start else 0.0


@contextmanager
def _bar(total: int | None) -> "Iterator[Callable[[int], None]]":
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[fps]:.0f} fps"),
        TextColumn("ETA"),
        TimeRemainingColumn(),
    )
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task, pace = bar.add_task("frames", total=total, fps=0.0), _Pace()

    def report(done: int) -> None:
        bar.update(task, completed=done, fps=pace(done))

    bar.start()
    try:
        yield report
    finally:
        with suppress(OSError):  # the terminal is gone, and a run goes on without it
            bar.stop()


@contextmanager
def _lines(total: int | None) -> "Iterator[Callable[[int], None]]":
    pace, said = _Pace(), None

    def report(done: int) -> None:
        nonlocal said
        now, fps = perf_counter(), pace(done)
        said = now if said is None else said
        if now - said < _EVERY or not fps:
            return
        said = now
        left = "" if total is None else f"/{total}"
        eta = "" if total is None else f", ETA {max(total - done, 0) / fps:.0f} s"
        with suppress(OSError):  # nobody reads it any more
            sys.stderr.write(f"{done}{left} frames, {fps:.1f} fps{eta}\n")

    yield report
