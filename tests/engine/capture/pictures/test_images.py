"""Images, folders and globs: order, names, sizes."""

import os
from collections.abc import Callable, Iterator
from errno import EACCES, ENOTCONN
from pathlib import Path
from typing import Any

import pytest

from fer_video.engine.capture import listing
from fer_video.engine.capture.open import open_source
from fer_video.engine.errors import SourceError
from tests.capturing import every, until_error
from tests.command_line import complaints, records
from tests.conftest import Cli
from tests.media import (
    patches,
    write_image,
)


@pytest.mark.parametrize("pattern", ["", "**/*.*"])
def test_images_come_in_order_of_code_points_and_numbers_with_their_path(
    tmp_path: Path, pattern: str
) -> None:
    in_order = ["9.png", "10.png", "Z.jpg", "a2 1.png", "a10 1.png", "a10 2.png", "b/1.png"]
    for name in sorted(in_order):
        write_image(tmp_path / name, patches(16, 12))
    frames = every(open_source(str(tmp_path / pattern)))
    assert [frame.file for frame in frames] == in_order


JUNK = (
    *("._a.png", "__MACOSX/._a.png", "@eaDir/a.png/SYNOPHOTO_THUMB_XL.png"),
    *(".thumbnails/a.png", ".hidden.png", "b/#recycle/old.png"),
)
"""What systems and file servers put beside photographs."""


@pytest.mark.parametrize("source", [".", "**/*", "*/*.png"])
def test_forks_thumbnails_and_hidden_files_are_left_out(
    cli: Cli, tmp_path: Path, source: str
) -> None:
    write_image(tmp_path / "b" / "a.png", patches(16, 12))
    for name in JUNK:
        write_image(tmp_path / name, patches(16, 12)).write_bytes(b"\0\5\x16\7" * 99)
    run = cli("--source", source, "--json", "o.jsonl")
    assert (run.returncode, complaints(run)) == (0, [])
    assert [record["file"] for record in records(tmp_path / "o.jsonl")] == [
        "a.png" if source == "b" else "b/a.png"
    ]


def test_hidden_file_that_is_asked_for_is_read(tmp_path: Path) -> None:
    write_image(tmp_path / ".x" / ".a.png", patches(16, 12))
    assert len(every(open_source(str(tmp_path / ".x" / ".*.png")))) == 1
    assert len(every(open_source(str(tmp_path / ".x" / ".a.png")))) == 1


def test_linked_folders_are_entered_once(tmp_path: Path) -> None:
    write_image(tmp_path / "elsewhere" / "a.png", patches(16, 12))
    write_image(tmp_path / "photos" / "z" / "b.png", patches(16, 12))
    for name, target in (("1", "../elsewhere"), ("2", "../elsewhere"), ("up", ".."), ("w", "z")):
        (tmp_path / "photos" / name).symlink_to(target)
    frames = every(open_source(tmp_path / "photos"))
    assert [frame.file for frame in frames] == ["1/a.png", "z/b.png"]


def test_folder_that_may_not_be_entered_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, locked: Callable[[Path], None]
) -> None:
    for name in ("a.png", "sub/b.png"):
        write_image(tmp_path / "photos" / name, patches(16, 12))
    locked(tmp_path / "photos" / "sub")
    frames = every(open_source(tmp_path / "photos"))
    assert [frame.file for frame in frames] == ["a.png"]
    (said,) = caplog.messages
    assert "sub: cannot be entered (Permission denied)" in said
    locked(tmp_path / "photos")
    for name in ("", "a.png", "sub", "*.png"):
        with pytest.raises(SourceError, match="photos"):
            open_source(tmp_path / "photos" / name)


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    """Makes a folder one that may not be entered, also for root, who may enter all."""
    folders: list[Path] = []
    stat, scandir = os.stat, os.scandir

    def check(path: Any, wanted: Path) -> None:
        if any(wanted.is_relative_to(folder) and wanted != folder for folder in folders):
            raise PermissionError(EACCES, os.strerror(EACCES), os.fspath(path))

    def stat_unless_locked(path: Any, *args: Any, **more: Any) -> os.stat_result:
        if isinstance(path, str | os.PathLike):
            check(path, Path(path))
        return stat(path, *args, **more)

    def scan_unless_locked(path: Any) -> Any:
        check(path, Path(path, "within"))
        return scandir(path)

    monkeypatch.setattr(os, "stat", stat_unless_locked)
    monkeypatch.setattr(os, "scandir", scan_unless_locked)
    yield folders.append
    monkeypatch.undo()


@pytest.mark.parametrize("pattern", ["d [2024]/*.png", "d [2024]/[ab].png", "d [[]2024]/?.png"])
def test_folder_may_have_brackets_before_a_pattern(tmp_path: Path, pattern: str) -> None:
    write_image(tmp_path / "d [2024]" / "a.png", patches(16, 12))
    (frame,) = every(open_source(str(tmp_path / pattern)))
    assert frame.file in ("a.png", "d [2024]/a.png")


def test_images_of_several_sizes_keep_their_size(tmp_path: Path) -> None:
    for i, size in enumerate([(40, 30), (31, 17), (1, 1)]):
        write_image(tmp_path / f"{i}.png", patches(*size))
    assert [(f.width, f.height) for f in every(open_source(tmp_path))] == [
        (40, 30),
        (31, 17),
        (1, 1),
    ]


def test_glob_is_relative_to_its_fixed_part(tmp_path: Path) -> None:
    for name in ("x/one/a.png", "x/two/b.png", "x/two/c.txt"):
        write_image((tmp_path / name).with_suffix(".png"), patches(16, 12))
    frames = every(open_source(str(tmp_path / "x" / "*" / "[ab].png")))
    assert [frame.file for frame in frames] == ["one/a.png", "two/b.png"]


def test_broken_image_is_named_after_the_good_ones(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", patches())
    (tmp_path / "b.png").write_bytes(b"no picture")
    write_image(tmp_path / "c.png", patches())
    frames = until_error(open_source(tmp_path), r"1 of 3 .*b\.png")
    assert [frame.file for frame in frames] == ["a.png", "c.png"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("b.png", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'),
        ("b.jpg", b"\x00\x00\x00\x0cJXL \r\n\x87\n" + bytes(64)),
    ],
)
def test_a_picture_that_nothing_here_decodes_is_named(
    tmp_path: Path, name: str, content: bytes
) -> None:
    write_image(tmp_path / "a.png", patches())
    (tmp_path / name).write_bytes(content)
    frames = until_error(open_source(tmp_path), rf"1 of 2 .*{name}")
    assert [frame.file for frame in frames] == ["a.png"]


def test_folder_that_cannot_be_told_from_others_is_entered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that a network drive has lost is listed, and cannot be asked: the walk tells of it."""
    for name in ("a.png", "sub/b.png"):
        write_image(tmp_path / "photos" / name, patches(16, 12))
    known = listing._identity

    def lost(folder: Path) -> tuple[int, int]:
        if folder.name == "sub":
            raise OSError(ENOTCONN, os.strerror(ENOTCONN), str(folder))
        return known(folder)

    monkeypatch.setattr(listing, "_identity", lost)
    frames = every(open_source(tmp_path / "photos"))
    assert [frame.file for frame in frames] == ["a.png", "sub/b.png"]
