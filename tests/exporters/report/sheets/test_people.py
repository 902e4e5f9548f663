"""Who is who: names, merged identities, ranges of time, and what contradicts itself."""

from pathlib import Path
from unicodedata import normalize

import pytest

from fer_video.engine.errors import DataError
from fer_video.exporters.report.analysis.episodes import EpisodeOptions
from fer_video.exporters.report.analysis.study import Study, make_study
from fer_video.exporters.report.recorded.recording import Recording
from fer_video.exporters.report.recorded.records import read_records
from fer_video.exporters.report.sheets.people import read_people
from tests.report_records import Record, face, frame, steady, write


def shown(time: float) -> list[Record]:
    """Anna is face 1, after a second away face 5; Ben is face 2."""
    anna = [face(1, "happy", 0.9)] if time < 2 else [face(5, "happy", 0.9)] if time >= 3 else []
    return [*anna, face(2, "neutral", 0.9)]


@pytest.fixture
def videos(tmp_path: Path) -> list[Recording]:
    return read_records([steady(tmp_path / f"{name}.jsonl", 4, shown) for name in ("a", "b")])


def named(videos: list[Recording], folder: Path, text: str) -> Study:
    path = folder / "people.csv"
    path.write_text(text)
    return make_study(videos, EpisodeOptions(), read_people(path, videos))


def test_merged_identities_are_one_person_with_the_time_of_both(
    videos: list[Recording], tmp_path: Path
) -> None:
    study = named(videos, tmp_path, "file,id,name\na,1,Anna\na,5,Anna\n")
    first = study.videos[0].summaries()
    assert [(one.person, one.identities) for one in first] == [("Anna", 2), ("2", 1)]
    assert first[0].valid == pytest.approx(3)
    assert first[0].missing["no_face"] == pytest.approx(1)
    assert [one.person for one in study.videos[1].summaries()] == ["1", "2", "5"]


def test_the_same_name_in_two_videos_is_the_same_person(
    videos: list[Recording], tmp_path: Path
) -> None:
    text = "file;id;name\na;1;Anna\na;5;Anna\nb;1;Anna\nb;2;Ben\n"  # as some offices write CSV
    anna, ben = named(videos, tmp_path, text).people()
    assert (anna.person, anna.valid, anna.labels["happy"].episodes) == ("Anna", 5, 3)
    assert (ben.person, ben.observed) == ("Ben", 4)


def test_a_name_may_hold_for_a_part_of_the_time(videos: list[Recording], tmp_path: Path) -> None:
    text = "file,id,name,start,end\na,2,Ben,,0:01.5\na,2,Eve,1.5,\n"
    ben, eve = (
        one for one in named(videos, tmp_path, text).videos[0].summaries() if len(one.person) > 1
    )
    assert (ben.person, eve.person) == ("Ben", "Eve")
    assert (ben.valid, eve.valid) == pytest.approx((1.5, 2.5))


def test_rows_without_a_name_and_further_columns_are_passed_over(
    videos: list[Recording], tmp_path: Path
) -> None:
    study = named(videos, tmp_path, "file,id,name,picture\na,1,,1.jpg\n\na,2,Ben,2.jpg\n")
    assert [one.person for one in study.videos[0].summaries()] == ["1", "Ben", "5"]


def test_a_person_may_be_named_with_a_number_that_nobody_else_has(
    videos: list[Recording], tmp_path: Path
) -> None:
    study = named(videos, tmp_path, "file,id,name\na,1,1\na,2,20\nb,1,1\n")
    assert [one.person for one in study.videos[0].summaries()] == ["1", "20", "5"]
    assert [(one.person, one.valid) for one in study.people()] == [("1", 4), ("20", 4)]


def test_a_session_is_named_by_its_records_and_not_by_a_source_that_several_share(
    tmp_path: Path,
) -> None:
    steady(tmp_path / "a.jsonl", 4, shown)
    write(tmp_path / "c.jsonl", (frame(n, n / 5, shown(n / 5), "a") for n in range(20)))
    both = read_records([tmp_path / "a.jsonl", tmp_path / "c.jsonl"])
    study = named(both, tmp_path, f"file,id,name\n{tmp_path / 'c.jsonl'},2,Ben\n")
    assert [[one.name for one in video.subjects] for video in study.videos] == [
        ["1", "2", "5"],
        ["1", "Ben", "5"],
    ]
    with pytest.raises(DataError, match=r"line 2: a is several videos; name one of .*a\.jsonl, "):
        named(both, tmp_path, "file,id,name\na,2,Ben\n")
    (alone,) = read_records([tmp_path / "c.jsonl"])
    study = named([alone], tmp_path, f"file,id,name\n{tmp_path / 'c.jsonl'},2,Ben\n")
    assert "Ben" in study.names


def test_a_letter_may_be_composed_or_not(tmp_path: Path) -> None:
    for form in ("NFC", "NFD"):
        path = write(tmp_path / "in.jsonl", [frame(0, 0, shown(0), normalize("NFD", "Müller.mp4"))])
        rows = f"Müller.mp4,1,{normalize('NFD', 'Jörg')}\nMüller.mp4,2,Müller\n"
        study = named(read_records([path]), tmp_path, normalize(form, f"file,id,name\n{rows}"))
        assert [one.name for one in study.videos[0].subjects] == ["Jörg", "Müller"]


def test_empty_cells_beyond_the_header_are_passed_over(
    videos: list[Recording], tmp_path: Path
) -> None:
    study = named(videos, tmp_path, 'file,id,name\na,1,"Müller, Anna",,\na,2,"Müller, Ben", ,\n')
    assert [one.name for one in study.videos[0].subjects] == ["Müller, Anna", "Müller, Ben", "5"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("file,id,name\nc,1,Anna\n", "line 2: no records are of c; they are of a, b"),
        (
            "file,id,name\na,1,Anna\na,7,Ben\n",
            "line 3: no face 7 is in a; there are the numbers 1 to 5",
        ),
        ("file,id,name\na,one,Anna\n", "line 2: no face one is in a"),
        ("file,id,name\na,1,Anna\na,1,Eve\n", "line 3: face 1 of a is already Anna in line 2"),
        (
            "file,id,name\na,1,Anna\na,2,Anna\n",
            "line 3: Anna would be both face 1 and face 2 in frame 0",
        ),
        (
            "file,id,name,start,end\na,1,Anna,2,1\n",
            "line 2: ends at 1.0 s, before it starts at 2.0 s",
        ),
        (
            "file,id,name\na,5,1\n",
            "line 2: 1 is also the number of a face of a without a name; call the person "
            "otherwise, such as P1",
        ),
        (
            "file,id,name\na,2,Ben\na,1,1\n",
            "line 3: 1 is also the number of a face of b without a name",
        ),
        ("file,id,name,start\na,1,Anna,soon\n", "line 2: start soon is no time"),
        ("file,name\na,Anna\n", "line 1: has no column id"),
        (
            "file,id,name\na,1,Müller, Anna\na,2,Müller, Ben\n",
            "line 2: has more cells than the header; put text with a comma in quotes",
        ),
        ("", "line 1: has no column file"),
    ],
)
def test_what_contradicts_itself_or_the_records_is_named_with_its_line(
    videos: list[Recording], tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(DataError, match=r"people\.csv") as error:
        named(videos, tmp_path, text)
    assert told in str(error.value)
