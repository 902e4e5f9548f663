"""A transport stream with two programmes, as a multiplex of television and radio has them."""

import struct
from pathlib import Path

from tests.films.clapper import clap

_H264, _MPEG_SOUND = 27, 3
"""Types of streams (ISO 13818-1, table 2-34)."""
_PICTURE, OWN_SOUND, _RADIO = 0x100, 0x101, 0x102
"""Numbers of packets' streams, as FFmpeg gives them."""


def radio_beside_television(path: Path) -> Path:
    """Programme 1 is the second track alone; programme 2 the film with its first track."""
    clap(path, "mp2", tracks=2, options={"mpegts_flags": "+resend_headers"})
    data = path.read_bytes()
    written, count = b"", 0
    for packet in (data[at : at + 188] for at in range(0, len(data), 188)):
        number = (packet[1] & 31) << 8 | packet[2]
        if number == 0:
            written += b"".join(_tables(count))
            count += 1
        elif number not in (0x1000, 0x11):
            written += packet
    path.write_bytes(written)
    return path


def _tables(count: int) -> list[bytes]:
    """Which programmes there are, and what is in each (ISO 13818-1, 2.4.4)."""
    both = struct.pack(">HBBB4H", 1, 0xC1, 0, 0, 1, 0xE000 | 0x1000, 2, 0xE000 | 0x1001)
    contents = b"\0" + struct.pack(">H", 0xB000 | len(both) + 4) + both
    radio = _programme(1, _RADIO, [(_MPEG_SOUND, _RADIO)])
    television = _programme(2, _PICTURE, [(_H264, _PICTURE), (_MPEG_SOUND, OWN_SOUND)])
    tables = ((0, contents), (0x1000, radio), (0x1001, television))
    return [_packet(number, table, count) for number, table in tables]


def _programme(number: int, clock: int, streams: list[tuple[int, int]]) -> bytes:
    body = b"".join(struct.pack(">BHH", kind, 0xE000 | pid, 0xF000) for kind, pid in streams)
    head = struct.pack(">HBBBHH", number, 0xC1, 0, 0, 0xE000 | clock, 0xF000)
    return b"\2" + struct.pack(">H", 0xB000 | len(head + body) + 4) + head + body


def _packet(number: int, table: bytes, count: int) -> bytes:
    head = struct.pack(">BHBB", 0x47, 0x4000 | number, 0x10 | count & 15, 0)
    return (head + table + _check(table)).ljust(188, b"\xff")


def _check(table: bytes) -> bytes:
    """CRC-32 of MPEG-2 (ISO 13818-1, annex A)."""
    value = 0xFFFFFFFF
    for byte in table:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
    return struct.pack(">I", value)
