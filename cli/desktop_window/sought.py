"""Sought: a film from a moment on."""

from collections.abc import Iterator

from fer_video.engine.frames import Frame
from fer_video.engine.source import Source


class Sought:
    """A source without its first seconds; frames keep their numbers and times."""

    def __init__(self, source: Source, start: float) -> None:
        """Take over a source that is open.

        Args:
            source: to be read from the moment on.
            start: seconds of the video; where it is shorter, its last frame is all that comes.
        """
        self._source, self._start = source, start
        self.info = source.info
        """As the source has it."""

    def frames(self) -> Iterator[Frame]:
        """The frames from the moment on.

        Raises:
            SourceError: as the source does.
        """
        frames = self._source.frames()
        last = None
        for frame in frames:
            if frame.time >= self._start:
                yield frame
                yield from frames
                return
            last = frame
        if last is not None:
            yield last

    def stop(self) -> None:
        """Stop the source."""
        self._source.stop()

    def close(self) -> None:
        """Close the source."""
        self._source.close()
