"""Several sinks as one, targets that must not be written, and results moved into place."""

import os
from fractions import Fraction
from pathlib import Path

import pytest

from fer_video.engine.errors import OutputError
from fer_video.engine.frames import RecognizedFrame
from fer_video.engine.output.partial import Partial
from fer_video.engine.output.records import JsonLines
from fer_video.engine.output.sinks import Sinks
from fer_video.engine.output.targets import check_targets
from fer_video.engine.picture import to_frame
from tests.media import patches, to_picture


def recognized() -> RecognizedFrame:
    picture = to_picture(patches(16, 12))
    frame = to_frame(picture, index=0, pts=0, time_base=Fraction(1), source="test")
    return RecognizedFrame(frame, ())


# several sinks


def test_each_sink_gets_the_frame_and_is_finished(tmp_path: Path) -> None:
    with Sinks() as sinks:
        for name in "ab":
            sinks.add(JsonLines(tmp_path / name))
        sinks.write(recognized())
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["a", "b"]


def test_error_on_the_way_goes_before_one_of_closing_and_all_are_closed(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()

    def run() -> None:
        with Sinks() as sinks:
            sinks.add(JsonLines(gone / "a"))
            sinks.add(JsonLines(tmp_path / "b"))
            sinks.write(recognized())
            for path in gone.iterdir():
                path.unlink()
            gone.rmdir()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as caught:
        run()
    assert "cannot be" in caught.value.__notes__[0]
    assert (tmp_path / "b").read_text().endswith("\n")


def test_error_of_closing_is_raised_when_it_is_the_first(tmp_path: Path) -> None:
    def run() -> None:
        with Sinks() as sinks:
            sinks.add(JsonLines(tmp_path / "a"))
            sinks.write(recognized())
            for path in tmp_path.iterdir():
                path.unlink()

    with pytest.raises(OutputError, match="a: cannot be"):
        run()


# targets


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


# moved into place


def test_partial_lies_beside_its_target(tmp_path: Path) -> None:
    partial = Partial(tmp_path / "a.mp4")
    assert partial.path.parent == tmp_path
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
    (tmp_path / "folder").rmdir()
    with pytest.raises(OutputError, match=r"a\.mp4: cannot be replaced"):
        partial.commit()
