"""The way back: what a person corrected in BORIS or ELAN against what the machine read."""

import json
from pathlib import Path

import pytest

from fer_video.engine.errors import DataError
from fer_video.exporters.report.analysis.agreement import Agreement, compare
from fer_video.exporters.report.analysis.episodes import EpisodeOptions
from fer_video.exporters.report.analysis.study import Video, make_study
from fer_video.exporters.report.recorded.records import read_records
from fer_video.exporters.report.sheets.corrected import read_corrected
from fer_video.exporters.report.sheets.marks import Mark
from tests.conftest import Cli
from tests.report_records import Record, face, frame, steady, write

BORIS = "Observation id,Subject,Behavior,Behavior type,Start (s),Stop (s),Duration (s)\n"


@pytest.fixture
def video(tmp_path: Path) -> Video:
    """Face 1 is neutral for 6 s, and then happy for 4 s."""
    path = steady(
        tmp_path / "a.jsonl", 10, lambda t: [face(1, "neutral" if t < 6 else "happy", 0.9)]
    )
    (made,) = make_study(read_records([path]), EpisodeOptions()).videos
    return made


def agreed(video: Video, path: Path, text: str) -> Agreement:
    path.write_text(text)
    return compare(video, read_corrected(path), path)


def test_who_corrects_nothing_agrees_wholly(video: Video, tmp_path: Path) -> None:
    rows = "a,1,neutral,STATE,0,6,6\na,1,happy,STATE,6,10,4\na,1,blink,POINT,3,NA,NA\n"
    found = agreed(video, tmp_path / "c.csv", BORIS + rows)
    assert (found.kappa, found.share, found.seconds) == pytest.approx((1, 1, 10))


def test_kappa_is_counted_of_seconds(video: Video, tmp_path: Path) -> None:
    """By hand: neutral 5 s, happy 5 s; both say so for 5 and 4 s."""
    rows = "a\t1\tneutral\tSTATE\t0\t5\t5\na\t1\thappy\tSTATE\t5\t10\t5\n"
    found = agreed(video, tmp_path / "c.tsv", BORIS.replace(",", "\t") + rows)
    chance = (0.5 * 0.6) + (0.5 * 0.4)
    assert found.share == pytest.approx(0.9)
    assert found.kappa == pytest.approx((0.9 - chance) / (1 - chance))
    assert found.of("happy") == pytest.approx(2 * 4 / (5 + 4))
    assert found.of("angry") is None
    happy, neutral = found.labels.index("happy"), found.labels.index("neutral")
    assert found.confusion[happy, neutral] == pytest.approx(1)


def test_what_only_one_of_both_saw_counts_against_them(video: Video, tmp_path: Path) -> None:
    text = "1\t\t00:00:00.000\t0.000\t00:00:06.000\t6.000\t00:00:06.000\t6.0\tneutral\n"
    found = agreed(video, tmp_path / "c.txt", text + "1\t\t00:00:06.0\t00:00:12.0\tbored\n")
    assert found.labels[-2:] == ("bored", "none")
    assert found.seconds == pytest.approx(12)
    assert found.share == pytest.approx(6 / 12)
    assert found.confusion[-2, -1] == pytest.approx(2)  # bored, after the records' end


def test_what_was_coded_of_other_videos_does_not_count(video: Video, tmp_path: Path) -> None:
    alone = "a,1,neutral,STATE,0,5,5\na,1,happy,STATE,5,10,5\n"
    other = "b,1,angry,STATE,0,8,8\nb,Eve,bored,STATE,9,20,11\n"
    one, both = (agreed(video, tmp_path / "c.csv", BORIS + rows) for rows in (alone, alone + other))
    assert both.kappa == pytest.approx(one.kappa)
    assert (both.labels, both.seconds) == (one.labels, one.seconds)


def test_an_export_of_one_video_that_is_called_otherwise_is_compared_and_told(
    video: Video, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name, told in (("a", 0), (str(video.recording.origin), 0), ("", 0), ("b", 1)):
        caplog.clear()
        found = agreed(video, tmp_path / "c.csv", f"{BORIS}{name},1,neutral,STATE,0,5,5\n")
        assert found.seconds == pytest.approx(10)
        assert len(caplog.messages) == told
    assert caplog.messages == [f"{tmp_path / 'c.csv'}: compared with a, though it is of b"]


def test_an_export_of_a_film_that_ends_between_milliseconds_has_no_kappa_of_one_label(
    tmp_path: Path,
) -> None:
    times = (0, 3.5617283, 7.1234567)
    faces = [face(1, "happy", 0.9)]
    path = write(tmp_path / "a.jsonl", (frame(n, t, faces, "a") for n, t in enumerate(times)))
    (video,) = make_study(read_records([path], longest_frame=9), EpisodeOptions()).videos
    end = round(video.subjects[0].runs[-1].end, 3)
    found = agreed(video, tmp_path / "c.csv", f"{BORIS}a,1,happy,STATE,0.000,{end},{end}\n")
    assert (found.share, found.kappa) == (1, None)


def test_what_a_mark_excludes_counts_for_neither(video: Video, tmp_path: Path) -> None:
    marks = [Mark("a", 1.02, 3, "exclude", ""), Mark("a", 9, 20, "exclude", "")]
    (left,) = make_study([video.recording], EpisodeOptions(), marks=marks).videos
    rows = "a,1,neutral,STATE,0,2,2\na,1,happy,STATE,2,12,10\n"
    found = agreed(left, tmp_path / "c.csv", BORIS + rows)
    assert found.seconds == pytest.approx(1.1 + 6)  # a frame counts that begins before the mark
    assert found.share == pytest.approx((1.1 + 3) / 7.1)


def test_what_a_german_office_saved_again_is_read_alike(video: Video, tmp_path: Path) -> None:
    rows = "a,1,neutral,STATE,0.0,6.5,6.5\na,1,happy,STATE,6.5,10.0,3.5\n,,,,,,\na,1,blink,POINT\n"
    plain = agreed(video, tmp_path / "c.csv", BORIS + rows)
    saved = (BORIS + rows).replace(",", ";").replace(".", ",")
    again = agreed(video, tmp_path / "c.csv", saved)
    assert again.confusion.tolist() == plain.confusion.tolist()
    assert again.seconds == pytest.approx(10)
    text = "1\t00:00:00,0\t00:00:06,5\tneutral\n1\t6,5\t10,0\thappy\n"
    assert agreed(video, tmp_path / "c.txt", text).confusion.tolist() == plain.confusion.tolist()


def test_elan_may_write_seconds_alone_and_a_header(video: Video, tmp_path: Path) -> None:
    text = "Tier\tBegin Time\tEnd Time\tAnnotation\n1\t0.0\t6.0\tneutral\n1\t6.0\t10.0\thappy\n"
    assert agreed(video, tmp_path / "c.txt", text).kappa == pytest.approx(1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (BORIS + "a,Eve,happy,STATE,0,6,6\n", "line 2: Eve is not in the records; in them are 1"),
        (BORIS + "a,1,happy,STATE,zero,6,6\n", "line 2: has no start and stop in seconds"),
        (BORIS + "a,1,happy\n", "line 2: has no start and stop in seconds"),
        (
            BORIS + "a,1,happy,STATE,6,5,1\n",
            "line 2: happy ends at 5.0 s, before it starts at 6.0 s; export begin and end time",
        ),
        (
            "1\t0.0\t1.5\thappy\n1\t1.5\t1.0\tneutral\n",  # begin and duration
            "line 2: neutral ends at 1.0 s, before it starts at 1.5 s; export begin and end time",
        ),
        (
            BORIS + "a,1,happy,STATE,0,6,6\na,1,neutral,STATE,5,7,2\n",
            "line 3: neutral from 5.0 s overlaps happy of line 2",
        ),
        (
            BORIS + "b,1,happy,STATE,0,6,6\nc,1,happy,STATE,0,6,6\n",
            "c.csv: has the observations b, c, and none is called a",
        ),
        ("1\t0.0\t6.0\tneutral\nnonsense\n", "line 2: has no begin and end time"),
        ("", "holds nothing coded"),
    ],
)
def test_what_cannot_be_compared_is_named_with_its_line(
    video: Video, tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(DataError) as error:
        agreed(video, tmp_path / "c.csv", text)
    assert told in str(error.value)


def test_agreement_is_printed(cli: Cli, video: Video, tmp_path: Path) -> None:
    assert video.subjects
    (tmp_path / "c.csv").write_text(BORIS + "a,No focal subject,neutral,STATE,0,10,10\n")
    run = cli("agreement", "a.jsonl", "c.csv")
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("Cohen's kappa 0.000, agreement 0.600 of 10.0 s")
    assert "neutral   0.750\n" in run.stdout


def exported(project: Path) -> str:
    """BORIS's aggregated events of a project, as it exports them."""
    rows = []
    for name, observation in json.loads(project.read_text())["observations"].items():
        begun: dict[tuple[str, str], float] = {}
        for time, person, label, *_ in observation["events"]:
            if (start := begun.pop((person, label), None)) is None:
                begun[person, label] = time
            else:
                rows.append(f"{name},{person},{label},STATE,{start},{time},{time - start}\n")
    return BORIS + "".join(rows)


def test_an_export_of_a_study_agrees_wholly_when_it_is_compared_as_it_was_made(
    cli: Cli, tmp_path: Path
) -> None:
    """Faces are lost for half a second, an exclude cuts a label, a frame counts for 0.05 s."""

    def shown(time: float) -> list[Record]:
        label = "neutral" if time < 6 else "happy"
        return [] if 3 <= time < 3.5 else [face(1, label, 0.9)]

    for name in ("a", "b"):
        steady(tmp_path / f"{name}.jsonl", 10, shown)
    (tmp_path / "people.csv").write_text("file,id,name\na,1,Anna\nb,1,Ben\n")
    (tmp_path / "marks.csv").write_text(
        "file,start,end,kind,label\na,1,2,exclude,\nb,4,,event,joke\n"
    )
    tables = ("--people", "people.csv", "--marks", "marks.csv")
    flags = (*tables, "--bridge", "0.7", "--longest-frame", "0.05")
    made = cli("report", "a.jsonl", "b.jsonl", "--output", "out", "--formats", "boris", *flags)
    assert made.returncode == 0, made.stderr
    text = exported(tmp_path / "out" / "boris" / "report.boris")
    (tmp_path / "c.csv").write_text(text)
    run = cli("agreement", "a.jsonl", "c.csv", *flags)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("Cohen's kappa 1.000, agreement 1.000 of 8.")
