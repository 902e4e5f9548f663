"""[1] A file played as if it were a camera, so that live behaviour can be repeated anywhere."""

from collections.abc import Iterator
from dataclasses import replace
from threading import Event
from time import monotonic

from fer_video.engine.frames import Frame, SourceInfo
from fer_video.engine.source import Source


class Realtime:
    """Gives each frame at the time that it is stamped with, counted from the first."""

    def __init__(self, source: Source) -> None:
        """Pace `source`."""
        self._source = source
        self._stopped = Event()

    @property
    def info(self) -> SourceInfo:
        """The source's, but live, and without its sound, which would lose its frames."""
        return replace(self._source.info, live=True, audio=None)

    def frames(self) -> Iterator[Frame]:
        """Frames when they are due; `captured_at` is that moment.

        Raises:
            SourceError: as the source does.
        """
        start: float | None = None
        for frame in self._source.frames():
            start = monotonic() - frame.time if start is None else start
            self._stopped.wait(start + frame.time - monotonic())
            yield replace(frame, captured_at=monotonic())

    def stop(self) -> None:
        """Stop waiting for the next frame's time."""
        self._stopped.set()
        self._source.stop()

    def close(self) -> None:
        """Close the source."""
        self.stop()
        self._source.close()
