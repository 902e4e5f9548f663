"""Writes a HEIC as phones do: an HEVC picture a tile, and a grid that says how they lie."""

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

_ROWS = _COLUMNS = 2
_SETS = 32, 33, 34
"""Types of HEVC's units that set the decoder up: video, sequence and picture parameters."""


def write_tiles(path: Path, image: Image.Image) -> Path:
    """A square image of even tiles, two by two (ISO 23008-12)."""
    half, tiles, setup = image.width // 2, [], b""
    for row in range(_ROWS):
        for column in range(_COLUMNS):
            corner = column * half, row * half
            tile, setup = _encoded(image.crop((*corner, corner[0] + half, corner[1] + half)))
            tiles.append(tile)
    grid = struct.pack(">BBBBHH", 0, 0, _ROWS - 1, _COLUMNS - 1, image.width, image.height)
    blobs = [*tiles, grid]
    lengths = [len(blob) for blob in blobs]
    head = _head(lengths, setup, half, 0)
    path.write_bytes(_head(lengths, setup, half, len(head)) + _box(b"mdat", *blobs))
    return path


def _encoded(tile: Image.Image) -> tuple[bytes, bytes]:
    """The tile, and what its decoder must know (an `HEVCDecoderConfigurationRecord`)."""
    context = av.VideoCodecContext.create("libx265", "w")
    context.width, context.height, context.pix_fmt = *tile.size, "yuv420p"
    context.time_base = Fraction(1, 25)
    parameters = "log-level=none:keyint=1:repeat-headers=1"
    context.options = {"preset": "ultrafast", "x265-params": parameters}
    levels = np.asarray(tile.convert("RGB"))
    picture = av.VideoFrame.from_ndarray(levels, format="rgb24").reformat(format="yuv420p")
    stream = b"".join(map(bytes, [*context.encode(picture), *context.encode(None)]))
    units = [unit for unit in stream.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if unit]
    kinds = [unit[0] >> 1 & 63 for unit in units]
    sets = [unit for unit, kind in zip(units, kinds, strict=True) if kind in _SETS]
    sequence = units[kinds.index(_SETS[1])].replace(b"\0\0\3", b"\0\0")
    setup = b"\1" + sequence[3:15] + b"\xf0\0\xfc\xfd\xf8\xf8\0\0\x0f" + bytes([len(sets)])
    for unit in sets:
        setup += struct.pack(">BHH", 0x80 | unit[0] >> 1 & 63, 1, len(unit)) + unit
    slices = [unit for unit, kind in zip(units, kinds, strict=True) if kind < _SETS[0]]
    return b"".join(struct.pack(">I", len(unit)) + unit for unit in slices), setup


def _head(lengths: list[int], setup: bytes, half: int, before: int) -> bytes:
    """All boxes before the data, which begin `before` bytes from the start of the file."""
    count, places, at = len(lengths), b"", before + 8
    for number, length in enumerate(lengths, 1):
        places += struct.pack(">HHHII", number, 0, 1, at, length)
        at += length
    names = [b"hvc1"] * (count - 1) + [b"grid"]
    entries = [
        _box(b"infe", struct.pack(">HH", number, 0), name, b"\0", full=0x2000000)
        for number, name in enumerate(names, 1)
    ]
    sizes = [_box(b"ispe", struct.pack(">II", side, side), full=0) for side in (half, 2 * half)]
    shared = _box(b"ipco", _box(b"hvcC", setup), *sizes)
    tiles = [struct.pack(">HBBB", number, 2, 0x81, 2) for number in range(1, count)]
    joined = struct.pack(">I", count) + b"".join(tiles) + struct.pack(">HBB", count, 1, 3)
    parts = struct.pack(f">HH{count - 1}H", count, count - 1, *range(1, count))
    meta = _box(
        b"meta",
        _box(b"hdlr", b"\0\0\0\0pict", bytes(13), full=0),
        _box(b"pitm", struct.pack(">H", count), full=0),
        _box(b"iloc", struct.pack(">HH", 0x4400, count), places, full=0),
        _box(b"iinf", struct.pack(">H", count), *entries, full=0),
        _box(b"iprp", shared, _box(b"ipma", joined, full=0)),
        _box(b"iref", _box(b"dimg", parts), full=0),
        full=0,
    )
    return _box(b"ftyp", b"heic\0\0\0\0mif1heic") + meta


def _box(kind: bytes, *parts: bytes, full: int | None = None) -> bytes:
    body = (b"" if full is None else struct.pack(">I", full)) + b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body
