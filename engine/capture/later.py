"""A film of many, which is opened when its turn comes, so that few are open at once."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

from fer_video.engine.contracts.source import Source
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.info import SourceInfo

_UNKNOWN = Fraction(25)
"""Frames a second of what was not looked at."""


class Later:
    """A source that is opened by the first look at its frames."""

    def __init__(self, film: Path, open_film: Callable[[], Source]) -> None:
        """Note what to open.

        Args:
            film: a file.
            open_film: opens it.
        """
        self._film, self._open = film, open_film
        self._source: Source | None = None
        self._closed = False

    @property
    def info(self) -> SourceInfo:
        """What the file says; of one that is not open yet, little more than its name."""
        if self._source is not None:
            return self._source.info
        return SourceInfo(str(self._film), 0, 0, _UNKNOWN, 1 / _UNKNOWN, files=(self._film,))

    def frames(self) -> Iterator[Frame]:
        """Every frame of the file.

        Raises:
            SourceError: it cannot be opened, or as the file's own frames do.
        """
        if not self._closed:
            self._source = self._open()
            yield from self._source.frames()

    def stop(self) -> None:
        """Let the file's frames end."""
        if self._source is not None:
            self._source.stop()

    def close(self) -> None:
        """Close the file, if it is open; later it is not opened any more."""
        self._closed = True
        source, self._source = self._source, None  # a decoder's memory goes with it
        if source is not None:
            source.close()
