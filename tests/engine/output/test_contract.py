"""What holds for every sink; one more is one more row of `KINDS`."""

from itertools import islice
from pathlib import Path
from shutil import rmtree

import pytest

from fer_video.engine.contracts.sink import ClosingSink
from fer_video.engine.errors import OutputError
from tests.engine.output.kinds import KINDS, Kind, counts, disk_of, frames


@pytest.fixture(params=[*KINDS.values()], ids=[*KINDS])
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


def put_old(kind: Kind, folder: Path) -> None:
    for name in kind.targets:
        (folder / name).write_text("old")


def assert_only_old(kind: Kind, folder: Path) -> None:
    assert {path.name: path.read_text() for path in folder.iterdir()} == dict.fromkeys(
        kind.targets, "old"
    )


def write(sink: ClosingSink, number: int, error: Exception | None = None) -> None:
    """So many frames within `with`, and perhaps an error behind them."""
    with sink:
        for frame in islice(frames(), number):
            sink.write(frame)
        if error is not None:
            raise error


def test_every_frame_is_in_place_at_the_end_of_with(kind: Kind, tmp_path: Path) -> None:
    write(kind.open(tmp_path), 9)
    assert set(counts(tmp_path)) == {9}
    assert not kind.targets or {path.name for path in tmp_path.iterdir()} == {*kind.targets}


def test_closing_twice_changes_nothing(kind: Kind, tmp_path: Path) -> None:
    sink = kind.open(tmp_path)
    write(sink, 5)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    sink.close()
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert set(counts(tmp_path)) == {5}


@pytest.mark.parametrize("number", [0, 3])
@pytest.mark.parametrize("name", ["mp4", "drawn on", "arrays", "Records", "JsonLines", "Csv"])
def test_frame_behind_the_end_is_refused_and_changes_nothing(
    name: str, tmp_path: Path, number: int
) -> None:
    sink = KINDS[name].open(tmp_path)
    write(sink, number)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(OutputError, match="is closed"):
        sink.write(next(iter(frames())))
    sink.close()
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_without_a_frame_the_old_file_stays_and_no_other(kind: Kind, tmp_path: Path) -> None:
    put_old(kind, tmp_path)
    sink = kind.open(tmp_path)
    sink.close()
    sink.close()
    assert_only_old(kind, tmp_path)


def test_old_file_is_replaced_only_at_the_end(kind: Kind, tmp_path: Path) -> None:
    put_old(kind, tmp_path)
    with kind.open(tmp_path) as sink:
        for frame in islice(frames(), 20):
            sink.write(frame)
            assert {(tmp_path / name).read_text() for name in kind.targets} <= {"old"}
    assert set(counts(tmp_path)) == {20}


def test_error_before_the_first_frame_leaves_the_old_file(kind: Kind, tmp_path: Path) -> None:
    put_old(kind, tmp_path)
    sink = kind.open(tmp_path)
    with disk_of(0), pytest.raises(OutputError, match="File too large"):
        write(sink, 60)
    assert_only_old(kind, tmp_path)


def test_error_of_the_caller_leaves_what_was_written(kind: Kind, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        write(kind.open(tmp_path), 7, ZeroDivisionError())
    assert set(counts(tmp_path)) == {7}


def test_full_disk_leaves_what_fits_and_can_be_read(kind: Kind, tmp_path: Path) -> None:
    put_old(kind, tmp_path)
    sink = kind.open(tmp_path)
    with disk_of(kind.disk), pytest.raises(OutputError, match="File too large"):
        write(sink, 60)
    assert {path.name for path in tmp_path.iterdir()} >= {*kind.targets}
    assert all(2 < number <= 60 for number in counts(tmp_path))
    assert min(counts(tmp_path)) < 60
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    sink.close()
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_lost_folder_is_told_once(kind: Kind, tmp_path: Path) -> None:
    folder = tmp_path / "lost"
    folder.mkdir()
    sink = kind.open(folder)
    for frame in islice(frames(), 3):
        sink.write(frame)
    rmtree(folder)
    with pytest.raises(OutputError, match="cannot be"):
        sink.close()
    sink.close()
