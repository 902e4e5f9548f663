"""The Makefile: environments that are made anew, and Pythons that cannot have one."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYTHON = """#!/bin/sh
case "$*" in
*venv*) mkdir -p .venv/bin && ln -s /bin/true .venv/bin/pip ;;
*) exec python3 -c "import sys; sys.version_info = (3, 14, 0); $2" ;;
esac
"""
"""Stands for a Python that is new, and makes environments in which nothing is installed."""
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


def make(folder: Path, target: str) -> "subprocess.CompletedProcess[str]":
    shutil.copy(ROOT / "Makefile", folder)
    python = folder / "python"
    python.write_text(PYTHON)
    python.chmod(0o755)
    command = ["make", target, "FILES=", f"PYTHON={python}"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_environment_that_was_made_half_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to("/bin/true")
    run = make(tmp_path, ".venv/installed")
    assert run.returncode == 0, run.stderr
    assert (tmp_path / ".venv/installed").exists()


def test_python_without_tensorflow_is_told_before_anything_is_made(tmp_path: Path) -> None:
    run = make(tmp_path, ".venv-test/installed")
    assert run.returncode
    assert "TensorFlow is not made for this Python yet" in run.stderr
    assert not (tmp_path / ".venv-test").exists()


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs the repository")
def test_what_the_demo_writes_is_ignored() -> None:
    files = ["demo.mp4", "demo.jsonl", "demo.about.json", "runs/bench"]
    run = subprocess.run(
        ["git", "check-ignore", *files], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == files
