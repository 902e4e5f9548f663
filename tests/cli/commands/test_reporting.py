"""`--source in.mp4 --report DIR`: records, and a report of them, in one go."""

import importlib.util
import json
import os
import signal
from pathlib import Path
from threading import Thread

import pytest

from fer_video.cli.commands.reporting import reporting
from tests.command_line import assert_one_complaint
from tests.conftest import Cli
from tests.fakes import wait_until
from tests.media import moving, write_video
from tests.report_records import known


@pytest.fixture
def _soon_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all formats, those alone that are looked at below."""
    monkeypatch.setattr("fer_video.exporters.report.write.FORMATS", ("csv", "html"))


@pytest.mark.usefixtures("_soon_made")
def test_a_run_and_its_report_are_one_command(cli: Cli, face_clip: Path, tmp_path: Path) -> None:
    (tmp_path / "in.mp4").write_bytes(face_clip.read_bytes())
    run = cli("--source", "in.mp4", "--report", "made/out", "--max-frames", "6")
    assert run.returncode == 0, run.stderr
    assert run.stdout == ""
    assert "-> made/out\nmade/out: 1 video, 1 person, as csv, html\n" in run.stderr
    folder = tmp_path / "made" / "out"
    assert len((folder / "records.jsonl").read_text().splitlines()) == 6
    assert {"summary.csv", "report.html", "records.about.json"} <= {
        path.name for path in folder.iterdir()
    }
    page = (folder / "report.html").read_text()
    assert "complete</td>" in page
    assert 'src="../../in.mp4"' in page


def test_what_would_fail_at_the_end_is_refused_before_the_first_frame(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_video(tmp_path / "in.mp4", moving(64, 48, 3))
    (tmp_path / "file").write_text("")
    assert_one_complaint(cli("-s", "in.mp4", "--report", "file/out"), "file/out: cannot be made")
    assert_one_complaint(cli("-s", "in.mp4", "--report", "file"), "file: cannot be made")
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    assert_one_complaint(cli("-s", "a.png", "--report", "out"), "photographs have no time")
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "matplotlib" else find(name)
    )
    assert_one_complaint(cli("-s", "in.mp4", "--report", "out"), "need matplotlib")
    assert not (tmp_path / "out").exists()


def test_a_source_that_is_not_there_makes_no_report_of_an_earlier_run(
    cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    known(tmp_path / "out" / "records.jsonl")
    assert_one_complaint(cli("-s", "gone.mp4", "--report", "out"), "gone.mp4: no such file")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["records.jsonl"]


def test_an_error_that_ends_a_run_comes_before_one_of_its_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "records.jsonl"

    def end_early() -> None:
        with reporting(path):
            path.write_text("no record\n")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        end_early()
    assert "records.jsonl, line 1: is cut off" in capsys.readouterr().err


@pytest.mark.usefixtures("_soon_made")
def test_ctrl_c_makes_a_report_of_what_there_is(cli: Cli, tmp_path: Path) -> None:
    def ask() -> None:
        wait_until(
            lambda: any(path.stat().st_size for path in tmp_path.glob("out/.records.*.jsonl"))
        )
        os.kill(os.getpid(), signal.SIGTERM)

    asking = Thread(target=ask)
    asking.start()
    run = cli("--source", "demo", "--realtime", "--report", "out")
    asking.join()
    assert run.returncode == 130
    assert run.stderr.endswith("as csv, html (incomplete: demo)\n")
    assert not json.loads((tmp_path / "out" / "records.about.json").read_text())["complete"]
    assert "The records of demo are incomplete" in (tmp_path / "out" / "report.html").read_text()


def test_film_with_a_name_of_its_own_is_found_by_what_its_run_told(
    cli: Cli, face_clip: Path, tmp_path: Path
) -> None:
    film = tmp_path / "films" / "in.mp4"
    film.parent.mkdir()
    film.write_bytes(face_clip.read_bytes())
    words = ("--source", "films/in.mp4", "--name", "Anna", "--json", "a.jsonl")
    assert cli(*words, "--max-frames", "3").returncode == 0
    suggest = ("report", "a.jsonl", "--suggest-people", "--output")
    run = cli(*suggest, "out")
    assert run.returncode == 0, run.stderr
    assert [path.name for path in (tmp_path / "out").glob("*/*/*.jpg")] == ["1.jpg"]
    film.write_bytes(face_clip.read_bytes() + bytes(8))  # another film of that name
    assert cli(*suggest, "again").returncode == 0
    assert not [*(tmp_path / "again").rglob("*.jpg")]
