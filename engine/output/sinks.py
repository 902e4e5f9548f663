"""Sinks: where recognised frames end, and the one interface behind which each of them stands."""

from types import TracebackType
from typing import Self

from fer_video.engine.errors import OutputError
from fer_video.engine.frames import RecognizedFrame
from fer_video.engine.sink import Sink


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
