"""Entrance: who reads a source for its lane, and what its frames carry from there on."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
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


def _at_hand(files: Sequence[Path]) -> bool:
    """Whether it lies on a disk; where that may not be told, reading it fails at once."""
    with suppress(OSError):
        return bool(files) and files[0].is_file()
    return True


def _time_of_day(moment: float) -> datetime:
    """Of a moment of `time.monotonic`, with the offset from UTC that holds here."""
    return datetime.now().astimezone() - timedelta(seconds=monotonic() - moment)
