"""Stdout: `-` alone goes there, whatever stands for it; no file asks for one."""

import io
import json
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from itertools import islice
from pathlib import Path
from typing import TextIO

import pytest

from fer_video.engine.contracts.sink import ClosingSink
from fer_video.engine.errors import OutputError
from fer_video.engine.output.records import Format, JsonLines, Records
from fer_video.engine.output.table import Csv
from tests.engine.output.kinds import KINDS, counts, frames


class Closed(io.StringIO):
    """As of a program whose stdout was closed before it began to write."""

    def __init__(self) -> None:
        super().__init__()
        self.close()


NOT_THERE: dict[str, Callable[[], TextIO | None]] = {
    "None": lambda: None,
    "closed": Closed,
    "without bytes": io.StringIO,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stdout", NOT_THERE)
def test_files_are_written_whatever_became_of_stdout(
    kind: str, stdout: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = NOT_THERE[stdout]()
    monkeypatch.setattr(sys, "stdout", stream)
    with KINDS[kind].open(tmp_path) as sink:
        for frame in islice(frames(), 3):
            sink.write(frame)
    assert set(counts(tmp_path)) == {3}
    assert not isinstance(stream, io.StringIO) or stream.closed or stream.getvalue() == ""


@pytest.mark.parametrize("kind", [JsonLines, Csv, Records])
@pytest.mark.parametrize("stdout", ["None", "closed"])
def test_asking_for_a_stdout_that_is_not_there_says_so(
    kind: Callable[[str], ClosingSink], stdout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", NOT_THERE[stdout]())
    with pytest.raises(OutputError, match=r"stdout: there is none.*give the name of a file"):
        kind("-")


def test_records_go_to_a_stdout_that_takes_text_alone() -> None:
    (frame,) = islice(frames(), 1)
    with redirect_stdout(io.StringIO()) as notebook, Records("-") as sink:
        sink.write(frame)
    assert json.loads(notebook.getvalue()) == frame.to_dict()


@pytest.mark.parametrize(("format", "first"), [(None, "{"), ("jsonl", "{"), ("csv", "source,")])
def test_records_go_to_stdout(
    capfdbinary: pytest.CaptureFixture[bytes], format: Format | None, first: str
) -> None:
    with Records("-", format=format) as sink:
        sink.write(next(frames()))
    assert capfdbinary.readouterr().out.decode().startswith(first)
