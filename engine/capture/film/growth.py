"""[1] Films whose pictures change their size on the way, as those of calls in a browser do."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

import av
import av.error

from fer_video.engine.capture.film.container import open_container, video_stream
from fer_video.engine.errors import SourceError
from fer_video.engine.orientation import orientation_of

_MAY_CHANGE = ("mpegts", "matroska", "flv", "mpeg")
"""FFmpeg's names of the formats within which pictures change their size."""
_MOST_KEYS = 32
"""Most key pictures that are looked at where a film has no length."""
_LOOKS = (0.25, 0.5, 0.75)
"""Where in a film its pictures' size is looked at, in shares of its length."""


def largest_size(
    name: str, container: av.container.InputContainer, first: av.VideoFrame
) -> tuple[int, int]:
    """Width and height of the largest upright picture of a file, as far as some places tell.

    Args:
        name: of the file, which is opened once more.
        container: the file as it is open, which tells its format and length.
        first: its first picture.
    """
    sizes = [_upright_size(first)]
    known = container.format.name.split(",")[0] in _MAY_CHANGE
    if not known or not Path(name).is_file():  # a pipe is read once
        return sizes[0]
    with suppress(SourceError, av.error.FFmpegError), open_container(name, None) as other:
        stream = video_stream(other, name)
        looks = _by_time(other, stream) if other.duration else _by_key(other, stream)
        sizes.extend(map(_upright_size, looks))
    return max(sizes, key=lambda size: size[0] * size[1])


def _by_time(
    container: av.container.InputContainer, stream: av.VideoStream
) -> Iterator[av.VideoFrame]:
    """A picture at each of some times."""
    for share in _LOOKS:
        container.seek(int((container.start_time or 0) + share * (container.duration or 0)))
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
