"""What is asked of a recording on the command line: a stretch, a clock, how sure a face must be."""

import json
from pathlib import Path

import pytest

from tests.command_line import assert_one_complaint, records
from tests.conftest import Cli
from tests.media import Encoding, decoded, frame_times, moving, photograph, write_video


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "in.mp4"
    return write_video(path, moving(240, 120, 75), Encoding(sound="aac"))


def test_stretch_keeps_the_films_times_and_its_video_plays_from_0(
    film: Path, tmp_path: Path, cli: Cli
) -> None:
    words = ("--start", "0:01.2", "--end", "00:00:02", "--every", "0.2", "--clock")
    run = cli("--source", film, *words, "--output", "o.mp4", "--json", "o.jsonl")
    assert run.returncode == 0, run.stderr
    written = records(tmp_path / "o.jsonl")
    assert [record["time"] for record in written] == [1.2, 1.4, 1.6, 1.8]
    assert [record["frame"] for record in written] == [0, 1, 2, 3]
    assert frame_times(tmp_path / "o.mp4") == pytest.approx([0, 0.2, 0.4, 0.6], abs=0.022)
    for picture in decoded(tmp_path / "o.mp4"):
        assert (picture.to_ndarray(format="gray")[:20, 120:] > 200).sum() > 50  # the clock


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--start", "9"), ("in.mp4: start 9: it ends after 3.0", "give an earlier start")),
        (("--start", "2", "--end", "1"), ("end 1.0: give seconds behind the start",)),
        (("--fps", "5"), ("--fps 5.0: is asked of cameras", "--every 1")),
    ],
)
def test_stretch_that_is_not_there_is_one_line(
    film: Path, cli: Cli, words: tuple[str, ...], said: tuple[str, ...]
) -> None:
    assert_one_complaint(cli("--source", film, "--json", "-", *words), *said)


@pytest.mark.parametrize("source", ["7", "udp://127.0.0.1:9"])
def test_live_source_has_no_stretch(cli: Cli, source: str) -> None:
    run = cli("--source", source, "--json", "-", "--start", "1:00", "--every", "2")
    assert_one_complaint(run, "is no video file", "leave out --start 60.0 and --every 2.0")


@pytest.mark.parametrize("words", [("--start", "1:75"), ("--end", "soon"), ("--clock",)])
def test_wrong_usage_ends_with_2(cli: Cli, words: tuple[str, ...]) -> None:
    assert cli("--source", "demo", "--json", "-", *words).returncode == 2


def test_face_that_the_detector_scores_less_than_asked_for_is_none(
    tmp_path: Path, cli: Cli
) -> None:
    photograph(300, 300, (120, 150, 150)).save(tmp_path / "a.png")
    (face,) = json.loads(cli("predict", "a.png", "--json").stdout)["faces"]
    more = str(face["score"] + 0.01)
    assert not json.loads(cli("predict", "a.png", "--json", "--min-score", more).stdout)["faces"]
