"""What is told of numba's compiling, by numba itself, and what a later run does without."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from numba import njit

from fer_video.engine.compiling import on_compiling

PLACES = ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "HOME")
"""Variables that name a folder for what is compiled, or one in which there is one."""
LATER = """
import sys
from loop import double
assert double(6) == 12
print([name for name in sys.modules if name.startswith("numba.typed.")])
import numba
print(numba.njit(lambda text: double(len(text)))("abc"))
"""


def doubled(tmp_path: Path) -> Callable[[int], int]:
    """A compiled loop of a module of its own, kept on disk beside it."""
    path = tmp_path / "loop.py"
    if not path.exists():
        path.write_text(
            "from fer_video.engine.compiling import njit\n\n"
            "@njit()\ndef double(x):\n    return 2 * x\n"
        )
    spec = importlib.util.spec_from_file_location("loop", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function: Callable[[int], int] = module.double
    return function


def test_what_is_compiled_is_told_before_its_first_result(tmp_path: Path) -> None:
    told: list[str] = []
    with on_compiling(lambda: told.append("compiling")):
        double = doubled(tmp_path)
        assert told == []
        assert double(4) == 8
    assert told == ["compiling"]


def test_what_lies_on_disk_is_not_told(tmp_path: Path) -> None:
    assert doubled(tmp_path)(4) == 8
    told: list[str] = []
    with on_compiling(lambda: told.append("compiling")):
        assert doubled(tmp_path)(5) == 10
    assert told == []


def test_many_loops_in_many_threads_are_told_once() -> None:
    told: list[str] = []
    loops = [njit(lambda x, by=by: x + by) for by in range(4)]
    with on_compiling(lambda: told.append("compiling")):
        threads = [Thread(target=loop, args=(1,)) for loop in loops]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert told == ["compiling"]


def test_nothing_is_told_afterwards() -> None:
    told: list[str] = []
    with on_compiling(lambda: told.append("compiling")):
        pass
    assert njit(lambda x: x + 7)(1) == 8
    assert told == []


def test_later_run_loads_what_compiling_needs_only_to_compile(tmp_path: Path) -> None:
    """A tenth of a second of every start; a loop that is new calls one from the disk."""
    doubled(tmp_path)  # writes the module
    command = [sys.executable, "-c", LATER]
    first, later = (
        subprocess.run(command, cwd=tmp_path, check=True, stdout=subprocess.PIPE, text=True).stdout
        for _ in range(2)
    )
    assert "numba.typed.typeddict" in first
    assert later.splitlines() == ["[]", "6"]


def surroundings(**variables: str) -> dict[str, str]:
    """A process's variables, none of which names a folder unless given."""
    given = {name: value for name, value in os.environ.items() if name not in PLACES}
    return given | {"ORT_DISABLE_TELEMETRY": "1"} | variables


def run_loop(folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Write the module of `doubled`, and call its loop in a process of its own."""
    doubled(folder)
    return subprocess.run(
        [sys.executable, "-c", "from loop import double; print(double(6))"],
        cwd=folder,
        env=surroundings(**environment),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("damage", ["empty", "cut off", "zeros", "of another program"])
def test_damaged_loop_on_disk_is_compiled_anew(tmp_path: Path, suffix: str, damage: str) -> None:
    """As a full disk or a computer that is switched off leaves it."""
    assert run_loop(tmp_path).stdout == "12\n"
    (file,) = (tmp_path / "__pycache__").glob(f"*{suffix}")
    whole = file.read_bytes()
    half = len(whole) // 2
    broken = {
        "empty": b"",
        "cut off": whole[:half],
        "zeros": whole[:half].ljust(len(whole), b"\0"),
        "of another program": whole[:-32],
    }
    file.write_bytes(broken[damage])
    run = run_loop(tmp_path)
    assert (run.returncode, run.stdout, run.stderr) == (0, "12\n", "")
    (file,) = (tmp_path / "__pycache__").glob(f"*{suffix}")
    assert len(file.read_bytes()) >= len(whole) - 100  # whole again


def test_loop_that_cannot_be_kept_runs_and_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").write_text("a file where a folder should be")
    run = run_loop(tmp_path, HOME="/dev/null")
    assert (run.returncode, run.stdout) == (0, "12\n")
    (line,) = run.stderr.splitlines()
    assert line.startswith("compiled loops cannot be kept")
    assert "NUMBA_CACHE_DIR" in line


def test_full_disk_lets_a_loop_run_and_is_told_once(tmp_path: Path) -> None:
    """No file may grow over a size, which fails like a disk that is full."""
    doubled(tmp_path)
    code = (
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "import resource; from loop import double\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "print(double(6), double(0.5))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout) == (0, "12 1.0\n")
    (line,) = run.stderr.splitlines()
    assert "cannot be written" in line


def test_user_without_a_home_gets_no_folder_called_tilde(tmp_path: Path) -> None:
    code = (
        "import os, pwd\n"
        "def nobody(uid): raise KeyError(uid)\n"
        "pwd.getpwuid = nobody\n"
        "from loop import double; print(double(6))"
    )
    (tmp_path / "__pycache__").write_text("a file where a folder should be")
    doubled(tmp_path)
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=surroundings(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (0, "12\n")
    assert len(run.stderr.splitlines()) == 1
    assert not (tmp_path / "~").exists()
