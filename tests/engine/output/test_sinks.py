"""Several sinks as one: each gets every frame, each is finished, and each error is told."""

from fractions import Fraction
from pathlib import Path

import pytest

from fer_video.engine.contracts.sink import WindowClosed
from fer_video.engine.errors import OutputError
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.frames.picture import to_frame
from fer_video.engine.output.records import JsonLines
from fer_video.engine.output.sinks import BySource, Sinks
from tests.media import patches, to_picture


def recognized() -> RecognizedFrame:
    picture = to_picture(patches(16, 12))
    frame = to_frame(picture, index=0, pts=0, time_base=Fraction(1), source="test")
    return RecognizedFrame(frame, ())


class Failing:
    """A sink whose writing or closing raises."""

    def __init__(self, error: Exception, *, at_close: bool = True) -> None:
        """Raise `error` where it is told to."""
        self._error, self._at_close = error, at_close

    def write(self, recognized: RecognizedFrame) -> None:  # noqa: ARG002 - the protocol's
        """Fail, or do nothing."""
        if not self._at_close:
            raise self._error

    def close(self) -> None:
        """Fail, or do nothing."""
        if self._at_close:
            raise self._error


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


@pytest.mark.parametrize("error", [OSError("pulled out"), ValueError("a bug"), OutputError("full")])
def test_error_of_one_keeps_its_type_and_the_others_are_finished(
    tmp_path: Path, error: Exception
) -> None:
    sinks, by_source = Sinks(), BySource()
    by_source.add("gone", Failing(error))
    by_source.add("test", JsonLines(tmp_path / "a"))
    sinks.add(by_source)
    sinks.add(JsonLines(tmp_path / "b"))
    sinks.write(recognized())
    with pytest.raises(type(error)) as caught:
        sinks.close()
    assert caught.value is error
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["a", "b"]


def test_every_error_of_closing_is_told() -> None:
    sinks = Sinks()
    for name in "abc":
        sinks.add(Failing(OutputError(f"{name}: full")))
    with pytest.raises(OutputError, match="a: full") as caught:
        sinks.close()
    assert caught.value.__notes__ == ["b: full", "c: full"]


def test_window_that_closes_leaves_no_sink_without_the_frame(tmp_path: Path) -> None:
    sinks = Sinks()
    sinks.add(Failing(WindowClosed(), at_close=False))
    sinks.add(JsonLines(tmp_path / "a"))
    with pytest.raises(WindowClosed):
        sinks.write(recognized())
    sinks.close()
    assert len((tmp_path / "a").read_text().splitlines()) == 1
