"""Delivery: what happens to a source's frames while the pipeline cannot take them."""

from enum import Enum

from fer_video.engine.frames.info import SourceInfo


class Delivery(Enum):
    """A policy of delivery, chosen where a source meets its pipeline."""

    WAIT = "wait"
    """The source waits, and no frame is lost: files, and streams that may be kept waiting."""
    DROP_OLDEST = "drop oldest"
    """A newer frame takes the place of the one that waits, so that none is old: cameras."""

    @classmethod
    def of(cls, info: SourceInfo) -> "Delivery":
        """The usual policy for a source: nothing of a file is dropped, and nothing live is old."""
        return cls.DROP_OLDEST if info.live else cls.WAIT
