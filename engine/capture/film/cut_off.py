"""Whether a file was cut off by what its own headers say of its bytes, where FFmpeg goes by those
that are there: it finds an AVI or WMV shorter then, and a GIF or Ogg complete."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

_FILE_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
"""Kind of the object that tells an ASF's size (Advanced Systems Format 1.20.03, 3.2)."""
_BROADCAST = 1
"""Flag of an ASF whose size is not told, since it was sent as it was made."""
_HEADER = 1 << 16
"""Bytes at the beginning of an ASF in which that object lies."""
_LARGEST_PAGE = 27 + 255 + 255 * 255
"""Bytes of a page of Ogg (RFC 3533, 6)."""
_EXTENSION, _PICTURE = b"!", b","
"""How blocks of a GIF begin (GIF89a, appendix A); anything else ends it."""


def is_cut_off(path: Path, kind: str) -> bool:
    """Whether the file ends before what it holds does.

    Args:
        path: of the file.
        kind: FFmpeg's name of its format.
    """
    ends = _ENDS.get(kind)
    if ends is None:
        return False
    with path.open("rb") as file:
        return ends(file) > os.fstat(file.fileno()).st_size


def _end_of_avi(file: BinaryIO) -> int:
    """Where the last list of pictures ends, not the index behind it, which is not needed."""
    end = at = 0
    while len(head := _read(file, at, 12)) == 12 and head[0]:
        name, size = head[:4], int.from_bytes(head[4:8], "little")
        if head[8:12] == b"movi":
            end = at + 8 + size if size < 1 << 31 else end  # else it was not known when it began
        within = name == b"RIFF" and head[8:12] in (b"AVI ", b"AVIX")
        at += 12 if within else 8 + size + size % 2
    return end


def _end_of_asf(file: BinaryIO) -> int:
    header = _read(file, 0, _HEADER)
    at = header.find(_FILE_PROPERTIES)
    if at < 0 or not header[at + 91 :] or header[at + 88] & _BROADCAST:
        return 0
    return int.from_bytes(header[at + 40 : at + 48], "little")


def _end_of_gif(file: BinaryIO) -> int:
    """Where the last block ends; what says that it was the last need not be there."""
    at = 13 + _palette(_read(file, 10, 1))
    while (head := _read(file, at, 10))[:1] in (_EXTENSION, _PICTURE):
        at += 2 if head[:1] == _EXTENSION else 11 + _palette(head[9:])
        while (length := _read(file, at, 1)) not in (b"", b"\0"):
            at += 1 + length[0]
        at += 1
    return at


def _palette(flags: bytes) -> int:
    """Bytes of the colours that a field with flags announces."""
    return 3 << (flags[0] & 7) + 1 if flags and flags[0] & 128 else 0


def _end_of_ogg(file: BinaryIO) -> int:
    """Where the last page ends that begins."""
    start = max(file.seek(0, os.SEEK_END) - _LARGEST_PAGE, 0)
    tail = _read(file, start, _LARGEST_PAGE)
    at = tail.rfind(b"OggS")
    lengths = tail[at + 27 : at + 27 + tail[at + 26]] if 0 <= at < len(tail) - 26 else b""
    return start + at + 27 + len(lengths) + sum(lengths) if at >= 0 else 0


def _read(file: BinaryIO, at: int, count: int) -> bytes:
    file.seek(at)
    return file.read(count)


_ENDS: dict[str, Callable[[BinaryIO], int]] = {
    "avi": _end_of_avi,
    "asf": _end_of_asf,
    "gif": _end_of_gif,
    "ogg": _end_of_ogg,
}
"""What tells where a file should end at the earliest, by FFmpeg's names of formats."""
