"""Continuity: what of a transport stream on a disk is missing, by the counters in its packets.

FFmpeg flags pictures about which something is missing, but drops that flag from sound.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt

_Bytes: TypeAlias = npt.NDArray[np.uint8]
_Indices: TypeAlias = npt.NDArray[np.intp]
_SYNC = 0x47
_SIZES = (188, 192)
"""Bytes of a packet, in broadcasts and on discs (ISO 13818-1, 2.4.3.2; M2TS)."""
_SURE = 3
"""Packets one behind the other that show where packets begin."""
_HEADER = 6
"""Bytes of a packet that tell all of this."""
_AT_ONCE = 2**20
"""Bytes that are looked at at once."""
_TABLE = 0
"""Number (PID) of the table that every writer begins with."""


@dataclass(frozen=True, slots=True)
class Continuity:
    """Where the counters of one stream of packets leave a number out."""

    gaps: int
    """Places at which packets are missing."""
    restarts: int
    """Places at which another file begins, joined to the one before, and nothing is missing."""

    def losses(self, joints: int) -> int:
        """Places at which something was lost, where the clock jumped so often."""
        return max(self.gaps - max(joints - self.restarts, 0), 0)


def continuity(path: Path, number: int) -> Continuity:
    """Read the counters of one stream (ISO 13818-1, 2.4.3.3).

    Args:
        path: of a transport stream.
        number: of the stream (PID), FFmpeg's `id` of it.
    """
    gaps = restarts = 0
    before = np.zeros((0, _HEADER), np.uint8)
    for stretch in _stretches(path):
        headers = np.concatenate([before, stretch])
        own, tables = _counted(headers, number), _counted(headers, _TABLE)
        breaks, begun = _breaks(headers, own), _breaks(headers, tables)[:, 1]
        begun = begun[headers[begun, 3] & 15 == 0]
        between = np.searchsorted(begun, breaks)
        fresh = (headers[breaks[:, 1], 3] & 15 == 0) & (between[:, 0] < between[:, 1])
        gaps, restarts = gaps + int(np.sum(~fresh)), restarts + int(np.sum(fresh))
        before = headers[np.sort(np.concatenate([tables[-2:], own[-1:]]))]
    return Continuity(gaps, restarts)


def _counted(headers: _Bytes, number: int) -> _Indices:
    """Indices of the packets of one stream that carry something; only those are counted."""
    own = (headers[:, 1] & 31 == number >> 8) & (headers[:, 2] == number & 255)
    return np.flatnonzero(own & (headers[:, 3] & 0x10 != 0))


def _breaks(headers: _Bytes, own: _Indices) -> _Indices:
    """Indices of the packets before and behind each break, (breaks, 2)."""
    counts, told = headers[own, 3] & 15, _tells_of_a_break(headers[own])
    steps = (counts[1:] - counts[:-1]) & 15
    broken = np.flatnonzero((steps > 1) & ~told[1:])  # a packet may come twice
    return np.stack([own[broken], own[broken + 1]], axis=1)


def _tells_of_a_break(headers: _Bytes) -> npt.NDArray[np.bool_]:
    """Whether packets say themselves that they are behind a joint (2.4.3.5)."""
    adapted = (headers[:, 3] & 0x20 != 0) & (headers[:, 4] > 0)
    return np.asarray(adapted & (headers[:, 5] & 0x80 != 0))


def _stretches(path: Path) -> Iterator[_Bytes]:
    """The first bytes of packets, (packets, 6), from one damaged place to the next."""
    with path.open("rb") as file:  # not mapped: a file that is cut off meanwhile ends a process
        start = 0
        while (found := _first_packet(block := _block(file, start))) or len(block) == _AT_ONCE:
            if found is None:
                start += len(block) - (_SURE - 1) * max(_SIZES)
                continue
            offset, size = found
            packets = block[offset : offset + (len(block) - offset) // size * size]
            packets = packets.reshape(-1, size)
            lost = np.flatnonzero(packets[:, 0] != _SYNC)
            count = int(lost[0]) if len(lost) else len(packets)
            yield packets[:count, :_HEADER]
            start += offset + count * size - (size - 1 if len(lost) else 0)


def _block(file: BinaryIO, start: int) -> _Bytes:
    file.seek(start)
    return np.frombuffer(file.read(_AT_ONCE), np.uint8)


def _first_packet(block: _Bytes) -> tuple[int, int] | None:
    """Where packets begin, and how long they are."""
    places = np.flatnonzero(block == _SYNC)
    for size in _SIZES:
        sure = places[places < len(block) - (_SURE - 1) * size]
        for step in range(1, _SURE):
            sure = sure[block[sure + step * size] == _SYNC]
        if len(sure):
            return int(sure[0]), size
    return None
