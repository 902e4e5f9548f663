"""Damaged pictures are marked in their rows, and nowhere else."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_video.exporters.report.analysis.episodes import EpisodeOptions
from fer_video.exporters.report.analysis.study import make_study
from fer_video.exporters.report.recorded.records import read_records
from fer_video.exporters.report.tables.frame_table import frames
from fer_video.exporters.report.tables.table import write_csv
from tests.command_line import assert_one_complaint, records
from tests.conftest import Cli
from tests.media import Encoding, moving, write_video


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A film of a key picture a second, in whose middle some bytes are wrong."""
    rng = np.random.default_rng(1)
    pictures = [one + rng.integers(0, 20, one.shape, np.uint8) for one in moving(160, 120, 75)]
    how = Encoding(options={"g": "25", "bf": "0", "x264-params": "slices=4"})
    path = write_video(tmp_path / "in.mp4", pictures, how)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 60] = bytes(60)
    path.write_bytes(data)
    return path


def test_damaged_pictures_are_marked_in_records_tables_and_the_report(
    broken: Path, tmp_path: Path, cli: Cli
) -> None:
    run = cli("--source", broken, "--json", "out.jsonl", "--csv", "out.csv")
    assert_one_complaint(run, "frames are damaged")
    written = records(tmp_path / "out.jsonl")
    marked = [record["frame"] for record in written if record.get("damaged")]
    assert 0 < len(marked) < len(written) / 2
    assert all(20 < number < 60 for number in marked)
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = [row["frame"] for row in csv.DictReader(file) if row["damaged"] == "true"]
    assert sorted({*map(int, rows)}) == marked
    study = make_study(read_records([tmp_path / "out.jsonl"]), EpisodeOptions())
    write_csv(frames(study), tmp_path / "frames.csv")
    table = pd.read_csv(tmp_path / "frames.csv")
    assert sorted({*table["frame"][table["damaged"]]}) == marked
