"""What a name stands for: one source, or the several that lie in a folder or fit a pattern."""

import glob
from collections.abc import AsyncIterable, Iterable, Sequence
from os.path import splitdrive
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

import numpy as np

from fer_video.engine.capture.kinds import is_film
from fer_video.engine.capture.listing import Listed, list_folder, list_pattern, mode_of
from fer_video.engine.capture.pictures.given import TimedPicture
from fer_video.engine.capture.pictures.images import Images
from fer_video.engine.contracts.source import Source
from fer_video.engine.errors import SourceError

Pictures: TypeAlias = Iterable[TimedPicture] | AsyncIterable[TimedPicture]
SourceName: TypeAlias = int | str | Path | Sequence[str | Path] | Pictures | Source
"""What a source is named by; several files may be several, and arrays are pictures of one's own."""

_RESERVED = ("", "demo", "-")
"""Names of no file: those are `./demo` and `./-`."""


def expand(source: SourceName) -> list[SourceName]:
    """The sources that a name stands for: the photographs of a folder are one, each film is one.

    Args:
        source: as `open_source` takes it, and folders, globs and lists with films in them.

    Raises:
        SourceError: a folder or glob has nothing.
    """
    listed = listed_by(source)
    if listed is None:
        return [source]
    images = [Images(listed.images, name_of(source))] if listed.images else []
    return [*images, *listed.films]


def film_of(source: SourceName) -> Path | None:
    """The film that a name is of; None where it is something else."""
    if not isinstance(source, str | Path) or str(source) in _RESERVED:
        return None
    path = Path(path_of(str(source)))
    return path if path.is_file() and is_film(path) else None


def path_of(name: str) -> str:
    """The name, or the path of which it is an address."""
    if not name.startswith("file://"):
        return name
    path = unquote(urlsplit(name).path, errors="surrogateescape")
    return path[1:] if splitdrive(path[1:])[0] else path  # file:///C:/a.mp4, on Windows


def is_there(name: str) -> bool:
    """Whether it is a file or folder; a device of a camera is neither."""
    try:
        mode = mode_of(Path(name))
    except SourceError:  # an address may be longer than any file's name
        return False
    return mode is not None and (S_ISREG(mode) or S_ISDIR(mode))


def listed_by(source: object) -> Listed | None:
    """The files that a name, or a list of names, stands for; None where it is none of several."""
    if isinstance(source, str | Path):
        name = path_of(str(source))
        if name in _RESERVED:
            return None
        path = Path(name)
        if is_there(name):
            return list_folder(path) if path.is_dir() else None
        return list_pattern(name) if glob.has_magic(name) and "://" not in name else None
    if not isinstance(source, Sequence) or isinstance(source, np.ndarray) or not source:
        return None
    if not all(isinstance(item, str | Path) for item in source):
        return None
    files = [(Path(item), str(item)) for item in source]
    films = [path for path, name in files if is_there(name) and is_film(path)]
    return Listed([(path, name) for path, name in files if path not in films], films)


def name_of(source: object) -> str:
    """Of a folder, a pattern, or several files."""
    if isinstance(source, Sequence) and not isinstance(source, str):
        return f"{len(source)} images"
    return str(source)
