"""Opens whatever `--source` names."""

import re
from collections.abc import AsyncIterable, Iterable, Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path
from stat import S_ISFIFO, S_ISREG
from typing import NamedTuple, cast

import numpy as np

from fer_video.engine.address import is_stream, without_secrets
from fer_video.engine.capture.expand import (
    Pictures,
    SourceName,
    is_there,
    listed_by,
    name_of,
    path_of,
)
from fer_video.engine.capture.film.container import LONGEST_WAIT
from fer_video.engine.capture.film.demo import open_demo
from fer_video.engine.capture.film.video import VideoFile
from fer_video.engine.capture.kinds import is_film
from fer_video.engine.capture.listing import Listed, mode_of
from fer_video.engine.capture.live.camera import Camera
from fer_video.engine.capture.live.realtime import Realtime
from fer_video.engine.capture.live.reconnect import Reconnecting
from fer_video.engine.capture.pictures.arrays import Arrays
from fer_video.engine.capture.pictures.images import Images
from fer_video.engine.contracts.source import Source
from fer_video.engine.errors import OptionsError, SourceError
from fer_video.engine.options.file import FileOptions
from fer_video.engine.options.live import LiveOptions

_LIVE, _WHOLE = LiveOptions(), FileOptions()
NOTHING = "the list of sources is empty; does a pattern fit nothing?"
_CAMERA = re.compile(r"\d{1,4}|/dev/video\d+")


def open_source(
    source: SourceName,
    *,
    keep_audio: bool = False,
    realtime: bool = False,
    live: LiveOptions = _LIVE,
    file: FileOptions = _WHOLE,
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
        file: which stretch of a video file is read.
        threads: of a file's decoder; 0 for as many as help.

    Raises:
        SourceError: there is no such source, it cannot be read, or it is several films.
        OptionsError: a stretch is asked for of what is no video file.
    """
    opened = _open(source, _Asked(live, file, keep_audio, threads))
    return Realtime(opened, live) if realtime and not opened.info.live else opened


def is_camera(source: SourceName) -> bool:
    """Whether a camera is named."""
    named = isinstance(source, int | str | Path)
    return named and bool(_CAMERA.fullmatch(str(source))) and not is_there(str(source))


class _Asked(NamedTuple):
    """How sources are opened."""

    live: LiveOptions
    file: FileOptions
    keep_audio: bool
    threads: int

    def film(self, name: str) -> VideoFile:
        return VideoFile(name, keep_audio=self.keep_audio, threads=self.threads, options=self.file)

    def refuse_stretch(self, name: str) -> None:
        """Of what is no file with a time of its own."""
        values = ((field.name, getattr(self.file, field.name)) for field in fields(self.file))
        asked = [f"`FileOptions({key}={value})`" for key, value in values if value]
        if asked:
            raise OptionsError(
                f"{name}: is no video file, of which alone a stretch is read; leave out "
                f"{' and '.join(asked)}"
            )


def _open(source: SourceName, asked: _Asked) -> Source:
    if not isinstance(source, Source):
        listed = listed_by(source)
        if listed is not None:
            return _open_listed(listed, source, asked)
        if isinstance(source, int | str | Path):
            return _open_named(path_of(str(source)), asked)
        source = _open_arrays(source)
    asked.refuse_stretch(source.info.name)
    return source


def _open_named(name: str, asked: _Asked) -> Source:
    if name == "demo":
        return open_demo(asked.threads, asked.file)
    if name == "-":
        return asked.film(name)
    if not name:
        raise SourceError("the source is an empty name; give a file, a camera number or `demo`")
    if is_camera(name):
        asked.refuse_stretch(name)
        live = asked.live
        return Reconnecting(partial(Camera, name, live)) if live.reconnect else Camera(name, live)
    if "://" in name and not is_there(name):
        return _open_url(name, asked)
    return _open_path(Path(name), asked)


def _open_listed(listed: Listed, source: object, asked: _Asked) -> Source:
    if not listed.films:
        asked.refuse_stretch(name_of(source))
        return Images(listed.images, name_of(source))
    if listed.images or len(listed.films) > 1:
        raise SourceError(
            f"{name_of(source)}: {len(listed.films)} videos in it, which are as many sources; give "
            "one of them here"
        )
    return asked.film(str(listed.films[0]))


def _open_arrays(items: Sequence[str | Path] | Pictures) -> Source:
    """Pictures that are there already; one array may be one picture."""
    if isinstance(items, np.ndarray):
        alone = items.ndim == 2 or (items.ndim == 3 and items.shape[2] == 3)
        return Arrays([items] if alone else items)
    if isinstance(items, list | tuple) and not items:
        raise SourceError(NOTHING)
    if not isinstance(items, Iterable | AsyncIterable):
        raise SourceError(
            f"a source cannot be a {type(items).__name__}; give a name, arrays, or a `Source`"
        )
    return Arrays(cast("Pictures", items))


def _open_url(url: str, asked: _Asked) -> Source:
    """A stream that goes on, or a file that lies somewhere else: over HTTP only its size tells.

    Files and what comes in segments are opened once more, with more patience; other streams are
    not, since their servers may take one client only.
    """
    if is_stream(url):
        asked.refuse_stretch(without_secrets(url))
    timeout = asked.live.timeout
    try:
        first = VideoFile(url, timeout=timeout)
    except SourceError:  # too slow, or not there at all: let patience tell
        if is_stream(url):
            raise
        return asked.film(url)
    if not first.info.live:
        first.close()
        return asked.film(url)
    if asked.file.given:
        first.close()
        asked.refuse_stretch(first.info.name)
    if first.segmented:
        first.close()
        timeout = max(timeout, LONGEST_WAIT)
        first = VideoFile(url, timeout=timeout)
    again = partial(VideoFile, url, timeout=timeout)
    return Reconnecting(again, first) if asked.live.reconnect else first


def _open_path(path: Path, asked: _Asked) -> Source:
    mode = mode_of(path)
    if mode is None:
        raise SourceError(f"{path}: no such file or folder; check the path")
    if not (S_ISREG(mode) or S_ISFIFO(mode)):
        raise SourceError(f"{path}: is neither a file, a folder nor a camera")
    if S_ISREG(mode) and path.stat().st_size == 0:
        raise SourceError(f"{path}: is empty (0 bytes); was it ever written?")
    if S_ISREG(mode) and not is_film(path):
        asked.refuse_stretch(str(path))
        return Images([(path, path.name)], str(path))
    return asked.film(str(path))
