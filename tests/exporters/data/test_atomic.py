"""What a later command reads is replaced in one step, or stays as it was."""

import json
import os
from pathlib import Path

import pytest

from fer_video.engine.errors import OutputError
from fer_video.exporters.data.atomic import (
    check_file,
    check_folder,
    make_folder,
    replacing,
    write_json,
    write_text,
)


def test_file_is_written_and_replaced(tmp_path: Path) -> None:
    target = tmp_path / "run.json"
    for value in ({"a": 1}, {"b": 2}):
        write_json(target, value)
        assert json.loads(target.read_text()) == value
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_what_fails_half_way_leaves_the_old_file(
    tmp_path: Path, error: type[BaseException]
) -> None:
    target = tmp_path / "run.json"
    write_text(target, "old")

    def fail_half_way() -> None:
        with replacing(target) as path:
            path.write_text("half")
            assert target.read_text() == "old"
            raise error

    with pytest.raises(error):
        fail_half_way()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_full_disk_is_one_line_and_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "run.json"
    write_text(target, "old")
    with pytest.raises(OutputError, match=r"run\.json: cannot be written"), replacing(target):
        raise OSError(28, "No space left on device")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_suffix_stays_so_that_writers_know_the_format(tmp_path: Path) -> None:
    with replacing(tmp_path / "best.keras") as path:
        assert path.suffix == ".keras"
        assert path.parent == tmp_path
        path.write_bytes(b"")


def test_text_is_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    write_text(tmp_path / "a.json", "\u00e9")
    assert (tmp_path / "a.json").read_bytes() == b"\xc3\xa9"


def test_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    assert make_folder(tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="file: cannot be made"):
        make_folder(tmp_path / "file")


def test_places_that_cannot_be_written_to_are_told_and_nothing_is_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    check_folder(tmp_path / "a" / "b")
    check_file(tmp_path / "a.npz")
    for folder in ("file", "file/inside", "n" * 300):
        with pytest.raises(OutputError, match=f"{folder}: cannot be made or written to"):
            check_folder(tmp_path / folder)
    for target in ("a/a.npz", "file/a.npz", "."):
        with pytest.raises(OutputError):
            check_file(tmp_path / target)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such links")
def test_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "run.json").symlink_to(tmp_path / "real" / "run.json")
    write_text(tmp_path / "run.json", "new")
    assert (tmp_path / "real" / "run.json").read_text() == "new"
    assert (tmp_path / "run.json").is_symlink()
