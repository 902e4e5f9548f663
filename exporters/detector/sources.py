"""The pictures of the face detector, read in luma from archives, videos and folders."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from fer_video.engine.capture.open import open_source
from fer_video.engine.frames import Frame, Plane
from fer_video.exporters.data.archive import decode

FRAME_STEP = 8
"""Frames of a video from one that is taken to the next; those between hardly differ."""

FRAME_SIDE = 480
"""Longer side of a frame, at most, in pixels."""

STILL_SIDE = 1024
"""Longer side of a still, at most, in pixels."""


def read_video(path: Path) -> Iterator[Plane]:
    """Every `FRAME_STEP`th frame of a video, (H, W) uint8 in full range.

    Raises:
        SourceError: it cannot be read.
    """
    source = open_source(path)
    try:
        for frame in source.frames():
            if frame.index % FRAME_STEP == 0:
                yield full_range(frame)
    finally:
        source.close()


def read_stills(folder: Path) -> Iterator[Plane]:
    """The JPEG pictures in a folder, (H, W) uint8.

    Raises:
        DataError: one is no picture.
    """
    for path in sorted(folder.glob("*.jpg")):
        yield _at_most(decode(path.read_bytes(), str(path)), STILL_SIDE)


def full_range(frame: Frame) -> Plane:
    """A frame's luma, 0..255, at most `FRAME_SIDE` pixels long."""
    luma = _at_most(frame.luma, FRAME_SIDE)
    if frame.colour.full_range:
        return luma
    stretched = (luma.astype(np.float32) - 16) * (255 / 219)
    return np.asarray(np.clip(stretched + 0.5, 0, 255), np.uint8)


def _at_most(luma: Plane, side: int) -> Plane:
    zoom = min(1.0, side / max(luma.shape))
    resized = cv2.resize(luma, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.uint8)
