"""Reads sources to their end, with or without an error there."""

import pytest

from fer_video.engine.contracts.source import Source
from fer_video.engine.errors import SourceError
from fer_video.engine.frames.frame import Frame


def until_error(source: Source, match: str) -> list[Frame]:
    """The frames ahead of the error that must come."""
    frames: list[Frame] = []
    with pytest.raises(SourceError, match=match):
        frames.extend(source.frames())
    source.close()
    return frames


def every(source: Source) -> list[Frame]:
    try:
        return list(source.frames())
    finally:
        source.close()
