"""A camera or stream that comes back: opened again whenever it stops, stalls or goes away."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Event
from time import monotonic

from fer_video.engine.contracts.source import Source, let_rest
from fer_video.engine.errors import SourceError
from fer_video.engine.frames.frame import Frame

log = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
"""Seconds between two attempts, doubling from the first to the longest; the first attempt comes at
once."""
_LASTING = 1.0
"""Seconds that a connection must last for the next attempt to come at once, too."""


class Reconnecting:
    """One source made of many connections: its frames are counted on, a gap shows in their times.

    Sound is left out, since it would go on where the pictures do not.
    """

    def __init__(self, connect: Callable[[], Source], first: Source | None = None) -> None:
        """Connect for the first time.

        Args:
            connect: opens the source.
            first: the first connection, if there is one already.

        Raises:
            SourceError: it cannot be opened; only what was there once can be lost.
        """
        self._connect = connect
        self._source = connect() if first is None else first
        self.info = replace(self._source.info, audio=())
        """What is known of the first connection; later frames may have another size."""
        self._stopped = Event()
        self._resting = False
        self._start: float | None = None
        self._last: Frame | None = None
        self._pause = 0.0

    def frames(self) -> Iterator[Frame]:
        """Frames of one connection after the other, until `stop`."""
        while not self._stopped.is_set():
            said, connected = f"{self.info.name}: ended", monotonic()
            try:
                yield from self._placed(self._source.frames())
            except SourceError as error:
                said = str(error)
            self._source.close()
            if not self._stopped.is_set():
                log.warning("%s; trying again (`LiveOptions(reconnect=False)` ends instead)", said)
            if monotonic() - connected > _LASTING:
                self._pause = 0.0
            self._reconnect()

    def rest(self, resting: bool) -> None:
        """Let this connection rest, and those that follow; see `let_rest`."""
        self._resting = resting
        let_rest(self._source, resting)

    def stop(self) -> None:
        """End, whether it reads or waits."""
        self._stopped.set()
        self._source.stop()

    def close(self) -> None:
        """Close the connection."""
        self._stopped.set()
        self._source.close()

    def _placed(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """Frames of a connection behind those of the one before, by the time that passed."""
        time_base, shift, first = self.info.time_base, 0, 0
        for number, frame in enumerate(frames):
            ticks = round(frame.pts * frame.time_base / time_base)
            if self._start is None:
                self._start = frame.captured_at - frame.time
            elif number == 0 and self._last is not None:
                passed = round((frame.captured_at - self._start) / time_base)
                shift = max(passed, self._last.pts + 1) - ticks
                first = self._last.index + 1
            pts = ticks + shift
            frame.picture.pts, frame.picture.time_base = pts, time_base
            self._last = replace(
                frame,
                index=first + frame.index,
                pts=pts,
                time=float(pts * time_base),
                time_base=time_base,
                audio=(),
            )
            yield self._last

    def _reconnect(self) -> None:
        while not self._stopped.wait(self._pause):
            self._pause = min(max(2 * self._pause, _FIRST_PAUSE), _LONGEST_PAUSE)
            try:
                source = self._connect()
            except SourceError:
                continue
            self._source = source
            let_rest(source, self._resting)
            if self._stopped.is_set():
                source.close()
            else:
                log.warning("%s: is back", self.info.name)
            return
