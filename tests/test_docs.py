"""README and docs say what is there: links, commands, flags, modules, fields, examples that run."""

import ast
import dataclasses
import inspect
import io
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import pairwise, repeat
from pathlib import Path
from textwrap import dedent
from typing import Any
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest
import typer
from markdown_it import MarkdownIt
from markdown_it.token import Token
from PIL import Image
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from fer_video import __version__, engine
from fer_video.cli.main import app
from fer_video.cli.reference import page
from fer_video.engine import UNCERTAIN, EngineOptions, JsonLines, ModelCard, open_pipeline
from fer_video.exporters.training.recipes import RECIPES
from fer_video.perf.bench.crowd import portrait
from tests.command_line import records
from tests.conftest import Cli
from tests.fakes import FakeCapture
from tests.media import decoded
from tests.networks import EIGHT, write_labelled
from tests.report_records import known

ROOT = Path(__file__).parents[1]
README, INDEX = ROOT / "README.md", ROOT / "docs" / "index.md"
PAGES = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
EMOTIONS = ModelCard("emotions", "expressions", 224, 224, labels=EIGHT, activation="logits")
"""What the docs' network of eight labels is like; its file has no card."""
_PROGRAM = re.compile(r"fer-video((?: +[^&;#]+)?)")
_MODULE = re.compile(r"python -m (fer_video[\w.]+)([^&;#]*)")
_FLAG = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]+")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(params=PAGES, ids=name_of)
def path(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def tokens(path: Path) -> Iterator[Token]:
    """What a page is made of, tables and links within lines among it."""
    for token in MarkdownIt("commonmark").enable("table").parse(path.read_text("utf-8")):
        yield token
        yield from token.children or ()


def code(path: Path) -> Iterator[str]:
    """Every piece of code as one line a command, whether within a line or in a block."""
    for token in tokens(path):
        if token.type == "code_inline":
            yield " ".join(token.content.split())
        elif token.type == "fence" and token.info != "python":
            yield from token.content.replace("\\\n", " ").splitlines()


def anchors(path: Path) -> set[str]:
    """Of the headings, as GitHub makes them."""
    titles = [
        after.content for before, after in pairwise(tokens(path)) if before.type == "heading_open"
    ]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def commands() -> dict[str, TyperCommand | TyperGroup]:
    """The sub-commands by name, `models card` among them; the program itself as ''."""
    program = get_command(app)
    assert isinstance(program, TyperGroup)
    return {"": program} | dict(commands_of(program))


def commands_of(
    group: TyperGroup, before: str = ""
) -> Iterator[tuple[str, TyperCommand | TyperGroup]]:
    for name, command in group.commands.items():
        assert isinstance(command, TyperCommand | TyperGroup)
        yield before + name, command
        if isinstance(command, TyperGroup):
            yield from commands_of(command, f"{before}{name} ")


COMMANDS = commands()


def flags_of(command: TyperCommand | TyperGroup) -> set[str]:
    options = (o for p in command.params for o in (*p.opts, *p.secondary_opts))
    return {option for option in options if option.startswith("--")} | {"--help"}


def source_of(module: str) -> str:
    spec = find_spec(module)
    assert spec is not None, module
    return Path(str(spec.origin)).read_text()


def test_help_names_every_recipe() -> None:
    (named,) = re.findall(r"`--recipe (\S+)`", (ROOT / "docs" / "command-line.md").read_text())
    assert set(named.split("\\|")) == set(RECIPES)


def test_the_page_of_the_command_line_is_what_the_program_says() -> None:
    kept = (ROOT / "docs" / "command-line.md").read_text()
    assert kept == page(), "python -m fer_video.cli.reference > docs/command-line.md"


def test_every_page_is_in_the_index() -> None:
    linked = {token.attrGet("href") for token in tokens(INDEX) if token.type == "link_open"}
    assert {path.name for path in INDEX.parent.glob("*.md")} - {INDEX.name} <= linked


def test_every_relative_link_leads_somewhere(path: Path) -> None:
    for token in tokens(path):
        target = token.attrGet("href") or token.attrGet("src")
        if target is None or urlsplit(str(target)).scheme:
            continue
        file, _, anchor = str(target).partition("#")
        found = (path.parent / file).resolve() if file else path
        assert found.exists(), target
        assert not anchor or anchor in anchors(found), target


def test_every_command_named_exists_with_its_flags(path: Path) -> None:
    for line in code(path):
        for told in _PROGRAM.finditer(line):
            if line[: told.start()].endswith(("/", "cd ", "clone URL ", "-m ")):
                continue  # a folder of this name
            words = str(told[1]).split()
            first = "" if not words or words[0].startswith("-") else words[0]
            both = " ".join(words[:2])
            name = both if both in COMMANDS else first
            assert name in COMMANDS, line
            assert set(_FLAG.findall(told[1])) <= flags_of(COMMANDS[name]), line


def test_every_module_named_exists_with_its_flags(path: Path) -> None:
    for line in code(path):
        for module, rest in _MODULE.findall(line):
            source = source_of(module)
            assert all(f'"{flag}"' in source for flag in _FLAG.findall(rest)), line


def test_every_flag_named_alone_exists(path: Path) -> None:
    known = set[str]().union(*map(flags_of, COMMANDS.values()))
    for module in (ROOT / "perf").rglob("*.py"):
        known |= set(re.findall(r'add_argument\("(--[a-z-]+)"', module.read_text()))
    for line in code(path):
        if line.startswith(("--", "[--")):
            assert set(_FLAG.findall(line)) <= known, line


def test_every_target_of_make_named_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for line in code(path) for name in re.findall(r"^make ([a-z]+)", line)}
    assert named <= targets


@pytest.mark.parametrize("name", COMMANDS)
def test_each_flag_says_in_words_of_its_own_what_it_does(name: str) -> None:
    context = typer.Context(COMMANDS[name], info_name=name or "fer-video")
    helps: list[str] = []
    for parameter in COMMANDS[name].params:
        flag, told = parameter.get_help_record(context) or ("", "")
        text = re.sub(r" *\[[^]]*\]$", "", told)
        assert "<" not in flag, f"{flag}: what it takes has no name"
        assert re.fullmatch(r"[A-Z]\S* .* .*\.", text), f"{flag}: {text}"
        helps.append(text)
    assert len(set(helps)) == len(helps)


def test_each_command_is_summed_up_in_a_line_that_is_not_cut_off() -> None:
    for name, command in COMMANDS.items():
        if name:
            summary = command.get_short_help_str(limit=64)  # of 80 columns
            assert not summary.endswith("..."), f"{name}: {summary}"


def test_readme_is_short_and_says_at_the_top_what_the_weights_may_not_be_used_for() -> None:
    lines = README.read_text().splitlines()
    assert len(lines) < 160
    top = " ".join(lines[: next(i for i, line in enumerate(lines) if line.startswith("## "))])
    assert "Apache-2.0" in top
    assert "not for commercial use" in top


def test_nobody_is_sent_to_an_index_that_does_not_have_this_package() -> None:
    parts = ("engine", "exporters", "cli", "perf")
    for file in (*PAGES, *(file for part in parts for file in (ROOT / part).rglob("*.py"))):
        assert not re.search(r"install ['\"]?fer-video", file.read_text("utf-8")), file


def test_the_version_to_cite_is_that_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"\nversion: {project['version']}\n" in (ROOT / "CITATION.cff").read_text()
    assert project["version"] == __version__


def python_blocks(*files: Path) -> list[Any]:
    return [
        pytest.param(token.content, id=f"{file.stem} line {(token.map or [0])[0]}")
        for file in files
        for token in tokens(file)
        if token.info == "python"
    ]


def block_of_the_docstring() -> Any:
    """The example in the docstring of what people import."""
    told = re.search(
        r"^    from .*?^(?=\S)", inspect.getdoc(engine) or "", re.DOTALL | re.MULTILINE
    )
    assert told is not None
    return pytest.param(dedent(told[0]), id="docstring")


BLOCKS = [
    *python_blocks(*(page for page in PAGES if page.stem != "builders")),
    block_of_the_docstring(),
]
BUILDERS = python_blocks(ROOT / "docs" / "builders.md")


def imported_from(block: str) -> Iterator[tuple[str, str]]:
    """Module and name of everything that an example imports."""
    for node in ast.walk(ast.parse(block)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


@pytest.mark.parametrize("block", [*BLOCKS, *BUILDERS])
def test_examples_in_python_take_public_names_alone(block: str) -> None:
    ours = [pair for pair in imported_from(block) if pair[0].startswith("fer_video")]
    assert {module for module, _ in ours} <= {"fer_video.engine"}
    assert {name for _, name in ours} <= {*engine.__all__}


@pytest.mark.parametrize("block", BLOCKS)
def test_examples_in_python_run(
    block: str, face_clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Cli
) -> None:
    for module, _ in imported_from(block):
        pytest.importorskip(module)
    shutil.copy(face_clip, tmp_path / "in.mp4")
    portrait().save(tmp_path / "portrait.jpg")
    write_labelled(tmp_path / "emotions.onnx", EMOTIONS, carded=False)
    if '"report/' in block:
        known(tmp_path / "in.jsonl")
        assert cli("report", "in.jsonl", "--output", "report", "--formats", "csv").returncode == 0
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "docs", "exec"), {})
    if "out.jsonl" in block:
        assert len(records(tmp_path / "out.jsonl")) == len(decoded(tmp_path / "out.mp4")) == 12


def test_every_public_name_is_in_the_table_of_names() -> None:
    told = {t.content for t in tokens(ROOT / "docs" / "python.md") if t.type == "code_inline"}
    assert {*engine.__all__} <= told


def test_every_field_of_a_card_is_told_of() -> None:
    told = {t.content for t in tokens(ROOT / "docs" / "models.md") if t.type == "code_inline"}
    assert {"format", *(field.name for field in dataclasses.fields(ModelCard))} <= told


def test_the_card_in_the_docs_is_one_of_eight_labels_and_is_written_by_the_command(
    cli: Cli, tmp_path: Path
) -> None:
    page = list(tokens(ROOT / "docs" / "models.md"))
    shown = next(token.content for token in page if token.info == "json")
    card = ModelCard.from_json(shown, "docs")
    assert card.labels == EIGHT
    line = next(t.content for t in page if t.type == "fence" and "models card" in t.content)
    first = line.replace("\\\n", " ").splitlines()[0]
    write_labelled(tmp_path / "emotions.onnx", EMOTIONS, carded=False)
    run = cli(*shlex.split(first)[1:])
    assert run.returncode == 0, run.stderr
    made = ModelCard.from_json((tmp_path / "emotions.json").read_text(), "made")
    assert made == dataclasses.replace(card, mean=made.mean, scale=made.scale)
    assert made.mean == pytest.approx(card.mean)
    assert made.scale == pytest.approx(card.scale, rel=1e-3)


@pytest.mark.parametrize("block", BUILDERS)
def test_examples_for_builders_run(
    block: str, face_clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(face_clip, tmp_path / "in.mp4")
    portrait().save(tmp_path / "portrait.jpg")
    camera = FakeCapture(pictures=repeat(np.asarray(portrait())))
    monkeypatch.setattr(cv2, "VideoCapture", lambda _device: camera)
    monkeypatch.chdir(tmp_path)
    if "ProcessPoolExecutor" in block:  # each process reads the file that it was started from
        script = tmp_path / "script.py"
        script.write_text(block)
        subprocess.run([sys.executable, str(script)], check=True, timeout=200)
        return
    names: dict[str, Any] = {}
    exec(compile(block, "docs", "exec"), names)
    if "FastAPI" in block:
        check_service(names["app"])
    if "rows" in names:
        assert len(names["rows"]) == 12


def check_service(app: Any) -> None:
    """Send it the portrait, as a phone held upright stores it, and what is no picture to read."""
    from fastapi.testclient import TestClient  # noqa: PLC0415 - for this test alone

    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    phone = stored(portrait().transpose(Image.Transpose.ROTATE_90), "jpeg", exif=exif)
    with TestClient(app) as client:
        (face,) = client.post("/faces", content=stored(portrait(), "png")).json()
        assert face["label"] in ("neutral", UNCERTAIN)
        assert len(client.post("/faces", content=phone).json()) == 1
        for side in (8300, 13_400):  # more than the engine takes, and than Pillow opens
            large = stored(Image.new("1", (side, side)), "png")
            assert client.post("/faces", content=large).status_code == 415
        assert client.post("/faces", content=b"no picture").status_code == 415


def stored(picture: Image.Image, kind: str, **how: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **how)
    return file.getvalue()


def test_the_record_in_the_docs_has_the_fields_of_a_real_one(
    face_clip: Path, tmp_path: Path
) -> None:
    with (
        open_pipeline(face_clip, EngineOptions(max_frames=1)) as pipeline,
        JsonLines(tmp_path / "out.jsonl") as sink,
    ):
        sink.write(next(iter(pipeline)))
    (real,) = records(tmp_path / "out.jsonl")
    told = next(t.content for t in tokens(ROOT / "docs" / "records.md") if t.info == "json")
    shown = json.loads(told)
    assert shown.keys() == real.keys()
    assert shown["faces"][0].keys() == real["faces"][0].keys()
