"""A file played as if it were a camera, so that live behaviour can be repeated anywhere."""

from collections.abc import Iterator
from dataclasses import replace
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

from fer_video.engine.contracts.source import Source, loop_of
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.options.live import LiveOptions

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

_BETWEEN_STALLS = 5.0
"""Mean seconds from one stall to the next."""


class BadConnection:
    """When frames arrive that are late by jitter and held up by stalls; a seed repeats it."""

    def __init__(self, options: LiveOptions) -> None:
        """Begin at time 0, with `jitter`, `stall` and `seed` of the options."""
        self._rng = np.random.default_rng(options.seed)
        self._jitter, self._stall = options.jitter, options.stall
        self._next_stall = self._rng.exponential(_BETWEEN_STALLS)
        self._last = 0.0

    def __call__(self, time: float) -> float:
        """When the frame of this time arrives, in seconds; never before the one before it."""
        due = time + self._rng.uniform(0, self._jitter)
        if self._stall and time >= self._next_stall:
            due = time + self._stall
            self._next_stall = due + self._rng.exponential(_BETWEEN_STALLS)
        self._last = max(due, self._last)
        return self._last


class Realtime:
    """Gives each frame at the time that it is stamped with, counted from the first."""

    def __init__(self, source: Source, options: LiveOptions) -> None:
        """Pace `source`, with the jitter and the stalls of `options`."""
        self._source = source
        self._arrival = BadConnection(options)
        self._stopped, self._going = Event(), Event()
        self._going.set()

    @property
    def info(self) -> SourceInfo:
        """What is known of the source; live, and without sound, which would lose its frames."""
        return replace(self._source.info, live=True, audio=())

    @property
    def loop(self) -> "AbstractEventLoop | None":
        """The event loop that the source needs, see `loop_of`."""
        return loop_of(self._source)

    def frames(self) -> Iterator[Frame]:
        """Frames when they are due; `captured_at` is that moment. While resting time stands still.

        Raises:
            SourceError: as the source does.
        """
        start: float | None = None
        for frame in self._source.frames():
            start = monotonic() - frame.time if start is None else start
            self._stopped.wait(start + self._arrival(frame.time) - monotonic())
            yield replace(frame, captured_at=monotonic())
            start += self._rested()

    def rest(self, resting: bool) -> None:
        """Stand still, or go on where it stands; see `let_rest`."""
        (self._going.clear if resting else self._going.set)()

    def stop(self) -> None:
        """Stop waiting for the next frame's time."""
        self._stopped.set()
        self._going.set()
        self._source.stop()

    def close(self) -> None:
        """Close the source."""
        self.stop()
        self._source.close()

    def _rested(self) -> float:
        """Wait until somebody looks; the seconds that this took."""
        since = monotonic()
        self._going.wait()
        return monotonic() - since
