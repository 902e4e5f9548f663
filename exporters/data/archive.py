"""Files read out of folders and archives, which may be damaged, or not be meant well."""

import lzma
import struct
import zipfile
import zlib
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath, PureWindowsPath

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_video.engine.errors import DataError
from fer_video.engine.frames.frame import Plane

PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
"""Suffixes of picture files."""

_RUBBISH = ("__MACOSX", "Thumbs.db", "desktop.ini")
"""Names of what macOS and Windows leave in archives and folders."""
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError)
"""What reading a member of an archive raises, which is damaged, encrypted or packed in a way that
Python does not know; the classes share no base."""


def open_archive(path: Path) -> zipfile.ZipFile:
    """Open a .zip whose members all lie inside it.

    Raises:
        DataError: it is missing or no .zip, or the path of a member leads outside.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, ValueError, struct.error, *_DAMAGED) as error:
        raise DataError(
            f"{path}: missing, or no readable .zip ({error}); give the right place"
        ) from error
    for name in archive.namelist():
        if leads_outside(name):
            raise DataError(
                f"{path}: the path of its member {name} leads outside; pack the archive anew"
            )
    return archive


def leads_outside(name: str) -> bool:
    """Whether a path that a table or an archive gives is absolute or goes up, on any system."""
    path = PureWindowsPath(name)  # takes both slashes
    return bool(path.anchor) or ".." in path.parts


def hidden(name: str) -> bool:
    """Whether no person put a file or folder there, but a system or a program."""
    return name.startswith(".") or name in _RUBBISH


def inside(folder: Traversable, name: str) -> Traversable:
    """The file that a table names.

    Args:
        folder: where the table's paths begin.
        name: a path as the table gives it, with forward slashes.

    Raises:
        DataError: it leads outside of the folder.
    """
    if leads_outside(name):
        raise DataError(f"the path {name} leads outside of the data set")
    return folder.joinpath(*PurePosixPath(name).parts)


def read_bytes(file: Traversable, name: str) -> bytes:
    """All of a file, in a folder or in an archive.

    Args:
        file: what to read.
        name: what an error calls it; a member of an archive is called by both names.

    Raises:
        DataError: it is missing, or its archive is damaged or encrypted.
    """
    try:
        return file.read_bytes()
    except (OSError, KeyError) as error:
        raise DataError(f"{name}: is missing or cannot be read ({error}); restore it") from error
    except _DAMAGED as error:
        raise DataError(
            f"{_member(file, name)}: is damaged or encrypted ({error}); restore the archive, or "
            "unpack it and give the folder"
        ) from error


def _member(file: Traversable, name: str) -> str:
    """Archive and member."""
    if isinstance(file, zipfile.Path):
        return f"{file.root.filename}: {file.at}"
    return name


def picture_names(archive: zipfile.ZipFile, prefix: str = "") -> list[str]:
    """The pictures of an archive whose paths begin like that, but for hidden ones, in order."""
    names = [n for n in sorted(archive.namelist()) if not any(map(hidden, n.split("/")))]
    return [n for n in names if n.startswith(prefix) and n.lower().endswith(PICTURES)]


def read_member(archive: zipfile.ZipFile, name: str) -> Plane:
    """Decode one picture of an archive.

    Returns:
        (H, W) uint8.

    Raises:
        DataError: it is damaged, encrypted, or no picture.
    """
    file = zipfile.Path(archive, name)
    return decode_luma(read_bytes(file, name), f"{archive.filename}: {name}")


def decode_luma(data: bytes, name: str) -> Plane:
    """Decode a picture file's bytes to (H, W) uint8.

    Raises:
        DataError: it is no picture; the error calls it `name`.
    """
    return decode_picture(data, name, cv2.IMREAD_GRAYSCALE)


def decode_picture(data: bytes, name: str, colours: int) -> NDArray[np.uint8]:
    """Decode a picture file's bytes, of any format that OpenCV reads.

    Args:
        data: of the file.
        name: what an error calls it.
        colours: how, one of OpenCV's `IMREAD_...`.

    Raises:
        DataError: it is no picture, or a picture of more pixels than OpenCV takes.
    """
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), colours) if data else None
    except cv2.error as error:
        reason = str(error).strip().partition("\n")[0]
        raise DataError(f"{name}: cannot be decoded ({reason}); remove the file") from error
    if picture is None:
        raise DataError(
            f"{name}: {len(data)} bytes that are no picture; restore or remove the file"
        )
    return picture.astype(np.uint8, copy=False)
