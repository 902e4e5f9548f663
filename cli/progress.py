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
def progress(total: int | None) -> "Iterator[Callable[[int], None]]":
    """A function to call with the number of frames done so far.

    Args:
        total: frames expected; None where nobody knows.
    """
    with _bar(total) if sys.stderr.isatty() else _lines(total) as report:
        yield report


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
    task = bar.add_task("frames", total=total, fps=0.0)
    start = perf_counter()

    def report(done: int) -> None:
        bar.update(task, completed=done, fps=done / (perf_counter() - start))

    bar.start()
    try:
        yield report
    finally:
        with suppress(OSError):  # the terminal is gone, and a run goes on without it
            bar.stop()


@contextmanager
def _lines(total: int | None) -> "Iterator[Callable[[int], None]]":
    start = said = perf_counter()

    def report(done: int) -> None:
        nonlocal said
        now = perf_counter()
        if now - said < _EVERY:
            return
        said = now
        fps = done / (now - start)
        left = "" if total is None else f"/{total}"
        eta = "" if total is None else f", ETA {max(total - done, 0) / fps:.0f} s"
        with suppress(OSError):  # nobody reads it any more
            sys.stderr.write(f"{done}{left} frames, {fps:.1f} fps{eta}\n")

    yield report
