"""Copies of frames: a picture in memory of its own, also for another process."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from fractions import Fraction
from typing import Any, NamedTuple, cast

import av

from fer_video.engine.frames.frame import Frame, Plane, SoundPacket
from fer_video.engine.frames.picture import COLOUR_TAGS, copied, views

_OF_PICTURE = (*COLOUR_TAGS, "duration")
"""What a picture says of its colours, and how long it stands."""
_REMADE = ("luma", "cb", "cr", "picture", "audio")
"""Fields of a frame that FFmpeg's memory stands behind."""


class _Packet(NamedTuple):
    """A packet of compressed sound, as plain values."""

    track: int
    data: bytes
    pts: int | None
    dts: int | None
    duration: int | None
    time_base: Fraction
    is_keyframe: bool


def reduced(frame: Frame) -> tuple[Callable[..., Frame], tuple[Any, ...]]:
    """What `copy` and `pickle` need to make a frame anew, see `object.__reduce__`."""
    plain = {f.name: getattr(frame, f.name) for f in fields(frame) if f.name not in _REMADE}
    of_picture = {name: int(getattr(frame.picture, name) or 0) for name in _OF_PICTURE}
    packets = tuple(map(_to_values, frame.audio))
    return restored, (plain, (frame.luma, frame.cb, frame.cr), of_picture, packets)


def restored(
    plain: dict[str, Any],
    planes: Sequence[Plane],
    of_picture: dict[str, int],
    packets: Sequence[_Packet],
) -> Frame:
    """A frame of such values; its planes are copied into a new picture."""
    height, width = planes[0].shape
    picture = av.VideoFrame(width + width % 2, height + height % 2)
    own = list(map(copied, planes, views(picture)))
    for name, value in of_picture.items():
        setattr(picture, name, value)
    picture.pts, picture.time_base = plain["pts"], plain["time_base"]
    sound = tuple(map(_to_packet, packets))
    return Frame(**plain, luma=own[0], cb=own[1], cr=own[2], picture=picture, audio=sound)


def _to_values(sound: SoundPacket) -> _Packet:
    packet = sound.packet
    return _Packet(
        sound.track,
        bytes(packet),
        packet.pts,
        packet.dts,
        packet.duration,
        packet.time_base,
        packet.is_keyframe,
    )


def _to_packet(values: _Packet) -> SoundPacket:
    packet = cast("av.Packet[av.AudioStream]", av.Packet(values.data))
    for name, value in values._asdict().items():
        if name not in ("track", "data"):
            setattr(packet, name, value)
    return SoundPacket(packet, values.track)
