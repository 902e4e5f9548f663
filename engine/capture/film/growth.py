"""What only a look at further places of a film tells: how large its pictures become, as those
of calls in a browser do, and when the last of them ends, where the sound goes on."""

from collections import deque
from collections.abc import Collection, Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import av
import av.error

from fer_video.engine.capture.film.container import open_container, video_stream
from fer_video.engine.capture.timing.timeline import shown
from fer_video.engine.errors import SourceError
from fer_video.engine.frames.orientation import orientation_of

_MAY_CHANGE = ("mpegts", "matroska", "flv", "mpeg")
"""FFmpeg's names of the formats within which pictures change their size."""
_MOST_KEYS = 32
"""Most key pictures that are looked at where a film has no length."""
_LOOKS = (0.25, 0.5, 0.75)
"""Where in a film its pictures' size is looked at, in shares of its length."""
_MOST_BYTES = 2**26
"""Most bytes of packets that are read, from the last whole picture on, to find the last one."""
_MOST_REORDERED = 17
"""Most pictures at the end of a file of which one may be seen last (H.264, A.3.1)."""


class Growth(NamedTuple):
    """As far as some places tell."""

    size: tuple[int, int]
    """Width and height of the largest upright picture."""
    end: Fraction | None
    """Seconds by the container's clock at which the last picture ends; None where nobody looked."""


def growth_of(name: str, container: av.container.InputContainer, first: av.VideoFrame) -> Growth:
    """Look at some places of a file.

    Args:
        name: of the file, which is opened once more.
        container: the file as it is open, which tells its format and length.
        first: its first picture.
    """
    sizes, end = [_upright_size(first)], None
    known = container.format.name.split(",")[0] in _MAY_CHANGE
    if not known or not Path(name).is_file():  # a pipe is read once
        return Growth(sizes[0], end)
    # PyAV's IndexError is of a stream that appeared on the way
    failures = (SourceError, av.error.FFmpegError, IndexError)
    with suppress(*failures), open_container(name, None) as other:
        stream = video_stream(other, name)
        looks = _by_time(other, stream) if other.duration else _by_key(other, stream)
        sizes.extend(map(_upright_size, looks))
        if other.duration and other.streams.audio and not stream.duration:
            end = _end(other, stream)
    return Growth(max(sizes, key=lambda size: size[0] * size[1]), end)


def _end(container: av.container.InputContainer, stream: av.VideoStream) -> Fraction | None:
    """When the last picture ends; None where it lies too far before the end of the file."""
    for share in (1, *reversed(_LOOKS), 0):  # some formats find nothing behind the last key picture
        _seek(container, share)
        if ends := _last_ends(container, stream):
            return max(ends)
    return None


def _last_ends(
    container: av.container.InputContainer, stream: av.VideoStream
) -> Collection[Fraction]:
    """When the last pictures from here on end, which may be seen in another order; none if they
    are too far away."""
    ends: deque[Fraction] = deque(maxlen=_MOST_REORDERED)
    size = 0
    for packet in container.demux():
        size += packet.size
        moment = shown(packet) if packet.stream is stream else None
        if moment is not None:
            ends.append(moment + (packet.duration or 0) * packet.time_base)
        if size > _MOST_BYTES:
            return ()
    return ends


def _seek(container: av.container.InputContainer, share: float) -> None:
    """Go to a place, in shares of the film's length."""
    container.seek(int((container.start_time or 0) + share * (container.duration or 0)))


def _by_time(
    container: av.container.InputContainer, stream: av.VideoStream
) -> Iterator[av.VideoFrame]:
    """A picture at each of some times."""
    for share in _LOOKS:
        _seek(container, share)
        yield from islice(container.decode(stream), 1)


def _by_key(
    container: av.container.InputContainer, stream: av.VideoStream
) -> Iterator[av.VideoFrame]:
    """Some of the key pictures, of which a change of size is one; no length says where to look."""
    kept: list[av.Packet[av.VideoStream]] = []
    step = 1
    keys = (packet for packet in container.demux(stream) if packet.is_keyframe and packet.size)
    for number, packet in enumerate(keys):
        if number % step == 0:
            kept.append(packet)
        if len(kept) > _MOST_KEYS:
            kept, step = kept[::2], step * 2
    for key in (*kept, None):
        yield from stream.codec_context.decode(key)


def _upright_size(picture: av.VideoFrame) -> tuple[int, int]:
    turned = orientation_of(picture).transposed
    return (picture.height, picture.width) if turned else (picture.width, picture.height)
