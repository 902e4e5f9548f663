"""The rules that keep the parts apart, read from the source itself."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = ("engine", "exporters", "cli", "perf")
MAY_IMPORT = {
    "engine": {"engine"},
    "exporters": {"engine", "exporters"},
    "perf": {"engine", "perf"},
    "cli": {"engine", "exporters", "perf", "cli"},
}
STAGES = ("capture", "detect", "preprocess", "infer", "smooth", "render")
RUNNERS = ("pipeline", "crew", "line", "build")
HEAVY = ("tensorflow", "keras", "tf2onnx", "cv2", "matplotlib")
MODULES = sorted(path for part in PARTS for path in (ROOT / part).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").as_posix()


@pytest.fixture(params=MODULES, ids=name_of)
def module(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imported(path: Path) -> Iterator[str]:
    """Full names of all modules that a file imports, wherever in it."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(path: Path) -> set[tuple[str, str]]:
    """(part, module) of our own among them."""
    names = (name.split(".") for name in imported(path) if name.startswith("fer_video."))
    return {(name[1], name[2] if len(name) > 2 else "") for name in names}


def stage_of(module: str) -> str | None:
    """`capture_video` belongs to the stage `capture`."""
    return next((stage for stage in STAGES if module.split("_", maxsplit=1)[0] == stage), None)


def test_parts_import_only_what_they_may(module: Path) -> None:
    part = module.relative_to(ROOT).parts[0]
    assert {name for name, _ in ours(module)} <= MAY_IMPORT[part]


def test_no_part_is_imported_by_its_bare_name(module: Path) -> None:
    assert not {name.split(".")[0] for name in imported(module)} & set(PARTS)


def test_no_stage_knows_another_or_the_pipeline() -> None:
    for path in (ROOT / "engine").glob("*.py"):
        stage = stage_of(path.stem)
        if stage is None:
            continue
        known = {name for part, name in ours(path) if part == "engine"}
        assert not known & set(RUNNERS), path
        assert {stage_of(name) for name in known} <= {None, stage}, path


def test_only_build_knows_every_stage() -> None:
    for path in (ROOT / "engine").glob("*.py"):
        stages = {stage_of(name) for part, name in ours(path) if part == "engine"} - {None}
        assert path.stem == "build" or len(stages) <= 1, path


def test_threads_live_in_few_places_only() -> None:
    """An Event that wakes a waiting source is no thread code."""
    for path in (ROOT / "engine").glob("*.py"):
        names = set(imported(path))
        if path.stem not in ("crew", "line", "device"):
            assert not {"threading.Thread", "queue", "concurrent.futures"} & names, path
        assert "time.sleep" not in names, path


def test_engine_knows_neither_keras_nor_tensorflow() -> None:
    for path in (ROOT / "engine").glob("*.py"):
        roots = {name.split(".")[0] for name in imported(path)}
        assert not roots & {"tensorflow", "keras", "tf2onnx", "onnx", "typer", "rich"}, path


def test_library_prints_nothing(module: Path) -> None:
    calls = (node.func for node in ast.walk(tree(module)) if isinstance(node, ast.Call))
    assert not [call for call in calls if isinstance(call, ast.Name) and call.id == "print"]


def test_nothing_is_caught_and_forgotten(module: Path) -> None:
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"{module}:{node.lineno}: bare except"
            silent = all(isinstance(line, ast.Pass) for line in node.body)
            leaves = isinstance(node.type, ast.Name) and node.type.id == "Leave"
            assert leaves or not silent, f"{module}:{node.lineno}: except: pass"


def test_every_module_says_what_it_is_for(module: Path) -> None:
    assert ast.get_docstring(tree(module))


def test_every_package_is_declared() -> None:
    """One that is missing would vanish from the wheel without a word."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = {path.parent.relative_to(ROOT) for path in MODULES}
    declared = {Path(folder) for folder in settings["package-dir"].values()}
    assert declared == folders
    assert set(settings["packages"]) == set(settings["package-dir"])
    assert all((ROOT / part / "py.typed").is_file() for part in PARTS)


@pytest.mark.parametrize("name", ["fer_video.engine", "fer_video.cli.main"])
def test_import_is_light(name: str) -> None:
    code = f"import sys, {name}; print(*sorted(m for m in {HEAVY} if m in sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ""


def test_data_and_evaluation_need_no_tensorflow() -> None:
    names = ("layouts", "evaluation", "robustness", "synthetic", "tables", "quantize")
    modules = ", ".join(f"fer_video.exporters.{name}" for name in names)
    code = f"import sys, {modules}; print('tensorflow' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
