"""What is read of records, and what is refused with the file's name and the line."""

import json
from pathlib import Path
from typing import Any

import pytest

from fer_video.engine.errors import DataError
from fer_video.exporters.report.recorded.recording import file_stems
from fer_video.exporters.report.recorded.records import read_records
from tests.report_records import face, frame, steady, write

TWO = ("rest", "smile")


def happy(path: Path, seconds: float = 1) -> Path:
    return steady(path, seconds, lambda _: [face(1, "happy", 0.8)])


def test_a_frame_lasts_until_the_next_and_the_last_as_long_as_usual(tmp_path: Path) -> None:
    times = [0, 0.1, 0.3, 0.4, 0.5]
    (video,) = read_records(
        [write(tmp_path / "a.jsonl", (frame(i, t, []) for i, t in enumerate(times)))]
    )
    assert video.durations.tolist() == pytest.approx([0.1, 0.2, 0.1, 0.1, 0.1])
    assert not video.lost.any()
    assert video.end == pytest.approx(0.6)


def test_a_frame_every_five_seconds_lasts_five_seconds(tmp_path: Path) -> None:
    (video,) = read_records([write(tmp_path / "a.jsonl", (frame(i, 5 * i, []) for i in range(4)))])
    assert video.durations.tolist() == [5, 5, 5, 5]


def test_how_long_a_frame_is_believed_can_be_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", (frame(i, 5 * i, []) for i in range(3)))
    (video,) = read_records([path], longest_frame=2)
    assert video.durations.tolist() == [2, 2, 2]
    assert video.lost.tolist() == [3, 3, 0]


def test_records_of_several_sources_in_one_file_are_told_apart(tmp_path: Path) -> None:
    mixed = (frame(i, i / 10, [], source) for i in range(5) for source in ("a/one.mp4", "two.mp4"))
    videos = read_records([write(tmp_path / "all.jsonl", mixed)])
    assert [(video.name, len(video.times)) for video in videos] == [("one.mp4", 5), ("two.mp4", 5)]


def test_files_of_one_name_are_called_by_their_paths(tmp_path: Path) -> None:
    for folder in "ab":
        (tmp_path / folder).mkdir()
        write(tmp_path / folder / "r.jsonl", [frame(0, 0, [], f"{folder}/in.mp4")])
    videos = read_records([tmp_path / "a" / "r.jsonl", tmp_path / "b" / "r.jsonl"])
    assert [video.name for video in videos] == ["a/in.mp4", "b/in.mp4"]


def test_sessions_of_one_source_are_called_by_the_files_of_their_records(tmp_path: Path) -> None:
    for folder, seconds in (("P01", 1), ("P02", 2)):
        (tmp_path / folder).mkdir()
        frames = (frame(n, n / 10, [], source) for n in range(10 * seconds) for source in "01")
        write(tmp_path / folder / "two.jsonl", frames)
        happy(tmp_path / folder / "in.jsonl", seconds)
    paths = [tmp_path / folder / "in.jsonl" for folder in ("P01", "P02")]
    other = happy(tmp_path / "other.jsonl")
    videos = read_records([*paths, other])
    assert [video.name for video in videos] == [*map(str, paths), "other"]
    paths = [tmp_path / folder / "two.jsonl" for folder in ("P01", "P02")]
    videos = read_records(paths)
    assert [video.name for video in videos] == [f"{path} {n}" for path in paths for n in "01"]


def test_files_of_several_videos_of_one_name_are_called_by_their_folders(tmp_path: Path) -> None:
    paths = []
    named = ("P01/in.mp4", "P02/in.mp4", "rtsp://me:word@host/cam", "P02_in")
    for place, source in enumerate((*named, "P.1/in", "P.2/in", "a.j 0")):
        paths.append(write(tmp_path / f"{place}.jsonl", [frame(0, place, [], source)]))
    assert file_stems(read_records(paths)) == [
        *("P01_in", "P02_in", "cam", "P02_in (2)", "P.1_in", "P.2_in", "a.j_0"),
    ]


def test_a_file_of_two_runs_is_read_when_it_is_split_as_its_error_says(tmp_path: Path) -> None:
    one, two = happy(tmp_path / "one.jsonl", 1), tmp_path / "two.jsonl"
    two.write_text(happy(tmp_path / "one.jsonl", 2).read_text())
    happy(one, 1)
    (tmp_path / "both.jsonl").write_text(one.read_text() + two.read_text())
    told = refused(tmp_path / "both.jsonl")
    assert "line 11: " in told
    assert told.endswith("split the file here, and give both")
    assert [video.name for video in read_records([one, two])] == [str(one), str(two)]


def test_labels_are_the_records_own(tmp_path: Path) -> None:
    path = steady(tmp_path / "a.jsonl", 1, lambda _: [face(1, "smile", 0.8, labels=TWO)])
    (video,) = read_records([path])
    assert video.labels == TWO
    assert video.scores[0].tolist() == [0.2, 0.8]


def refused(*paths: Path) -> str:
    with pytest.raises(DataError) as told:
        read_records(paths)
    assert "\n" not in str(told.value)
    return str(told.value)


def test_a_line_that_is_cut_off_is_named(tmp_path: Path) -> None:
    path = happy(tmp_path / "a.jsonl")
    path.write_text(path.read_text()[:-40])
    assert f"{path}, line 10: is cut off" in refused(path)


def test_two_runs_in_one_file_are_named_where_the_second_begins(tmp_path: Path) -> None:
    path = happy(tmp_path / "a.jsonl")
    path.write_text(path.read_text() * 2)
    assert f"{path}, line 11: frame 0 at 0.0 s comes after frame 9 at 0.9 s" in refused(path)


def test_two_networks_are_named_within_a_file_and_between_files(tmp_path: Path) -> None:
    one = happy(tmp_path / "a.jsonl")
    two = steady(tmp_path / "b.jsonl", 1, lambda _: [face(1, "smile", 0.8, labels=TWO)])
    assert f"{two}, line 1: has the labels rest, smile, but {one} has angry" in refused(one, two)
    face_of_two = json.loads(two.read_text().splitlines()[0])["faces"]
    mixed = write(
        tmp_path / "c.jsonl", [frame(0, 0, [face(1, "happy", 0.8)]), frame(1, 1, face_of_two)]
    )
    assert f"{mixed}, line 2: has the labels rest, smile, but line 1 has angry" in refused(mixed)


def test_two_readings_of_one_video_share_a_report(tmp_path: Path) -> None:
    text = happy(tmp_path / "a.jsonl").read_text()
    assert "0.8" in text
    (tmp_path / "b.jsonl").write_text(text.replace("0.8", "0.7"))
    names = [one.name for one in read_records([tmp_path / "a.jsonl", tmp_path / "b.jsonl"])]
    assert len({*names}) == 2


def test_the_same_video_twice_is_named(tmp_path: Path) -> None:
    text = happy(tmp_path / "a.jsonl").read_text()
    (tmp_path / "b.jsonl").write_text(text)
    told = refused(tmp_path / "a.jsonl", tmp_path / "b.jsonl")
    assert told.startswith(f"{tmp_path / 'a.jsonl'}: is of a, and {tmp_path / 'b.jsonl'} holds the")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[]", "line 1: is no record"),
        ('{"frame": 1}', "line 1: is no record of a frame (KeyError: 'time')"),
        ('{"frame": 0, "time": null, "faces": []}', "line 1: is no record"),
        ('{"frame": 0, "time": 0, "file": "a.jpg", "faces": []}', "line 1: is a photograph"),
        ("", "holds no record"),
        ("\n\n", "holds no record"),
        ("source,file,frame\n", "line 1: is cut off, or no JSON"),
    ],
)
def test_what_is_no_record_of_video_is_refused(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(text)
    assert told in refused(path)


def test_a_face_of_an_unknown_label_or_status_is_refused(tmp_path: Path) -> None:
    wrong: dict[str, Any]
    for wrong in (
        {"expression": "bored"},
        {"status": "odd"},
        {"box": [1, 2, 3]},
        {"raw_scores": {}},
    ):
        path = write(tmp_path / "a.jsonl", [frame(0, 0, [face(1, "happy", 0.8) | wrong])])
        assert f"{path}, line 1: is no record" in refused(path)


def test_a_file_that_is_missing_or_no_text_is_named(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "none.jsonl")
    (tmp_path / "a.jsonl").write_bytes(b"\xff\xfe\x00\x01")
    assert "it is no text" in refused(tmp_path / "a.jsonl")
