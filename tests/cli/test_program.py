"""What only a process of its own can show: how the program starts, ends and writes."""

import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from fer_video import __version__
from tests.command_line import PROGRAM, assert_one_complaint, complaints, records
from tests.conftest import Cli
from tests.media import decoded, moving, patches, write_image, write_video

LIBRARIES = (
    *("numpy", "av", "cv2", "PIL", "onnxruntime", "numba", "rich", "matplotlib", "tensorflow"),
    *("pydantic", "asyncio"),
)
"""None of them is needed to print a help."""


@pytest.mark.parametrize(
    "words", ["--source joined.ts --json o.jsonl", "predict a.png none.png --json", "tune -s none"]
)
def test_program_says_what_its_main_function_says(
    cli: Cli, program: Cli, tmp_path: Path, words: str
) -> None:
    """So that the other tests may call the function: a warning, a result and an error, an error."""
    part = write_video(tmp_path / "part.ts", moving(96, 64, 10)).read_bytes()
    (tmp_path / "joined.ts").write_bytes(part + part)
    write_image(tmp_path / "a.png", patches())
    here, there = cli(*words.split()), program(*words.split())
    assert (here.returncode, here.stdout) == (there.returncode, there.stdout)
    assert complaints(here) == complaints(there) != []


@pytest.mark.parametrize(("flag", "says"), [("--help", "Usage"), ("--version", __version__)])
def test_help_and_version_load_no_library(flag: str, says: str) -> None:
    code = f"from fer_video.cli.main import app; app(['{flag}'], standalone_mode=False)"
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, check=True
    )
    loaded = set(re.findall(r"^import time:.*\| +(\w+)$", run.stderr, re.MULTILINE))
    assert says in run.stdout
    assert "typer" in loaded
    assert not loaded & set(LIBRARIES)


def test_help_takes_little_work(program: Cli) -> None:
    """Work, not time, which other programs take; three times what an ordinary machine needs."""
    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert program("--help").returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    assert min(spent) < 0.6


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_name_that_stdout_cannot_spell_is_no_error(tmp_path: Path, encoding: str) -> None:
    write_image(tmp_path / "猫.png", patches())
    run = subprocess.run(
        [*PROGRAM, "predict", "猫.png"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    name = "猫.png" if encoding == "utf-8" else r"\u732b.png"
    assert run.stdout.decode(encoding) == f"{name}: 0 faces\n"


def shell(folder: Path, line: str) -> "subprocess.CompletedProcess[str]":
    """The program as a shell starts it: its stdout or stderr closed or sent somewhere."""
    script = f'exec "{sys.executable}" -m fer_video.cli {line}'
    return subprocess.run(
        ["sh", "-c", script], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("closed", [">&-", "2>&-", "2>/dev/full", "<&- >&- 2>&-"])
def test_files_are_written_whatever_is_closed(tmp_path: Path, face_clip: Path, closed: str) -> None:
    run = shell(
        tmp_path, f'-s "{face_clip}" --json o.jsonl --csv o.csv -o o.mp4 --max-frames 3 {closed}'
    )
    assert (run.returncode, run.stdout, complaints(run)) == (0, "", [])
    assert len(records(tmp_path / "o.jsonl")) == len(decoded(tmp_path / "o.mp4")) == 3
    assert len((tmp_path / "o.csv").read_text().splitlines()) == 4


@pytest.mark.parametrize("words", ["-s demo --json -", "-s demo -o -", "models", "predict a.png"])
@pytest.mark.parametrize("closed", [">&-", "> /dev/full"])
def test_stdout_that_cannot_be_written_is_told_in_one_line(
    tmp_path: Path, words: str, closed: str
) -> None:
    write_image(tmp_path / "a.png", patches())
    assert_one_complaint(shell(tmp_path, f"{words} {closed}"), ": cannot be written (")


def test_user_without_a_home_in_a_place_that_cannot_be_written(face_clip: Path) -> None:
    """As in a container with a user of its own; what was compiled lies elsewhere."""
    numba = {"NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", "")}
    run = subprocess.run(
        [*PROGRAM, "-s", str(face_clip), "--json", "-", "--max-frames", "2"],
        cwd="/",
        env={"PATH": os.environ["PATH"], "HOME": "/dev/null", "TMPDIR": "/dev/null"} | numba,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, complaints(run)) == (0, [])
    assert len(run.stdout.splitlines()) == 2


PLAIN = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
GERMAN_WINDOWS = {"PYTHONIOENCODING": "cp1252", "LC_ALL": "de_DE.UTF-8"}
"""As Python writes where its output is redirected."""


@pytest.mark.parametrize("surroundings", [PLAIN, GERMAN_WINDOWS])
def test_records_are_the_same_bytes_in_every_language(
    tmp_path: Path, surroundings: dict[str, str]
) -> None:
    write_image(tmp_path / "fotos" / "x.png", patches()).replace(tmp_path / "fotos" / "猫 é.png")
    (tmp_path / "ä.toml").write_text('detector = "detector"  # für später 猫\n', "utf-8")
    words = ("-s", "fotos", "--settings", "ä.toml", "--json", "-", "--csv", "é.csv")
    run = subprocess.run(
        [*PROGRAM, *words],
        cwd=tmp_path,
        env=os.environ | surroundings,
        capture_output=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    (record,) = map(json.loads, run.stdout.splitlines())
    assert os.fsencode(record["file"]).decode() == "猫 é.png"
    rows = (tmp_path / "é.csv").read_bytes().decode().splitlines()
    assert rows[0].startswith("source,file,frame,time,")
    told = subprocess.run(
        [*PROGRAM, "predict", "fotos/猫 é.png", "none é.png"],
        cwd=tmp_path,
        env=os.environ | surroundings,
        capture_output=True,
        check=False,
    )
    assert told.returncode == 1
    assert told.stdout.endswith(b".png: 0 faces\n")
    assert b"Traceback" not in told.stderr
