"""What runs of the command line leave on stderr and in files, told apart."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

SUMMARY = re.compile(r"\d+ frames.* in .* s, .* fps, \d+ faces")
PROGRESS = re.compile(r"\d+(/\d+)? frames, .* fps|compiling for this machine, once")


def complaints(run: "subprocess.CompletedProcess[str]") -> list[str]:
    """Lines on stderr besides progress and the summary."""
    lines = run.stderr.splitlines()
    return [line for line in lines if not (SUMMARY.match(line) or PROGRESS.match(line))]


def assert_one_complaint(run: "subprocess.CompletedProcess[str]", *parts: str) -> None:
    assert run.returncode == 1, run.stderr
    (line,) = complaints(run)
    assert line.startswith("fer-video: ")
    for part in parts:
        assert part in line


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]
