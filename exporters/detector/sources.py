"""The pictures of the face detector, read in luma from archives, clips and folders."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from fer_video.engine.capture.open import open_source
from fer_video.engine.errors import DataError
from fer_video.engine.frames import Frame, Plane

FRAME_STEP, FRAME_SIDE = 8, 480
"""Every so many frames of a clip are taken, at most so many pixels long."""

STILL_SIDE = 1024
"""Stills are at most so many pixels long."""

MARGIN = 0.25
"""Border of a cut-out face, in its sides: detectors miss faces that fill the picture."""


def read_archive(path: Path, prefix: str, cutouts: int = 0) -> list[Plane]:
    """Decode the pictures of a .zip in the order of their names.

    Args:
        path: of the archive.
        prefix: of the paths inside it.
        cutouts: 0 for all pictures as they are; else so many at random, with a border.

    Returns:
        (H, W) uint8 each.

    Raises:
        DataError: the archive is missing or none, or a file in it is no picture.
    """
    if not zipfile.is_zipfile(path):
        raise DataError(f"{path}: missing, or no .zip; give the right place")
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if _wanted(name, prefix))
        if not cutouts:
            return [_decode(archive.read(name), f"{path}: {name}") for name in names]
        chosen = np.random.default_rng(0).choice(len(names), cutouts, replace=False)
        names = [names[index] for index in chosen]
        return [_bordered(_decode(archive.read(name), f"{path}: {name}")) for name in names]


def read_clip(path: Path) -> Iterator[Plane]:
    """Every `FRAME_STEP`th frame of a clip, (H, W) uint8 in full range.

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
        yield _at_most(_decode(path.read_bytes(), str(path)), STILL_SIDE)


def full_range(frame: Frame) -> Plane:
    """A frame's luma, 0..255, at most `FRAME_SIDE` pixels long."""
    luma = _at_most(frame.luma, FRAME_SIDE)
    if frame.colour.full_range:
        return luma
    stretched = (luma.astype(np.float32) - 16) * (255 / 219)
    return np.asarray(np.clip(stretched + 0.5, 0, 255), np.uint8)


def _wanted(name: str, prefix: str) -> bool:
    return name.startswith(prefix) and name.endswith((".jpg", ".png"))


def _decode(data: bytes, name: str) -> Plane:
    luma = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    if luma is None:
        raise DataError(
            f"{name}: {len(data)} bytes that are no picture; restore or remove the file"
        )
    return np.asarray(luma, np.uint8)


def _bordered(luma: Plane) -> Plane:
    return np.pad(luma, int(luma.shape[0] * MARGIN), mode="edge")


def _at_most(luma: Plane, side: int) -> Plane:
    zoom = min(1.0, side / max(luma.shape))
    resized = cv2.resize(luma, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.uint8)
