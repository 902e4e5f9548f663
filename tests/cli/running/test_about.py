"""A run of the command line tells of itself beside its records, and whether they are complete."""

import json
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fer_video.cli.running.processing import Tally, process
from fer_video.cli.terminal.interruption import Interruption
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.output.about import About
from fer_video.engine.output.records import JsonLines
from fer_video.engine.output.sinks import Sinks
from fer_video.engine.output.table import Csv
from fer_video.engine.run.pipeline import Pipeline
from tests.command_line import complaints
from tests.conftest import Cli
from tests.fakes import FakeStages, GeneratedSource, lane_of
from tests.media import Encoding, cut, moving, patches, write_image, write_video


def told(path: Path) -> dict[str, Any]:
    about: dict[str, Any] = json.loads(path.read_text())
    return about


def test_records_of_one_name_are_told_of_in_one_file_and_others_in_their_own(
    cli: Cli, tmp_path: Path
) -> None:
    words = ("--source", "demo", "--max-frames", "3", "--smoothing", "0.5", "--csv", "a.csv")
    run = cli(*words, "--json", "a.jsonl")
    assert run.returncode == 0, run.stderr
    assert "incomplete" not in run.stderr
    about = told(tmp_path / "a.about.json")
    assert about["complete"]
    assert about["command"] == f"fer-video {' '.join(words)} --json a.jsonl"
    assert about["records"] == {
        name: (tmp_path / name).stat().st_size for name in ("a.jsonl", "a.csv")
    }
    assert cli(*words, "--json", "b.jsonl").returncode == 0
    assert [*told(tmp_path / "b.about.json")["records"]] == ["b.jsonl"]


@pytest.mark.parametrize("flags", [("--json", "a.jsonl", "--no-about"), ("--json", "-")])
def test_a_run_need_not_tell_of_itself(cli: Cli, tmp_path: Path, flags: tuple[str, ...]) -> None:
    assert cli("--source", "demo", "--max-frames", "1", *flags).returncode == 0
    assert not [*tmp_path.glob("*about*")]


def test_what_only_the_owner_of_a_camera_may_know_is_not_told(cli: Cli, tmp_path: Path) -> None:
    address = "http://anna:hunter2@127.0.0.1:9/live.mp4?token=s3cret"
    write_video(tmp_path / "in.mp4", moving(64, 48, 3))
    run = cli("-s", "in.mp4", f"--source={address}", "--timeout", "0.1", "--json", "a.jsonl")
    assert run.returncode == 1
    text = (tmp_path / "a.about.json").read_text()
    assert "http://127.0.0.1:9/live.mp4?token=***" in told(tmp_path / "a.about.json")["command"]
    for secret in ("anna", "hunter2", "s3cret"):
        assert secret not in text


def test_a_source_that_could_not_be_opened_is_told_though_others_were_read(
    cli: Cli, tmp_path: Path
) -> None:
    write_video(tmp_path / "in.mp4", moving(64, 48, 3))
    run = cli("-s", "in.mp4", "-s", "gone.mp4", "-s", "away.mp4", "--json", "a.jsonl")
    assert run.returncode == 1
    assert "-> a.jsonl (incomplete)" in run.stderr
    about = told(tmp_path / "a.about.json")
    assert not about["complete"]
    assert [one.partition(":")[0] for one in about["losses"]] == ["gone.mp4", "away.mp4"]
    assert [(one["name"], one["complete"]) for one in about["sources"]] == [("in.mp4", True)]


def test_a_film_that_is_cut_off_gives_incomplete_records_and_the_last_lines_say_so(
    cli: Cli, tmp_path: Path
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (30, 64, 96, 3), np.uint8)
    how = Encoding(options={"g": "5", "bf": "0"})
    cut(write_video(tmp_path / "in.mkv", list(noise), how), 0.5)
    run = cli("--source", "in.mkv", "--csv", "a.csv")
    assert run.returncode == 1
    assert run.stderr.splitlines()[-2].endswith("-> a.csv (incomplete)")
    (last,) = complaints(run)
    assert "cut off" in last
    assert "cut off" in told(tmp_path / "a.about.json")["sources"][0]["lost"]


class Signal:
    """A sink that asks the run to end."""

    def write(self, _recognized: RecognizedFrame) -> None:
        signal.raise_signal(signal.SIGTERM)

    def close(self) -> None:
        pass


@pytest.mark.parametrize("live", [False, True])
def test_ctrl_c_leaves_incomplete_records_that_say_so(tmp_path: Path, live: bool) -> None:
    source = GeneratedSource(100_000, live=live)
    pipeline, tally = Pipeline([lane_of(source, FakeStages().chain())]), Tally()
    records, sinks = (JsonLines(tmp_path / "a.jsonl"), Csv(tmp_path / "a.csv")), Sinks()
    about = About(pipeline, [one.lines for one in records], command=["-s", "0"])
    for sink in (*records, about, Signal()):
        sinks.add(sink)
    with pytest.raises(KeyboardInterrupt), Interruption() as interruption, sinks:
        process(pipeline, sinks, tally, interruption)
    assert not tally.complete
    found = told(tmp_path / "a.about.json")
    assert not found["complete"]
    assert found["frames"] == tally.frames >= 1
    assert {*found["records"]} == {"a.jsonl", "a.csv"}


def test_table_of_photographs_is_told_of_as_that_of_films(cli: Cli, tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", patches())
    assert cli("predict", "a.png", "--csv", "faces.csv").returncode == 0
    about = told(tmp_path / "faces.about.json")
    assert about["complete"]
    assert about["command"] == "fer-video predict a.png --csv faces.csv"
    assert list(about["records"]) == ["faces.csv"]
    assert cli("predict", "a.png", "--csv", "none.csv", "--no-about").returncode == 0
    assert cli("predict", "a.png", "--csv", "-").returncode == 0
    assert {path.name for path in tmp_path.glob("*.json")} == {"faces.about.json"}
