"""Entrance: who reads a source, where a frame waits for its permit, what it carries from there."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from time import monotonic

from fer_video.engine.contracts.delivery import Delivery
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.info import SourceInfo


def needs_reader(info: SourceInfo, delivery: Delivery) -> bool:
    """Whether the next frame may be long in coming, so that a thread of its own reads it."""
    return delivery is Delivery.DROP_OLDEST or not _at_hand(info.files)


def stamped(frame: Frame, name: str, *, live: bool) -> Frame:
    """The frame with the name of its source and, if that is live, the time of day."""
    at = _time_of_day(frame.captured_at) if live else None
    same = frame.source == name and frame.at == at
    return frame if same else replace(frame, source=name, at=at)


class Slot:
    """Where the newest frame waits; one that is still there when it comes is dropped."""

    def __init__(self, delivery: Delivery) -> None:
        """Begin empty.

        Args:
            delivery: whether who reads the source waits until the slot is free.
        """
        self._waits = delivery is Delivery.WAIT
        self._frame: Frame | None = None
        self.dropped = 0
        """Frames whose place a newer one took."""
        self.vacancies: SimpleQueue[None] = SimpleQueue()
        """Queue on which a reader waits: an item whenever the slot is free."""
        self.vacancies.put(None)

    @property
    def full(self) -> bool:
        """Whether a frame waits in it."""
        return self._frame is not None

    def put(self, frame: Frame) -> None:
        """Put a frame in, in the place of an older one."""
        self.dropped += self.full
        self._frame = frame

    def take(self) -> Frame | None:
        """Take the frame out, if there is one."""
        frame, self._frame = self._frame, None
        if frame is not None and self._waits:
            self.vacancies.put(None)
        return frame


def _at_hand(files: Sequence[Path]) -> bool:
    """Whether it lies on a disk; where that may not be told, reading it fails at once."""
    with suppress(OSError):
        return bool(files) and files[0].is_file()
    return True


def _time_of_day(moment: float) -> datetime:
    """Of a moment of `time.monotonic`, with the offset from UTC that holds here."""
    return datetime.now().astimezone() - timedelta(seconds=monotonic() - moment)
