"""What is told of numba's compiling, by numba itself, and what a later run does without."""

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread

from numba import njit

from fer_video.engine.compiling import on_compiling

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
