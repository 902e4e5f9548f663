"""The rules that keep the parts apart, read from the source itself."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from graphlib import TopologicalSorter
from itertools import takewhile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = ("engine", "exporters", "cli", "perf")
MAY_IMPORT = {
    "engine": {"engine"},
    "exporters": {"engine", "exporters"},
    "perf": {"engine", "perf"},
    "cli": {"engine", "exporters", "perf", "cli", "__version__"},
}
STAGES = ("capture", "detect", "preprocess", "infer", "parts", "quality", "smooth", "render")
RUNNERS = ("run", "assembly")
MAY_START_THREADS = (
    "run/awaiting",
    "run/scheduler",
    "run/threads",
    "run/entrance",
    "network/device",
    "capture/live/feed",
    "capture/pictures/awaited",
)
OFFLINE = ("data", "report", "augment", "evaluation", "training", "to_onnx", "detector")
"""Rooms of `exporters/`; each may import those before it."""
HEAVY = ("tensorflow", "keras", "tf2onnx", "cv2", "matplotlib")
MODULES = sorted(path for part in PARTS for path in (ROOT / part).rglob("*.py"))
ENGINE = [path for path in MODULES if path.is_relative_to(ROOT / "engine")]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imported(path: Path) -> Iterator[str]:
    """Full names of all modules that a file imports, wherever in it."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def used(path: Path) -> set[str]:
    """What a module imports, and what it reaches by a dot: `time.sleep` in either form."""
    nodes = ast.walk(tree(path))
    dotted = {ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute)}
    return {*imported(path), *dotted}


def ours(path: Path) -> set[tuple[str, ...]]:
    """Parts of the names of our own among them: `("engine", "detect", "track")`."""
    names = (name.split(".") for name in imported(path) if name.startswith("fer_video."))
    return {tuple(name[1:]) for name in names}


def rooms_of(path: Path) -> set[str]:
    """Folders or files right in `engine/` that an engine's module imports."""
    return {name[1] for name in ours(path) if name[0] == "engine" and len(name) > 1}


def room_of(path: Path) -> str:
    """The folder or file right in `engine/` where a module stands: its stage, if it is of one."""
    return path.relative_to(ROOT / "engine").with_suffix("").parts[0]


def offenders(broken: Callable[[Path], Iterable[object]]) -> list[str]:
    """Every module, with each thing in it that breaks a rule."""
    return [f"{name_of(path)}: {thing}" for path in MODULES for thing in broken(path)]


def test_every_part_has_modules() -> None:
    """A rule that is held to no file holds nothing."""
    assert {path.relative_to(ROOT).parts[0] for path in MODULES} == set(PARTS)
    assert len(ENGINE) > 50


def test_parts_import_only_what_they_may() -> None:
    assert not offenders(
        lambda path: {name[0] for name in ours(path)} - MAY_IMPORT[path.relative_to(ROOT).parts[0]]
    )


def test_no_part_is_imported_by_its_bare_name() -> None:
    assert not offenders(lambda path: {name.split(".")[0] for name in imported(path)} & set(PARTS))


def test_every_stage_has_a_folder_with_what_is_run() -> None:
    """Its first source has many forms; `open.py` chooses among them."""
    for stage in STAGES:
        name = "open.py" if stage == "capture" else "stage.py"
        assert (ROOT / "engine" / stage / name).is_file(), stage


def test_no_stage_knows_another_or_the_pipeline() -> None:
    modules = [path for path in ENGINE if room_of(path) in STAGES]
    assert {room_of(path) for path in modules} == set(STAGES)
    for path in modules:
        foreign = {*STAGES, *RUNNERS} - {room_of(path)}
        assert not rooms_of(path) & foreign, path


def test_only_one_room_knows_every_stage() -> None:
    """The public names, in `engine/__init__.py`, are those of all rooms."""
    known = {path: rooms_of(path) & set(STAGES) for path in ENGINE}
    assembly = [stages for path, stages in known.items() if room_of(path) == "assembly"]
    assert set().union(*assembly) == set(STAGES)
    for path, stages in known.items():
        assert room_of(path) in ("assembly", "__init__") or len(stages) <= 1, path


def test_threads_live_in_few_places_only() -> None:
    """An Event that wakes a waiting source is no thread code."""
    known = {name_of(path).removeprefix("engine/") for path in ENGINE}
    assert set(MAY_START_THREADS) <= known
    for path in ENGINE:
        names = used(path)
        if name_of(path).removeprefix("engine/") not in MAY_START_THREADS:
            assert not {"threading.Thread", "queue", "concurrent.futures"} & names, path
        assert "time.sleep" not in names, path


def test_engine_knows_neither_keras_nor_tensorflow() -> None:
    for path in ENGINE:
        roots = {name.split(".")[0] for name in imported(path)}
        assert not roots & {"tensorflow", "keras", "tf2onnx", "onnx", "typer", "rich"}, path


def test_offline_rooms_import_in_one_direction() -> None:
    modules = [path for path in MODULES if path.is_relative_to(ROOT / "exporters")]
    rooms = {path.relative_to(ROOT / "exporters").parts[0] for path in modules}
    assert rooms == {*OFFLINE, "__init__.py"}
    for path in modules:
        room = path.relative_to(ROOT / "exporters").parts[0]
        known = {name[1] for name in ours(path) if name[0] == "exporters" and len(name) > 1}
        assert known <= {*OFFLINE[: OFFLINE.index(room) + 1]} if room in OFFLINE else not known, (
            path
        )


def neighbours(path: Path) -> Iterator[tuple[Path, Path]]:
    """The room of a module and one that it imports from, of those that lie in the same room."""
    own = path.relative_to(ROOT).parent.parts
    for name in ours(path):
        alike = takewhile(lambda pair: pair[0] == pair[1], zip(own, name, strict=False))
        shared = len([*alike])
        room, other = own[: shared + 1], name[: shared + 1]
        if 0 < shared < min(len(own), len(name)) and (ROOT / Path(*other)).is_dir():
            yield Path(*room), Path(*other)


def test_rooms_beside_each_other_import_in_one_direction() -> None:
    """Else neither can be read without the other, and they are one."""
    rooms: dict[Path, set[Path]] = {}
    for path in MODULES:
        for room, other in neighbours(path):
            rooms.setdefault(room, set()).add(other)
    film, timing = (Path("engine/capture", name) for name in ("film", "timing"))
    assert timing in rooms[film]
    TopologicalSorter(rooms).prepare()


def test_kernels_are_the_engine_s_own() -> None:
    """What compiled loops need of their arguments is known where they are called from."""
    for path in MODULES:
        if path not in ENGINE:
            assert not [name for name in ours(path) if "kernels" in name], path


def test_library_prints_nothing() -> None:
    assert not offenders(
        lambda path: (
            f"print in line {node.lineno}"
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Name) and node.id == "print"
        )
    )


def forgotten(path: Path) -> Iterator[str]:
    """Errors that a module catches without a name for them, or without a word."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ExceptHandler):
            silent = all(isinstance(line, ast.Pass) for line in node.body)
            leaves = isinstance(node.type, ast.Name) and node.type.id == "WindowClosed"
            if node.type is None:
                yield f"bare except in line {node.lineno}"
            elif silent and not leaves:
                yield f"except: pass in line {node.lineno}"


def test_nothing_is_caught_and_forgotten() -> None:
    assert not offenders(forgotten)


def test_every_module_says_what_it_is_for() -> None:
    assert not [name_of(path) for path in MODULES if not ast.get_docstring(tree(path))]


def test_every_package_is_declared() -> None:
    """One that is missing would vanish from the wheel without a word."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = {path.parent.relative_to(ROOT) for path in MODULES}
    places = {"fer_video": "engine/version"} | {f"fer_video.{part}": part for part in PARTS}
    declared = {Path(*name.split(".")[1:]) for name in settings["packages"] if name != "fer_video"}
    assert {*declared, Path(places["fer_video"])} == folders
    assert settings["package-dir"] == places
    assert all((ROOT / part / "py.typed").is_file() for part in PARTS)


@pytest.mark.parametrize("name", ["fer_video.engine", "fer_video.cli.main"])
def test_import_is_light(name: str) -> None:
    code = f"import sys, {name}; print(*sorted(m for m in {HEAVY} if m in sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ""


def test_data_and_evaluation_need_no_tensorflow() -> None:
    reports = ("report", "robustness", "synthetic", "tables")
    names = (
        "data.layouts.read",
        "report.write",
        "to_onnx.quantize",
        *(f"evaluation.{name}" for name in reports),
    )
    modules = ", ".join(f"fer_video.exporters.{name}" for name in names)
    code = f"import sys, {modules}; print('tensorflow' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
