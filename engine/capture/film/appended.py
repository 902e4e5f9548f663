"""Films joined on by `cat` where a format ends at the first: they are not read, and said."""

import mmap
import re
from collections.abc import Iterator
from pathlib import Path

_FLV = re.compile(rb"FLV\x01[\x01\x04\x05]\x00{3}\x09\x00{4}")
"""Header of an FLV file with the empty tag behind it (Adobe's FLV specification, version 10.1)."""
_MATROSKA = re.compile(rb"\x1aE\xdf\xa3[\s\S]{1,64}?\x42\x82[\s\S](?:matroska|webm)")
"""Header of a Matroska file (RFC 8794, 11.2), with its kind of document; FFmpeg reads two films."""
_HEADERS = {"flv": _FLV, "matroska,webm": _MATROSKA}
"""Headers of files, by FFmpeg's names of their formats."""
_LARGE = 1
"""Size that says of a box that its size is in the eight bytes behind its kind."""


def appended_at(file: Path, kind: str, behind: int) -> int | None:
    """The byte at which a further film begins that a reader of the format does not come to.

    Args:
        file: that was read.
        kind: FFmpeg's name of its format.
        behind: byte at which the last packet that was read begins. A film before it is read: of
            fragments joined with their headers all are.

    Returns:
        None where there is none, and for formats that are read on.
    """
    if file.stat().st_size == 0:
        return None
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if kind in _HEADERS:
            found = _HEADERS[kind].search(data, behind + 1)
            return found.start() if found else None
        if kind.startswith("mov"):
            return next((at for at, box in _boxes(data) if box == b"ftyp" and at > behind), None)
    return None


def _boxes(data: mmap.mmap) -> Iterator[tuple[int, bytes]]:
    """Where each box of the outermost level begins, and its kind (ISO 14496-12, 4.2)."""
    at = 0
    while at + 8 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        yield at, kind
        if size == _LARGE:
            size = int.from_bytes(data[at + 8 : at + 16])
        if size < 8:
            return
        at += size
