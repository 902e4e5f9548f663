"""`fer-video report`, as a user calls it."""

import csv
import json
import os
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from tests.command_line import assert_one_complaint
from tests.conftest import Cli
from tests.report_records import Record, face, frame, known, steady, write


def test_a_report_of_records_needs_neither_video_nor_network(cli: Cli, tmp_path: Path) -> None:
    known(tmp_path / "in.jsonl")
    run = cli("report", "in.jsonl", "--output", "made/report", "--formats", "csv")
    assert run.returncode == 0, run.stderr
    assert run.stdout == ""
    assert run.stderr == "made/report: 1 video, 3 people, as csv\n"
    assert {file.name for file in (tmp_path / "made" / "report").iterdir()} == {
        *("frames.csv", "episodes.csv", "summary.csv", "transitions.csv", "columns.json")
    }


def test_nothing_is_written_where_one_of_several_files_is_bad(cli: Cli, tmp_path: Path) -> None:
    known(tmp_path / "in.jsonl")
    (tmp_path / "cut.jsonl").write_text('{"frame": 0, "ti')
    run = cli("report", "in.jsonl", "cut.jsonl", "--output", "out")
    assert_one_complaint(run, "cut.jsonl, line 1: is cut off")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--formats", "csv,xlsx"), "format xlsx: choose of csv, parquet"),
        (("--enter", "0.2"), "enter 0.2, leave 0.3"),
        (("--leave", "nan"), "leave nan"),
        (("--bridge", "-1"), "bridge -1"),
        (("--longest-frame", "0"), "longest frame 0"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_before_anything_is_written(
    cli: Cli, tmp_path: Path, flags: tuple[str, ...], told: str
) -> None:
    known(tmp_path / "in.jsonl")
    assert_one_complaint(cli("report", "in.jsonl", "--output", "out", *flags), told)
    assert not (tmp_path / "out").exists()


def test_a_report_may_be_made_again_in_place(cli: Cli, tmp_path: Path) -> None:
    steady(tmp_path / "in.jsonl", 1, lambda _: [face(1, "happy", 0.6)])
    for enter, episodes in (("0.5", 1), ("0.9", 0)):
        run = cli("report", "in.jsonl", "--output", "out", "--formats", "csv", "--enter", enter)
        assert run.returncode == 0, run.stderr
        rows = (tmp_path / "out" / "episodes.csv").read_text().splitlines()
        assert len(rows) == 1 + episodes
    assert "frames" in json.loads((tmp_path / "out" / "columns.json").read_text())


def test_a_report_made_again_leaves_no_table_that_contradicts_it(cli: Cli, tmp_path: Path) -> None:
    steady(tmp_path / "in.jsonl", 1, lambda _: [face(1, "happy", 0.6)])
    (tmp_path / "people.csv").write_text("file,id,name\nin,1,Anna\n")
    (tmp_path / "marks.csv").write_text("file,start,end,kind,label\nin,0.5,,event,joke\n")
    (tmp_path / "in.about.json").write_text("{}")
    flags = ("--people", "people.csv", "--marks", "marks.csv")
    run = cli("report", "in.jsonl", "--output", "out", "--formats", "csv,parquet,bids", *flags)
    assert run.returncode == 0, run.stderr
    first = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"events.csv", "summary_by_person.parquet", "runs.json", "frames.parquet"} <= first
    (tmp_path / "out" / "notes.csv").write_text("mine\n")
    (tmp_path / "in.about.json").unlink()
    run = cli("report", "in.jsonl", "--output", "out", "--formats", "csv")
    assert run.returncode == 0, run.stderr
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *("frames.csv", "episodes.csv", "summary.csv", "transitions.csv", "columns.json"),
        *("notes.csv", "bids"),
    }


def test_a_file_of_one_s_own_with_the_name_of_a_table_stays(cli: Cli, tmp_path: Path) -> None:
    known(tmp_path / "in.jsonl")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "events.csv").write_text("file,start,end,kind,label\nin.mp4,0,9,exclude,\n")
    for _ in range(2):
        flags = ("--marks", "out/events.csv", "--formats", "csv")
        run = cli("report", "in.jsonl", "--output", "out", *flags)
        assert run.returncode == 0, run.stderr


def test_people_and_marks_go_into_the_tables(cli: Cli, tmp_path: Path) -> None:
    known(tmp_path / "in.jsonl")
    (tmp_path / "people.csv").write_text("file,id,name\nin.mp4,1,Anna\n")
    (tmp_path / "marks.csv").write_text(
        "file,start,end,kind,label\nin.mp4,2,,event,joke\nin.mp4,0,10,condition,first\n"
    )
    flags = ("--people", "people.csv", "--marks", "marks.csv", "--formats", "csv")
    run = cli("report", "in.jsonl", "--output", "out", *flags)
    assert run.returncode == 0, run.stderr
    table = (tmp_path / "out" / "summary.csv").read_text()
    assert "in.mp4,Anna,," in table
    assert "in.mp4,Anna,first," in table
    assert "all,Anna,first," in (tmp_path / "out" / "summary_by_person.csv").read_text()
    assert "in.mp4,Anna,joke,2.0" in (tmp_path / "out" / "events.csv").read_text()


def test_a_suggestion_of_people_can_be_given_back(cli: Cli, tmp_path: Path) -> None:
    known(tmp_path / "in.jsonl")
    run = cli("report", "in.jsonl", "--output", "out", "--suggest-people")
    assert run.returncode == 0, run.stderr
    assert run.stderr.startswith("out/people.csv: fill in the column name, with 0 pictures beside")
    path = tmp_path / "out" / "people.csv"
    path.write_text(path.read_text().replace("in.mp4,3,,", "in.mp4,3,Eve,"))
    flags = ("--people", "out/people.csv", "--formats", "csv")
    assert cli("report", "in.jsonl", "--output", "out", *flags).returncode == 0
    assert "in.mp4,Eve,," in (tmp_path / "out" / "summary.csv").read_text()


@pytest.mark.filterwarnings("error::UserWarning")
@pytest.mark.parametrize("faces", [[], [face(1, "happy", 0.9, status="low_quality")]])
def test_a_single_frame_has_a_report_in_every_format(
    cli: Cli, tmp_path: Path, faces: list[Record]
) -> None:
    steady(tmp_path / "in.jsonl", 0.1, lambda _: faces)
    run = cli("report", "in.jsonl", "--output", "out")
    assert run.returncode == 0, run.stderr
    assert len(run.stderr.splitlines()) == 1
    folders = ("pictures", "webvtt", "elan", "boris", "bids", "facereader", "report.html")
    assert {*folders} <= {path.name for path in (tmp_path / "out").iterdir()}


@pytest.mark.parametrize("source", ["$a_b_c$.mp4", "caf\udce9.mp4"])
def test_a_video_of_an_odd_name_has_a_report_in_every_format(
    cli: Cli, tmp_path: Path, source: str
) -> None:
    """Dollars are no formula, and a byte that is no UTF-8 is spelt."""
    try:
        (tmp_path / source).touch()
    except OSError:
        pytest.skip("this disk refuses such a name")
    spelt = source.replace("\udce9", "\\udce9")
    write(
        tmp_path / "in.jsonl", [frame(n, n / 10, [face(1, "happy", 0.9)], source) for n in (0, 1)]
    )
    run = cli("report", "in.jsonl", "--output", "out")
    assert run.returncode == 0, run.stderr
    (shares,) = (tmp_path / "out" / "pictures").glob("*_shares.svg")
    assert spelt in {text.strip() for text in ElementTree.parse(shares).getroot().itertext()}
    (summary,) = csv.DictReader((tmp_path / "out" / "summary.csv").open(encoding="utf-8"))
    assert summary["file"] == spelt
    text = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert f"<h2>{spelt}</h2>" in text
    assert f'src="../{quote(os.fsencode(source))}"' in text
    (eaf,) = (tmp_path / "out" / "elan").iterdir()
    (media,) = ElementTree.parse(eaf).getroot().iter("MEDIA_DESCRIPTOR")
    assert media.get("RELATIVE_MEDIA_URL") == f"./{spelt}"
