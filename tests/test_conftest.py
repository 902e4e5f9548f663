"""What every test is held to is held: tests that leave something behind do not pass."""

import gc
import logging
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.conftest import Cli
from tests.media import moving, write_video

ROOT = Path(__file__).parents[1]
CARELESS = """
import logging
from threading import Event, Thread
import pytest

def test_thread_goes_on():
    Thread(target=Event().wait, args=(5,), name="fer-video worker", daemon=True).start()

def test_error_is_logged():
    logging.getLogger("fer_video.engine").error("lost a frame")

def test_error_is_logged_by_the_command_line(cli, monkeypatch):
    lost = lambda: logging.getLogger("fer_video.engine").error("lost a frame")
    monkeypatch.setattr("tests.command_line.main", lost)
    cli()

def test_error_in_a_thread():
    thread = Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()

def test_error_in_a_finaliser():
    class Careless:
        def __del__(self):
            raise ValueError("nobody can catch this")
    Careless()

@pytest.fixture
def careless():
    logging.getLogger("fer_video.engine").error("lost a frame")

def test_error_is_logged_by_a_fixture(careless):
    pass

def test_warning_is_logged():
    logging.getLogger("fer_video.engine").warning("a frame came late")
"""


def test_what_a_test_leaves_behind_is_its_failure(tmp_path: Path) -> None:
    (tmp_path / "test_careless.py").write_text(CARELESS)
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-rfE", "-p", "tests.conftest"),
            *("-p", "no:cacheprovider", "-c", ROOT / "pyproject.toml", tmp_path),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    told = re.findall(r"^(?:FAILED|ERROR) \S+::(\w+)", run.stdout, re.MULTILINE)
    every = re.findall(r"def (test_\w+)", CARELESS)
    assert sorted(set(told)) == sorted(set(every) - {"test_warning_is_logged"}), run.stdout


def state() -> dict[str, Any]:
    """What `main()` sets for the whole process."""
    root = logging.getLogger()
    return {
        "signals": [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)],
        "logging": (root.handlers[:], root.level, logging.getLevelName(logging.WARNING)),
        "environment": dict(os.environ),
        "folder": Path.cwd(),
        "words": sys.argv,
        "gc": gc.get_threshold(),
    }


def test_command_line_that_runs_here_leaves_the_process_as_it_was(cli: Cli, tmp_path: Path) -> None:
    before = state()
    write_video(tmp_path / "a.mp4", moving(64, 48, 2))
    assert cli("--source", "a.mp4", "--json", "o.jsonl").returncode == 0
    assert cli("--source", "a.mp4").returncode == 1
    assert state() == before
