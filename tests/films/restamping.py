"""Videos whose stamps are wrong, odd or cut, made of good ones without encoding anything again."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

Change = Callable[["av.Packet[Any]", int], bool | None]
"""Edits a packet, given its number in its stream from 0; False leaves it out."""


def copied(source: Path, target: Path, change: Change) -> Path:
    """Copy packet by packet."""
    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        twins = {stream.index: new.add_stream_from_template(stream) for stream in old.streams}
        count = dict.fromkeys(twins, 0)
        for packet in old.demux():
            number = count[packet.stream_index]
            count[packet.stream_index] += 1
            if packet.size and change(packet, number) is not False:
                packet.stream = twins[packet.stream_index]
                new.mux(packet)
    return target


def shifted(source: Path, target: Path, seconds: float) -> Path:
    """All stamps later, or earlier, which the muxer writes as an edit list."""

    def change(packet: "av.Packet[Any]", _number: int) -> None:
        assert packet.pts is not None
        assert packet.dts is not None
        ticks = round(Fraction(seconds) / packet.time_base)
        packet.pts, packet.dts = packet.pts + ticks, packet.dts + ticks

    return copied(source, target, change)


def joined(target: Path, *parts: Path) -> Path:
    """One file behind the other, byte by byte."""
    target.write_bytes(b"".join(part.read_bytes() for part in parts))
    return target
