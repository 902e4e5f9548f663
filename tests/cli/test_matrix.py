"""Some cells of the matrix of files, from a file to what lies on the disk, by the command line."""

from pathlib import Path

import pytest

from tests.command_line import complaints, records
from tests.conftest import Cli
from tests.engine.test_matrix import assert_picture, assert_sound, assert_times
from tests.films.matrix import Cell, film, possible
from tests.programs.ffprobe import ffprobe, needs_ffprobe

CELLS = [
    Cell("mp4", "several", "edit list", "mirrored, turned 90", "mov"),
    Cell("mov", "pcm", "variable", "10 bits", "mp4"),
    Cell("mkv", "opus", "late", "wide pixels", "flv"),
    Cell("webm", "opus", "joined", "odd", "mkv"),
    Cell("avi", "mp3", "constant", "full range", "ts"),
    Cell("ts", "adts", "joined", "plain", "mp4"),
    Cell("3gp", "amr", "constant", "turned 270", "mkv"),
    Cell("gif", "none", "variable", "odd", "mp4"),
]


@needs_ffprobe
@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_film_is_annotated_and_recorded_by_the_command(
    tmp_path: Path, cell: Cell, cli: Cli
) -> None:
    assert cell in possible()
    made = film(cell, tmp_path)
    target, lines = tmp_path / f"out.{cell.target}", tmp_path / "out.jsonl"
    run = cli("--source", made.path, "--output", target, "--json", lines)
    assert run.returncode == 0, run.stderr
    told = complaints(run)
    assert all("warning: " in line for line in told)
    assert len(set(told)) == len(told)
    said = ffprobe(target)
    assert_times(made, cell, records(lines), said)
    assert_picture(made, cell, records(lines), said)
    assert_sound(made, cell, target, said)
