"""Results beside their target, and how they are moved into place."""

import os
import subprocess
import sys
from pathlib import Path
from shutil import rmtree
from stat import S_IMODE

import pytest

from fer_video.engine.errors import OutputError
from fer_video.engine.output.files.partial import Partial


def test_partial_lies_hidden_beside_its_target_and_says_whose_it_is(tmp_path: Path) -> None:
    partial = Partial(tmp_path / "a.mp4")
    assert partial.path.parent == tmp_path
    assert partial.path.name.startswith(".a.")
    assert partial.path.suffix == ".mp4"
    partial.path.write_text("new")
    partial.commit()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.mp4": "new"}


def test_discarded_partial_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("old")
    partial = Partial(tmp_path / "a.mp4")
    partial.path.write_text("new")
    partial.discard()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.mp4": "old"}


def test_device_is_written_directly() -> None:
    partial = Partial(os.devnull)
    assert partial.direct
    assert str(partial.path) == os.devnull
    partial.commit()
    partial.discard()
    assert Path(os.devnull).is_char_device()


def test_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is a folder"):
        Partial(tmp_path)


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"there is no folder .*none; make it first"):
        Partial(tmp_path / "none" / "a.mp4")


def test_lost_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    partial = Partial(tmp_path / "folder" / "a.mp4")
    rmtree(tmp_path / "folder")
    with pytest.raises(OutputError, match=r"a\.mp4: cannot be replaced"):
        partial.commit()


def write(target: Path, text: str = "new") -> None:
    partial = Partial(target)
    partial.path.write_text(text)
    partial.commit()


def test_targets_whose_names_begin_alike_do_not_meet(tmp_path: Path) -> None:
    one, other = (Partial(tmp_path / f"{'x' * 150}{number}.mp4") for number in (1, 2))
    one.path.write_text("one")
    other.path.write_text("other")
    one.commit()
    other.commit()
    assert sorted(path.read_text() for path in tmp_path.iterdir()) == ["one", "other"]


def test_two_results_for_one_target_each_come_whole(tmp_path: Path) -> None:
    one, other = Partial(tmp_path / "a"), Partial(tmp_path / "a")
    other.path.write_text("other")
    one.path.write_text("one")
    one.commit()
    other.commit()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "other"}


def test_second_run_on_one_target_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """And is told only of one that still runs, and writes the very same target."""
    target = tmp_path / ("x" * 120 + ".mp4")
    first = Partial(target)
    Partial(target.with_name("x" * 120 + "y.mp4"))
    assert not caplog.messages
    second = Partial(target)
    assert [message.partition(": ")[2] for message in caplog.messages] == [
        "another run is writing it at this moment; the one that ends last replaces what the other "
        "wrote"
    ]
    first.commit()
    second.discard()
    Partial(target).discard()
    assert len(caplog.messages) == 1


def test_unfinished_file_of_a_killed_run_is_no_other_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    script = "import os,sys\nfrom fer_video.engine.output.files.partial import Partial\n"
    script += "Partial(sys.argv[1])\nos.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "a.mp4")], check=False)
    assert len(list(tmp_path.iterdir())) == 1
    Partial(tmp_path / "a.mp4")
    assert not caplog.messages


def test_planted_link_is_not_followed(tmp_path: Path) -> None:
    """The temporary name was once the target's with the process's number."""
    (tmp_path / "theirs").write_text("precious")
    (tmp_path / f".a.{os.getpid()}.partial.mp4").symlink_to(tmp_path / "theirs")
    write(tmp_path / "a.mp4")
    assert (tmp_path / "theirs").read_text() == "precious"
    assert Partial(tmp_path / "a.mp4").path != Partial(tmp_path / "a.mp4").path


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444, 0o666])
def test_permissions_of_the_old_file_stay(tmp_path: Path, mode: int) -> None:
    target = tmp_path / "a.jsonl"
    target.write_text("old")
    target.chmod(mode)
    write(target)
    assert target.read_text() == "new"
    assert S_IMODE(target.stat().st_mode) == mode


@pytest.mark.parametrize("mask", [0o022, 0o027, 0o077])
def test_new_file_has_the_usual_permissions(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        write(tmp_path / "a")
        (tmp_path / "b").touch()
    finally:
        os.umask(before)
    assert {S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o666 & ~mask}


def test_unfinished_file_is_its_owner_s_alone(tmp_path: Path) -> None:
    assert S_IMODE(Partial(tmp_path / "a").path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "name",
    ["x" * 251 + ".mp4", "é" * 125 + ".mp4", "日本" * 41 + ".jsonl", "a." + "é" * 126, ".mp4"],
)
def test_target_of_any_name_that_the_disk_takes_is_written(tmp_path: Path, name: str) -> None:
    write(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_name_that_the_disk_does_not_take_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot be made \(File name too long\)"):
        Partial(tmp_path / ("x" * 256))


def test_link_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OutputError, match="loop: cannot be made"):
        Partial(tmp_path / "loop")


def test_content_is_on_the_disk_before_the_name_changes_and_the_name_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, seen = os.fsync, []

    def fsync(descriptor: int) -> None:
        seen.append((Path(f"/proc/self/fd/{descriptor}").resolve(), (tmp_path / "a").exists()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    partial = Partial(tmp_path / "a")
    partial.commit()
    assert seen == [(partial.path, False), (tmp_path, True)]
