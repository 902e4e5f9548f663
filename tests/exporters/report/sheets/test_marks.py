"""What is left out, what happened and which condition it was."""

import json
from pathlib import Path

import pandas as pd
import pytest

from fer_video.engine.errors import DataError
from fer_video.exporters.report.analysis.episodes import EpisodeOptions
from fer_video.exporters.report.analysis.events import responses
from fer_video.exporters.report.analysis.study import Study, make_study
from fer_video.exporters.report.recorded.recording import Recording
from fer_video.exporters.report.recorded.records import read_records
from fer_video.exporters.report.sheets.marks import read_marks
from fer_video.exporters.report.write import write_report
from tests.report_records import Record, face, frame, steady, write

HEAD = "file,start,end,kind,label\n"


def shown(time: float) -> list[Record]:
    """Neutral, from 4 s happy; at first with little of it, then with much."""
    return [face(1, "neutral", 0.8, happy=0.1) if time < 4 else face(1, "happy", 0.7)]


@pytest.fixture
def videos(tmp_path: Path) -> list[Recording]:
    return read_records([steady(tmp_path / "a.jsonl", 10, shown)])


def marked(videos: list[Recording], folder: Path, rows: str) -> Study:
    path = folder / "marks.csv"
    path.write_text(HEAD + rows)
    return make_study(videos, EpisodeOptions(), marks=read_marks(path, videos))


def test_an_excluded_stretch_counts_for_nothing_else(
    videos: list[Recording], tmp_path: Path
) -> None:
    study = marked(videos, tmp_path, "a,5,7,exclude,\n")
    (one,) = study.summaries()
    assert one.missing["excluded"] == pytest.approx(2)
    assert one.valid == one.in_view == pytest.approx(8)
    assert one.valid + sum(one.missing.values()) == pytest.approx(one.observed)
    assert one.labels["happy"].share == pytest.approx(4 / 8)
    assert one.labels["happy"].episodes == 2
    write_report(study, tmp_path, ["csv"])
    frames = pd.read_csv(tmp_path / "frames.csv")
    assert frames["status"].value_counts().to_dict() == {"ok": 80, "excluded": 20}
    assert frames["score_happy"].notna().all()


def test_a_condition_has_rows_of_its_own(videos: list[Recording], tmp_path: Path) -> None:
    rows = "a,0,3,condition,rest\na,3,6,condition,task\na,8,10,condition,task\n"
    whole, rest, task = marked(videos, tmp_path, rows).summaries()
    assert [one.condition for one in (whole, rest, task)] == ["", "rest", "task"]
    assert [one.observed for one in (whole, rest, task)] == pytest.approx([10, 3, 5])
    assert (rest.labels["happy"].share, task.labels["happy"].share) == pytest.approx((0, 0.8))
    assert (rest.labels["happy"].episodes, task.labels["happy"].episodes) == (0, 1)
    assert rest.labels["happy"].latency is None
    assert task.labels["happy"].latency == pytest.approx(1)
    assert (rest.transitions, task.transitions) == (0, 1)


def test_an_event_tells_before_after_latency_and_area(
    videos: list[Recording], tmp_path: Path
) -> None:
    study = marked(videos, tmp_path, "a,3.5,,event,joke\na,0:03,0:09,event,film\n")
    found = {(one.event.label, one.label): one for one in responses(study)}
    joke = found["joke", "happy"]
    assert (joke.before, joke.after) == pytest.approx((0.1, (0.5 * 0.1 + 1.5 * 0.7) / 2))
    assert joke.latency == pytest.approx(0.5)
    assert joke.area == pytest.approx(1.5 * 0.6)
    assert found["film", "happy"].area == pytest.approx(5 * 0.6)
    assert found["film", "neutral"].latency is None
    write_report(study, tmp_path, ["csv"])
    assert len(pd.read_csv(tmp_path / "events.csv")) == 2 * 5
    told = json.loads((tmp_path / "columns.json").read_text())["events"]["latency_s"]
    assert "begins in the 2 s after the event, or while it lasts; empty" in told["description"]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (
            "a,1,3,condition,x\na,2,4,condition,y\n",
            "line 3: condition y from 2.0 to 4.0 s overlaps condition x of line 2",
        ),
        ("a,1,3,exclude,\na,0,4,exclude,\n", "line 3: exclude"),
        ("a,1,,event,x\na,1,,event,x\n", "line 3: event x"),
        ("a,1,3,pause,x\n", "line 2: kind pause: choose of exclude, event, condition"),
        ("a,3,1,exclude,\n", "line 2: ends at 1.0 s"),
        ("a,1,,condition,x\n", "line 2: has no end"),
        ("a,,2,event,x\n", "line 2: has no start"),
        ("a,1,2,event,\n", "line 2: has no label"),
        ("a,11,12,event,x\n", "line 2: is from 11.0 to 12.0 s, but the records of a are of"),
        ("b,1,2,event,x\n", "line 2: no records are of b"),
    ],
)
def test_a_mark_that_is_none_or_overlaps_is_named_with_its_line(
    videos: list[Recording], tmp_path: Path, rows: str, told: str
) -> None:
    with pytest.raises(DataError, match=r"marks\.csv") as error:
        marked(videos, tmp_path, rows)
    assert told in str(error.value)


def test_a_mark_before_the_stretch_that_was_read_is_named_since_times_are_the_film_s(
    tmp_path: Path,
) -> None:
    frames = (frame(n, 90 + n / 10, shown(5), "a") for n in range(100))
    videos = read_records([write(tmp_path / "a.jsonl", frames)])
    for row in ("a,1,3,exclude,\n", "a,80,90,condition,x\n", "a,89,,event,x\n"):
        with pytest.raises(
            DataError, match=r"line 2: is from .* of a are of 90\.000 to 100\.000 s"
        ):
            marked(videos, tmp_path, row)
    study = marked(videos, tmp_path, "a,80,91,exclude,\na,90,,event,x\na,0:01:39,200,condition,x\n")
    assert [mark.start for mark in study.videos[0].marks] == [80, 90, 99]


def test_different_events_may_overlap(videos: list[Recording], tmp_path: Path) -> None:
    study = marked(videos, tmp_path, "a,1,5,event,x\na,2,3,event,y\na,1,3,exclude,\n")
    assert len(study.videos[0].marks) == 3
