"""[1] Opens whatever `--source` names."""

import glob
import re
from collections.abc import AsyncIterable, Iterable, Sequence
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import TypeAlias, cast
from urllib.parse import unquote, urlsplit

import numpy as np

from fer_video.engine.capture.arrays import Arrays, TimedPicture
from fer_video.engine.capture.camera import Camera
from fer_video.engine.capture.container import LONGEST_WAIT
from fer_video.engine.capture.demo import Demo
from fer_video.engine.capture.images import IMAGE_SUFFIXES, Images, list_images
from fer_video.engine.capture.realtime import Realtime
from fer_video.engine.capture.reconnect import Reconnecting
from fer_video.engine.capture.video import VideoFile, is_stream
from fer_video.engine.errors import SourceError
from fer_video.engine.options import LiveOptions
from fer_video.engine.source import Source

Pictures: TypeAlias = Iterable[TimedPicture] | AsyncIterable[TimedPicture]
SourceName: TypeAlias = int | str | Path | Sequence[str | Path] | Pictures | Source
"""What can be opened as one source; several files are images, and arrays pictures of one's own."""

_LIVE = LiveOptions()


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
            images, several images, `demo`, an iterable or async iterable of (H, W, 3) BGR or (H, W)
            gray uint8 arrays (see `Arrays`), or any `Source`, which is taken as it is.
        keep_audio: hand the file's compressed sound along with its frames.
        realtime: give a file's frames at the times they are stamped with, as a camera would.
        live: how cameras and streams are read.
        threads: of a file's decoder; 0 for as many as help.

    Raises:
        SourceError: there is no such source, or it cannot be read.
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
    if not isinstance(source, int | str | Path):
        return _open_several(source)
    name = str(source)
    if name == "demo":
        return Demo(threads)
    if name.startswith("file://"):
        name = unquote(urlsplit(name).path)
    if re.fullmatch(r"\d{1,4}|/dev/video\d+", name):
        return Reconnecting(partial(Camera, name, live)) if live.reconnect else Camera(name, live)
    if "://" in name:
        return _open_url(name, keep_audio, live)
    if not name:
        raise SourceError("the source is an empty name; give a file, a camera number or `demo`")
    return _open_path(Path(name), keep_audio, threads)


def _open_several(items: Sequence[str | Path] | Pictures) -> Source:
    """Images by their names, or pictures that are there already; one array may be one picture."""
    if isinstance(items, np.ndarray):
        alone = items.ndim == 2 or (items.ndim == 3 and items.shape[2] == 3)
        return Arrays([items] if alone else items)
    if isinstance(items, Sequence) and all(isinstance(item, str | Path) for item in items):
        names = cast("Sequence[str | Path]", items)
        return Images([(Path(name), str(name)) for name in names], f"{len(names)} images")
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
    if path.is_dir():
        return Images(list_images(path), str(path))
    if not path.exists() and glob.has_magic(str(path)):
        return Images(_expand(str(path)), str(path))
    if not path.exists():
        raise SourceError(f"{path}: no such file or folder; check the path")
    if not path.is_file():
        raise SourceError(f"{path}: is neither a file, a folder nor a camera")
    if path.stat().st_size == 0:
        raise SourceError(f"{path}: is empty (0 bytes); was it ever written?")
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return Images([(path, path.name)], str(path))
    return VideoFile(str(path), keep_audio=keep_audio, threads=threads)


def _expand(pattern: str) -> list[tuple[Path, str]]:
    """The images that a glob names, in code-point order, relative to its fixed part."""
    fixed = Path(*takewhile(lambda part: not glob.has_magic(part), Path(pattern).parts))
    try:
        found = list(fixed.glob(str(Path(pattern).relative_to(fixed))))
    except ValueError as error:
        raise SourceError(f"{pattern}: is not a pattern of names ({error})") from error
    names = sorted(path.relative_to(fixed).as_posix() for path in found if path.is_file())
    if not names:
        raise SourceError(f"{pattern}: no file fits this pattern; check it, and quote it")
    return [(fixed / name, name) for name in names]
