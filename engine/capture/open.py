"""[1] Opens whatever `--source` names."""

import re
from collections.abc import AsyncIterable, Iterable, Sequence
from functools import partial
from pathlib import Path
from stat import S_ISFIFO, S_ISREG
from typing import cast

import numpy as np

from fer_video.engine.capture.arrays import Arrays
from fer_video.engine.capture.camera import Camera
from fer_video.engine.capture.container import LONGEST_WAIT
from fer_video.engine.capture.demo import Demo
from fer_video.engine.capture.expand import (
    Pictures,
    SourceName,
    is_there,
    listed_by,
    name_of,
    path_of,
)
from fer_video.engine.capture.images import Images
from fer_video.engine.capture.kinds import is_film
from fer_video.engine.capture.listing import Listed, mode_of
from fer_video.engine.capture.realtime import Realtime
from fer_video.engine.capture.reconnect import Reconnecting
from fer_video.engine.capture.video import VideoFile, is_stream
from fer_video.engine.errors import SourceError
from fer_video.engine.options import LiveOptions
from fer_video.engine.source import Source

_LIVE = LiveOptions()
_CAMERA = re.compile(r"\d{1,4}|/dev/video\d+")


def open_source(
    source: SourceName,
    *,
    keep_audio: bool = False,
    realtime: bool = False,
    live: LiveOptions = _LIVE,
    threads: int = 0,
) -> Source:
    """Open whatever `source` names.

    Args:
        source: a camera number or device path, a video file or URL, an image, a folder or glob of
            images, several images, `demo`, `-` for a video on stdin, an iterable or async iterable
            of (H, W, 3) BGR or (H, W) gray uint8 arrays (see `Arrays`), or any `Source`, which is
            taken as it is. What is there as a file or folder is opened as one, whatever its name;
            only `demo` and `-` are `./demo` and `./-` then.
        keep_audio: hand the file's compressed sound along with its frames.
        realtime: give a file's frames at the times they are stamped with, as a camera would.
        live: how cameras and streams are read.
        threads: of a file's decoder; 0 for as many as help.

    Raises:
        SourceError: there is no such source, it cannot be read, or it is several films.
    """
    opened = _open(source, keep_audio, live, threads)
    return Realtime(opened, live) if realtime and not opened.info.live else opened


def _open(
    source: SourceName,
    keep_audio: bool,
    live: LiveOptions,
    threads: int,
) -> Source:
    if isinstance(source, Source):
        return source
    listed = listed_by(source)
    if listed is not None:
        return _open_listed(listed, source, keep_audio, threads)
    if isinstance(source, int | str | Path):
        return _open_named(path_of(str(source)), keep_audio, live, threads)
    return _open_arrays(source)


def _open_named(name: str, keep_audio: bool, live: LiveOptions, threads: int) -> Source:
    if name == "demo":
        return Demo(threads)
    if name == "-":
        return VideoFile(name, keep_audio=keep_audio, threads=threads)
    if not name:
        raise SourceError("the source is an empty name; give a file, a camera number or `demo`")
    if _CAMERA.fullmatch(name) and not is_there(name):
        return Reconnecting(partial(Camera, name, live)) if live.reconnect else Camera(name, live)
    if "://" in name and not is_there(name):
        return _open_url(name, keep_audio, live)
    return _open_path(Path(name), keep_audio, threads)


def _open_listed(listed: Listed, source: object, keep_audio: bool, threads: int) -> Source:
    if not listed.films:
        return Images(listed.images, name_of(source))
    if listed.images or len(listed.films) > 1:
        raise SourceError(
            f"{name_of(source)}: {len(listed.films)} videos in it, which are as many sources; give "
            "one of them here"
        )
    return VideoFile(str(listed.films[0]), keep_audio=keep_audio, threads=threads)


def _open_arrays(items: Sequence[str | Path] | Pictures) -> Source:
    """Pictures that are there already; one array may be one picture."""
    if isinstance(items, np.ndarray):
        alone = items.ndim == 2 or (items.ndim == 3 and items.shape[2] == 3)
        return Arrays([items] if alone else items)
    if not isinstance(items, Iterable | AsyncIterable):
        raise SourceError(
            f"a source cannot be a {type(items).__name__}; give a name, arrays, or a `Source`"
        )
    return Arrays(cast("Pictures", items))


def _open_url(url: str, keep_audio: bool, live: LiveOptions) -> Source:
    """A stream that goes on, or a file that lies somewhere else: over HTTP only its size tells.

    Files and what comes in segments are opened once more, with more patience; other streams are
    not, since their servers may take one client only.
    """
    timeout = live.timeout
    try:
        first = VideoFile(url, timeout=timeout)
    except SourceError:  # too slow, or not there at all: let patience tell
        if is_stream(url):
            raise
        return VideoFile(url, keep_audio=keep_audio)
    if not first.info.live:
        first.close()
        return VideoFile(url, keep_audio=keep_audio)
    if first.segmented:
        first.close()
        timeout = max(timeout, LONGEST_WAIT)
        first = VideoFile(url, timeout=timeout)
    again = partial(VideoFile, url, timeout=timeout)
    return Reconnecting(again, first) if live.reconnect else first


def _open_path(path: Path, keep_audio: bool, threads: int) -> Source:
    mode = mode_of(path)
    if mode is None:
        raise SourceError(f"{path}: no such file or folder; check the path")
    if not (S_ISREG(mode) or S_ISFIFO(mode)):
        raise SourceError(f"{path}: is neither a file, a folder nor a camera")
    if S_ISREG(mode) and path.stat().st_size == 0:
        raise SourceError(f"{path}: is empty (0 bytes); was it ever written?")
    if S_ISREG(mode) and not is_film(path):
        return Images([(path, path.name)], str(path))
    return VideoFile(str(path), keep_audio=keep_audio, threads=threads)
