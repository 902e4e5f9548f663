"""Sink: the one interface behind which video, records and windows stand."""

from types import TracebackType
from typing import Protocol, Self

from fer_video.engine.frames.handovers import RecognizedFrame


class WindowClosed(Exception):  # noqa: N818 - no error: the person is done
    """Raised by a sink when its window was closed."""


def ends_well(kind: type[BaseException] | None) -> bool:
    """Whether a `with` block came to its end, or was left because a window was closed.

    Args:
        kind: of the error that left it, as `__exit__` is given it.
    """
    return kind is None or issubclass(kind, WindowClosed)


class Sink(Protocol):
    """Takes frames in order. Opened by its constructor, so that a bad target fails at once."""

    def write(self, recognized: RecognizedFrame) -> None:
        """Take one frame.

        Raises:
            OutputError: it cannot be written; what was written before stays.
            WindowClosed: nobody looks any more.
        """
        ...

    def close(self) -> None:
        """Finish and move into place what was written; leave no trace where nothing was.

        Safe to call twice, whatever became of the first call.

        Raises:
            OutputError: it cannot be finished.
        """
        ...


class ClosingSink(Sink):
    """A sink that `with` closes; an error on the way goes before one of closing, told as a note."""

    def __enter__(self) -> Self:
        """The sink itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        try:
            self.close()
        except Exception as closing:
            if error is None:
                raise
            if str(closing) != str(error):
                error.add_note(str(closing))
