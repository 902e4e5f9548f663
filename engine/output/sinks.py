"""Sinks: where recognised frames end, and the one interface behind which each of them stands."""

import re
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from fer_video.engine.errors import OutputError
from fer_video.engine.frames import RecognizedFrame
from fer_video.engine.source import different


class Leave(Exception):  # noqa: N818 - no error: the person is done
    """Raised by a sink when its window was closed."""


class Sink(Protocol):
    """Takes frames in order. Opened by its constructor, so that a bad target fails at once."""

    def write(self, recognized: RecognizedFrame) -> None:
        """Take one frame.

        Raises:
            OutputError: it cannot be written; what was written before stays.
            Leave: nobody looks any more.
        """
        ...

    def close(self) -> None:
        """Finish and move into place what was written; leave no trace where nothing was.

        Raises:
            OutputError: it cannot be finished.
        """
        ...


class Sinks:
    """Several sinks as one: each frame goes to all, and all are closed whatever happens."""

    def __init__(self) -> None:
        """Start with none."""
        self._sinks: list[Sink] = []

    def add(self, sink: Sink) -> None:
        """Take over an open sink."""
        self._sinks.append(sink)

    def write(self, recognized: RecognizedFrame) -> None:
        """Hand a frame to every sink."""
        for sink in self._sinks:
            sink.write(recognized)

    def close(self) -> None:
        """Close every sink, then raise the first error of them."""
        errors: list[OutputError] = []
        for sink in self._sinks:
            try:
                sink.close()
            except OutputError as error:
                errors.append(error)
        self._sinks.clear()
        if errors:
            raise errors[0]

    def __enter__(self) -> Self:
        """For `with`."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close; an error on the way here goes before one of closing."""
        try:
            self.close()
        except OutputError as closing:
            if error is None:
                raise
            if str(closing) != str(error):
                error.add_note(str(closing))


class BySource:
    """A sink for each source: a frame goes to that of its source."""

    def __init__(self) -> None:
        """Start with none."""
        self._sinks: dict[str, Sink] = {}

    def add(self, source: str, sink: Sink) -> None:
        """Take over the open sink of a source."""
        self._sinks[source] = sink

    def write(self, recognized: RecognizedFrame) -> None:
        """Hand it to the sink of its source."""
        self._sinks[recognized.frame.source].write(recognized)

    def close(self) -> None:
        """Close every sink, then raise the first error of them."""
        together = Sinks()
        for sink in self._sinks.values():
            together.add(sink)
        together.close()


def file_names(sources: Sequence[str]) -> list[str]:
    """Names of sources as parts of files' names: `rtsp://host/cam 1` becomes `host_cam_1`."""
    tails = [source.partition("://")[2] or Path(source).stem for source in sources]
    return different([re.sub(r"[^\w.-]+", "_", tail).strip("_") for tail in tails])


def check_targets(inputs: Sequence[Path], targets: Sequence[str | Path]) -> None:
    """Refuse to write over an input, or two results into one file or to stdout (`-`).

    Args:
        inputs: files that are read (`SourceInfo.files`).
        targets: files that will be written.

    Raises:
        OutputError: naming the file.
    """
    files = [Path(target) for target in targets]
    for i, target in enumerate(files):
        if any(_same(target, other) for other in inputs):
            raise OutputError(f"{target}: is the input; give the output another name")
        if any(_same(target, other) for other in files[:i]):
            name = "stdout" if str(target) == "-" else target
            raise OutputError(f"{name}: two results cannot go into one file")


def _same(one: Path, other: Path) -> bool:
    if one.exists() and other.exists():
        return one.is_file() and one.samefile(other)
    return one.resolve() == other.resolve()
