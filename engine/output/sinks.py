"""Sinks: several as one, each frame to all of them or to that of its source."""

from collections.abc import Callable

from fer_video.engine.contracts.sink import ClosingSink, Sink, WindowClosed
from fer_video.engine.frames.handovers import RecognizedFrame


class Sinks(ClosingSink):
    """Several sinks as one: each frame goes to all, and all are closed whatever happens."""

    def __init__(self) -> None:
        """Start with none."""
        self._sinks: list[Sink] = []

    def add(self, sink: Sink) -> None:
        """Take over an open sink."""
        self._sinks.append(sink)

    def write(self, recognized: RecognizedFrame) -> None:
        """Hand a frame to every sink.

        Raises:
            OutputError: one of them cannot write it; those behind it do not get it.
            WindowClosed: a window was closed; every other sink has got the frame.
        """
        closed: WindowClosed | None = None
        for sink in self._sinks:
            try:
                sink.write(recognized)
            except WindowClosed as error:
                closed = error
        if closed is not None:
            raise closed

    def close(self) -> None:
        """Close every sink, then raise the first error, with those of the others as its notes."""
        sinks, self._sinks = self._sinks, []
        errors: list[BaseException] = []
        for sink in sinks:
            try:
                sink.close()
            except BaseException as error:  # raised when all have been closed
                errors.append(error)
        for other in errors[1:]:
            errors[0].add_note(str(other))
        if errors:
            raise errors[0]


class BySource(ClosingSink):
    """A sink for each source: a frame goes to that of its source."""

    def __init__(self) -> None:
        """Start with none."""
        self._sinks: dict[str, Sink] = {}
        self._later: dict[str, Callable[[], Sink]] = {}

    def add(self, source: str, sink: Sink) -> None:
        """Take over the open sink of a source."""
        self._sinks[source] = sink

    def add_later(self, source: str, open_sink: Callable[[], Sink]) -> None:
        """Open the sink of a source when its first frame comes."""
        self._later[source] = open_sink

    def write(self, recognized: RecognizedFrame) -> None:
        """Hand it to the sink of its source.

        Raises:
            OutputError: that cannot write it, or cannot be opened.
        """
        source = recognized.frame.source
        if source in self._later:
            self._sinks[source] = self._later.pop(source)()
        self._sinks[source].write(recognized)

    def finish(self, source: str) -> None:
        """Close the sink of a source of which no frame will come.

        Raises:
            OutputError: it cannot be finished.
        """
        self._later.pop(source, None)
        sink = self._sinks.pop(source, None)
        if sink is not None:
            sink.close()

    def close(self) -> None:
        """Close every sink, then raise the first error, with those of the others as its notes."""
        together = Sinks()
        for sink in self._sinks.values():
            together.add(sink)
        self._sinks.clear()
        together.close()
