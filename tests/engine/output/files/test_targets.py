"""Names of results, and targets that must not be written."""

import os
from pathlib import Path

import pytest

from fer_video.engine.errors import OutputError
from fer_video.engine.output.files.targets import check_targets, file_names


def test_input_is_never_the_output(tmp_path: Path) -> None:
    source = tmp_path / "in.mp4"
    source.write_text("video")
    (tmp_path / "soft.mp4").symlink_to(source)
    (tmp_path / "hard.mp4").hardlink_to(source)
    (tmp_path / "folder").mkdir()
    for target in ("in.mp4", "soft.mp4", "hard.mp4", "folder/../in.mp4"):
        with pytest.raises(OutputError, match="is the input"):
            check_targets([source], [tmp_path / target])


@pytest.mark.parametrize("first", ["new.jsonl", "old.jsonl"])
def test_two_results_never_go_into_one_file(tmp_path: Path, first: str) -> None:
    (tmp_path / "old.jsonl").touch()
    (tmp_path / "folder").mkdir()
    for second in (first, f"folder/../{first}"):
        with pytest.raises(OutputError, match="two results"):
            check_targets([], [tmp_path / first, tmp_path / second])


def test_two_results_never_go_to_stdout() -> None:
    with pytest.raises(OutputError, match="two results"):
        check_targets([], ["-", "-"])


def test_different_targets_and_devices_are_fine(tmp_path: Path) -> None:
    check_targets([], [tmp_path / "a.mp4", tmp_path / "a.jsonl", "-"])
    check_targets([tmp_path / "in.mp4"], [os.devnull, os.devnull])


def test_name_that_is_too_long_is_left_to_whoever_opens_it(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    check_targets([tmp_path / "in.mp4"], [tmp_path / ("x" * 300), tmp_path / "loop"])


def test_names_of_sources_become_names_of_files() -> None:
    assert file_names(["rtsp://host/cam 1", "rtsp://host/cam 1", "in/a.mp4"]) == [
        "host_cam_1",
        "host_cam_1 (2)",
        "a",
    ]


def test_long_names_of_sources_become_different_names_that_fit() -> None:
    names = file_names([f"rtsp://host/{'ü' * 300}{number}" for number in range(3)])
    assert len(set(names)) == 3
    assert max(len(name.encode()) for name in names) < 120


def test_names_without_letters_or_unicode_become_names_of_files() -> None:
    names = ["!!!.mp4", "\udce9.mp4", "猫.mp4", "...", "a/..b.mp4"]
    assert file_names(names) == ["source", "source (2)", "猫", "source (3)", "b"]
    assert file_names(["rtsp://me:pw@host/cam?password=pw&n=1"]) == ["host_cam_password_n_1"]


def test_names_that_some_systems_take_for_one_become_several_files() -> None:
    assert file_names(["x/Talk.mp4", "y/talk.mp4", "z/TALK.mp4"]) == [
        "Talk",
        "talk (2)",
        "TALK (3)",
    ]
    assert file_names(["u\u0308.mp4", "\u00fc.mp4"]) == ["ü", "ü (2)"]
