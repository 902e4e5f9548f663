"""What is told of numba's compiling, by numba itself."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from threading import Thread

from numba import njit

from fer_video.engine.compiling import on_compiling


def doubled(tmp_path: Path) -> Callable[[int], int]:
    """A compiled loop of a module of its own, kept on disk beside it."""
    path = tmp_path / "loop.py"
    if not path.exists():
        path.write_text(
            "from numba import njit\n\n@njit(cache=True)\ndef double(x):\n    return 2 * x\n"
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
