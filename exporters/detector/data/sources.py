"""The pictures of the face detector, read in luma from archives, videos and folders."""

from collections.abc import Iterator, Sequence
from math import floor
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from fer_video.engine.capture.open import open_source
from fer_video.engine.errors import DataError
from fer_video.engine.frames.frame import Frame, Plane
from fer_video.exporters.data.archive import (
    PICTURES,
    decode_luma,
    open_archive,
    picture_names,
    read_bytes,
    read_member,
)
from fer_video.exporters.data.images import LARGEST, at_most
from fer_video.exporters.detector.data.dataset import Collection
from fer_video.exporters.evaluation.labelled_clips import VIDEO_SUFFIXES

Part: TypeAlias = Literal["train", "valid"]

VIDEOS = (*VIDEO_SUFFIXES, ".gif")
"""Suffixes of what is read as a video."""

FRAME_STEP = 8
"""Frames of a video from one that is taken to the next; those between hardly differ."""

FRAME_SIDE = 480
"""Longer side of a frame, at most, in pixels."""

MARGIN = 0.25
"""Border around a cut-out face, in its sides: detectors miss faces that fill the picture."""


def part_of(collection: Collection, part: Part) -> list[str]:
    """The files of a collection, by name, on one side of the split.

    Raises:
        DataError: there is none, a single one that would have to be split, or pictures and videos.
    """
    names = _chosen(collection)
    split = floor(len(names) * (1 - collection.valid_share))
    if len(names) == 1 and 0 < collection.valid_share < 1:
        raise DataError(
            f"{collection.path}: is a single file, which cannot be split; set held_out of "
            f"{collection.name} to 0 or 1"
        )
    return names[:split] if part == "train" else names[split:]


def _chosen(collection: Collection) -> list[str]:
    names = list(collection.files) or _every_file(collection.path, collection.prefix)
    if not names:
        raise DataError(
            f"{collection.path}: no picture or video in it whose path begins with "
            f"{collection.prefix!r}; correct the collection {collection.name}"
        )
    if 0 < sum(map(is_video, names)) < len(names):
        raise DataError(
            f"{collection.path}: holds pictures and videos; make two collections of "
            f"{collection.name}"
        )
    if collection.limit and collection.limit < len(names):
        rng = np.random.default_rng(0)
        chosen = rng.choice(len(names), collection.limit, replace=False)
        return [names[index] for index in sorted(chosen)]  # in order: neighbours stay together
    return names


def _every_file(path: Path, prefix: str) -> list[str]:
    if not path.exists():
        raise DataError(f"{path}: is missing; give the right place")
    if path.is_dir():
        found = (file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())
        return sorted(n for n in found if n.startswith(prefix) and _is_readable(n))
    if not _is_archive(path):
        return [path.name]
    with open_archive(path) as archive:
        return picture_names(archive, prefix)


def _is_readable(name: str) -> bool:
    return is_video(name) or name.lower().endswith(PICTURES)


def is_video(name: str) -> bool:
    """Whether a file is read as a video, by its suffix."""
    return name.lower().endswith(VIDEOS)


def read_files(collection: Collection, names: Sequence[str]) -> Iterator[Plane]:
    """The pictures of a collection's files, and of its videos every `FRAME_STEP`th frame.

    Yields:
        (H, W) uint8, grey levels in full range; cut-outs with a border.

    Raises:
        DataError: a picture is missing, damaged, or none.
        SourceError: a video is missing or cannot be read to its end.
    """
    for luma in _read(collection, names):
        yield _bordered(luma) if collection.role == "cutouts" else luma


def _read(collection: Collection, names: Sequence[str]) -> Iterator[Plane]:
    if not _is_archive(collection.path):
        for name in names:
            yield from _read_file(file_of(collection, name))
        return
    with open_archive(collection.path) as archive:
        for name in names:
            yield at_most(read_member(archive, name), LARGEST)


def _is_archive(path: Path) -> bool:
    return not (path.is_dir() or is_video(path.name))


def file_of(collection: Collection, name: str) -> Path:
    """Where a file of a collection lies that is no archive."""
    return collection.path / name if collection.path.is_dir() else collection.path


def _read_file(path: Path) -> Iterator[Plane]:
    if is_video(path.name):
        yield from read_video(path)
    else:
        yield at_most(decode_luma(read_bytes(path, str(path)), str(path)), LARGEST)


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


def full_range(frame: Frame) -> Plane:
    """A frame's luma, 0..255, at most `FRAME_SIDE` pixels long."""
    luma = at_most(frame.luma, FRAME_SIDE)
    if frame.colour.full_range:
        return luma
    stretched = (luma.astype(np.float32) - 16) * (255 / 219)
    return np.asarray(np.clip(stretched + 0.5, 0, 255), np.uint8)


def _bordered(luma: Plane) -> Plane:
    return np.pad(luma, int(luma.shape[0] * MARGIN), mode="edge")
