"""What a user is told while frames are made, before the first of them, and when nobody reads it."""

import errno
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fer_video.cli.running.processing import Tally, process
from fer_video.cli.terminal import progress as module
from fer_video.cli.terminal.interruption import Interruption
from fer_video.cli.terminal.progress import progress
from fer_video.engine.output.sinks import Sinks
from fer_video.engine.run.pipeline import Pipeline
from tests.command_line import complaints
from tests.conftest import Cli
from tests.fakes import FakeStages, GeneratedSource, lane_of

COMPILING = "compiling for this machine, once: up to a minute\n"
UNCOMPILED = """
from numba import njit
from fer_video.cli.main import main
from fer_video.engine.render import canvas
canvas.fill_all = njit(nogil=True)(canvas.fill_all.py_func)
main()
"""
"""The command line with a loop that is on no disk, as all are after an installation."""


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    """Standard error, until it is gone."""

    def __init__(self, *, terminal: bool) -> None:
        """Be a terminal, or a pipe."""
        super().__init__()
        self._terminal = terminal
        self.gone = False

    def isatty(self) -> bool:
        """What it is."""
        return self._terminal

    def write(self, text: str) -> int:
        """Fail as the system does when nobody is there any more."""
        if self.gone:
            raise OSError(errno.EIO, "Input/output error")
        return super().write(text)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "perf_counter", clock)
    return clock


def run_after_a_minute(clock: Clock, total: int | None) -> None:
    """A hundred frames, ten a second, the first after a minute."""
    with progress(total) as say:
        clock.now = 60
        for done in range(1, 101):
            say(done)
            clock.now += 0.1


@pytest.mark.parametrize(
    ("total", "said"), [(1000, "51/1000 frames, 10.0 fps, ETA 95 s"), (None, "51 frames, 10.0 fps")]
)
def test_plain_lines_count_from_the_first_frame(
    clock: Clock, capsys: pytest.CaptureFixture[str], total: int | None, said: str
) -> None:
    run_after_a_minute(clock, total)
    assert capsys.readouterr().err == f"{said}\n"


def test_bar_counts_from_the_first_frame(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal := Terminal(terminal=True))
    run_after_a_minute(clock, 1000)
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", terminal.getvalue())
    assert "100/1000 10 fps" in shown


def test_film_that_is_opened_anew_counts_its_own_frames(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "_EVERY", 0.0)
    tally = Tally()
    for _ in range(2):
        pipeline = Pipeline([lane_of(GeneratedSource(5), FakeStages().chain())])
        with Interruption() as interruption:
            process(pipeline, Sinks(), tally, interruption)
    said = capsys.readouterr().err.splitlines()
    assert [line.split(",")[0] for line in said] == 2 * [f"{n}/5 frames" for n in range(2, 6)]
    assert tally.frames == 10


def test_first_run_says_that_it_compiles_and_says_it_once(face_clip: Path, tmp_path: Path) -> None:
    arguments = ["--source", str(face_clip), "--output", str(tmp_path / "o.mp4")]
    command = [sys.executable, "-c", UNCOMPILED, *arguments]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert run.stderr.startswith(COMPILING)
    assert run.stderr.count("compiling") == 1
    assert complaints(run) == []


def test_later_runs_say_nothing_of_compiling(cli: Cli, face_clip: Path) -> None:
    cli("--source", face_clip, "--output", "o.mp4")
    run = cli("--source", face_clip, "--output", "o.mp4")
    assert "12 frames" in run.stderr
    assert "compiling" not in run.stderr


@pytest.mark.parametrize("terminal", [True, False])
def test_run_goes_on_without_its_terminal(terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = Terminal(terminal=terminal)
    monkeypatch.setattr("sys.stderr", stderr)
    monkeypatch.setattr("fer_video.cli.terminal.progress._EVERY", 0.0)
    with progress(10) as say:
        for done in range(1, 5):
            say(done)
        stderr.gone = True
        say(5)
    assert "/10 frames" in stderr.getvalue() or terminal


def test_error_of_the_run_is_the_caller_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", Terminal(terminal=True))
    with pytest.raises(OSError, match="the disk is full"), progress(10):
        raise OSError("the disk is full")
