"""Sink: the one interface behind which video, records and windows stand."""

from typing import Protocol

from fer_video.engine.frames import RecognizedFrame


class WindowClosed(Exception):  # noqa: N818 - no error: the person is done
    """Raised by a sink when its window was closed."""


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

        Raises:
            OutputError: it cannot be finished.
        """
        ...
