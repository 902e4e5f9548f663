"""Runs the command line, in this process or in one of its own, and reads what it leaves."""

import gc
import json
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, chdir, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from fer_video.cli.main import main

PROGRAM = (sys.executable, "-m", "fer_video.cli")
SUMMARY = re.compile(r"\d+ frames.* in .* s, .* fps, \d+ faces")
PROGRESS = re.compile(r"\d+(/\d+)? frames, .* fps|compiling for this machine, once")
_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY")
_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


def in_this_process(
    arguments: tuple[str | Path, ...],
    folder: Path,
    capfd: pytest.CaptureFixture[str],
    errors: logging.Handler,
) -> "subprocess.CompletedProcess[str]":
    """Call `main()` as the program does; what is no exit, such as a bug, is raised here.

    Args:
        arguments: the words behind the program's name.
        folder: to work in.
        capfd: takes what Python and the libraries below it write to standard output and error.
        errors: is told of what the package logs, besides the handlers that `main()` sets.
    """
    words = ["fer-video", *map(str, arguments)]
    capfd.readouterr()  # what was written before is not the program's
    with ExitStack() as stack:
        stack.enter_context(chdir(folder))
        stack.enter_context(patch.object(sys, "argv", words))
        stack.enter_context(patch.dict(os.environ))
        stack.enter_context(_restored(errors))
        for name in _SCREENS:
            os.environ.pop(name, None)
        code = _exit_code()
    said = capfd.readouterr()
    return subprocess.CompletedProcess(words, code, said.out, said.err)


def _exit_code() -> int:
    """As the interpreter makes one of what `sys.exit` is given."""
    try:
        main()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        sys.stderr.write(f"{end.code}\n")
        return 1
    return 0


@contextmanager
def _restored(errors: logging.Handler) -> Iterator[None]:
    """Start with the logging of a new process; give signals, logging and gc back as they were."""
    root, package = logging.getLogger(), logging.getLogger("fer_video")
    handlers, level, name = root.handlers[:], root.level, logging.getLevelName(logging.WARNING)
    on_signal = {number: signal.getsignal(number) for number in _SIGNALS}
    threshold = gc.get_threshold()
    root.handlers.clear()
    package.addHandler(errors)
    try:
        yield
    finally:
        package.removeHandler(errors)
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.addLevelName(logging.WARNING, name)
        for number, handler in on_signal.items():
            signal.signal(number, handler)
        gc.set_threshold(*threshold)


def in_its_own_process(
    arguments: tuple[str | Path, ...], folder: Path
) -> "subprocess.CompletedProcess[str]":
    """Start the program as a user does, without a screen."""
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name not in _SCREENS},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def complaints(run: "subprocess.CompletedProcess[str]") -> list[str]:
    """Lines on stderr besides progress and the summary."""
    lines = run.stderr.splitlines()
    return [line for line in lines if not (SUMMARY.match(line) or PROGRESS.match(line))]


def assert_one_complaint(run: "subprocess.CompletedProcess[str]", *parts: str) -> None:
    assert run.returncode == 1, run.stderr
    (line,) = complaints(run)
    assert line.startswith("fer-video: ")
    for part in parts:
        assert part in line


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]
