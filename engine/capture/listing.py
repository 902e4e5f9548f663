"""The files that a folder or a pattern of names stands for: photographs, and films."""

import glob
import logging
import os
import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from fer_video.engine.capture.kinds import FILM_SUFFIXES, is_film
from fer_video.engine.capture.pictures.images import IMAGE_SUFFIXES
from fer_video.engine.errors import SourceError

log = logging.getLogger(__name__)

_NOBODYS = frozenset({"__MACOSX", "@eaDir", "#recycle", "@Recycle", "$RECYCLE.BIN", "lost+found"})
"""Folders that systems make for themselves: forks, thumbnails, what was thrown away."""
_NUMBER = re.compile(r"([0-9]+)")


class Listed(NamedTuple):
    """What a name stands for; each file with its name within the folder."""

    images: list[tuple[Path, str]]
    """Photographs, which are one source."""
    films: list[Path]
    """Films, each of which is a source."""


def mode_of(path: Path) -> int | None:
    """Kind and permissions of what a path names; None where there is nothing.

    Raises:
        SourceError: it cannot be told, such as within a folder that may not be entered.
    """
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):  # the last of a name with a 0 in it
        return None
    except OSError as error:
        raise SourceError(
            f"{path}: cannot be opened ({error.strerror}); check the name and the permissions"
        ) from error


def list_folder(folder: Path) -> Listed:
    """The photographs and films in a folder and below, without what systems put beside them.

    Raises:
        SourceError: there are none, or the folder may not be entered.
    """
    wanted = IMAGE_SUFFIXES | FILM_SUFFIXES
    listed = _sorted(folder, (path for path in _walk(folder) if path.suffix.lower() in wanted))
    if not (listed.images or listed.films):
        suffixes = " ".join(sorted(wanted))
        raise SourceError(f"{folder}: no images or videos in this folder (looked for {suffixes})")
    return listed


def list_pattern(pattern: str) -> Listed:
    """The files that a glob names, in folders that may have brackets in their own names.

    Raises:
        SourceError: it is no pattern, or nothing fits it.
    """
    fixed, rest = _split(Path(pattern))
    try:
        found = [path for path in fixed.glob(rest) if path.is_file()]
    except (ValueError, OSError) as error:
        raise SourceError(f"{pattern}: is not a pattern of names ({error})") from error
    if "." not in {part[0] for part in Path(rest).parts}:  # else hidden files are asked for
        found = [path for path in found if not any(map(_is_hidden, path.relative_to(fixed).parts))]
    listed = _sorted(fixed, found)
    if not (listed.images or listed.films):
        raise SourceError(f"{pattern}: no file fits this pattern; check it, and quote it")
    return listed


def in_number_order(name: str) -> list[list[tuple[str, int]]]:
    """A key by which names are sorted: by code point, but numbers in them by their value."""
    return [
        [("", int(part)) if part.isdecimal() else (part, 0) for part in _NUMBER.split(level)]
        for level in name.split("/")
    ]


def _split(pattern: Path) -> tuple[Path, str]:
    """A folder that is there, whatever its name, and the pattern of names below it."""
    fixed, rest = Path(), list(pattern.parts)
    while len(rest) > 1 and (not glob.has_magic(rest[0]) or (fixed / rest[0]).exists()):
        fixed /= rest.pop(0)
    return fixed, str(Path(*rest))


def _sorted(folder: Path, found: Iterable[Path]) -> Listed:
    names = {path.relative_to(folder).as_posix() for path in found}
    in_order = sorted(names, key=lambda name: (in_number_order(name), name))
    images: list[tuple[Path, str]] = []
    films: list[Path] = []
    for path, name in ((folder / name, name) for name in in_order):
        if is_film(path):
            films.append(path)
        else:
            images.append((path, name))
    return Listed(images, films)


def _walk(top: Path) -> Iterator[Path]:
    """Files in a folder and below; a folder that several links lead to is entered once."""

    def tell(error: OSError) -> None:
        said = f"{error.filename}: cannot be entered ({error.strerror})"
        if Path(error.filename) == top:
            raise SourceError(f"{said}; check the folder's permissions") from error
        log.warning("%s; what is in it is left out", said)

    entered = {_identity(top)}
    for here, folders, files in os.walk(top, onerror=tell, followlinks=True):
        folders[:] = [
            name
            for name in sorted(folders, key=partial(_links_last, here))
            if not _is_hidden(name) and _is_new(Path(here, name), entered)
        ]
        yield from (Path(here, name) for name in files if not _is_hidden(name))


def _links_last(folder: str, name: str) -> tuple[bool, str]:
    """A key by which folders are sorted, so that one is entered by its own name first."""
    return Path(folder, name).is_symlink(), name


def _is_new(folder: Path, entered: set[tuple[int, int]]) -> bool:
    try:
        identity = _identity(folder)
    except OSError:
        return True  # the walk tells why it cannot be entered
    before = len(entered)
    entered.add(identity)
    return len(entered) > before


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name in _NOBODYS
