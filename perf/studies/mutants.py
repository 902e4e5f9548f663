"""Small videos in every usual container, and what transfers, disks and cutters make of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np

Generator = np.random.Generator

_WIDTH, _HEIGHT, _RATE, _HERTZ = 96, 64, 25, 48_000


@dataclass(frozen=True, slots=True)
class Kind:
    """How a whole video is made."""

    extension: str
    video: str
    sound: str | None
    options: tuple[tuple[str, str], ...] = ()
    """For the container."""


KINDS = (
    Kind("mp4", "libx264", "aac"),
    Kind("mp4", "libx264", "aac", (("movflags", "+frag_keyframe+empty_moov"),)),
    Kind("mov", "mjpeg", "pcm_s16le"),
    Kind("mkv", "libx264", "libopus"),
    Kind("webm", "libvpx", "libopus"),
    Kind("avi", "mpeg4", "libmp3lame"),
    Kind("ts", "libx264", "mp2"),
    Kind("ts", "mpeg2video", "aac"),
    Kind("flv", "libx264", "aac"),
    Kind("mpg", "mpeg2video", "mp2"),
    Kind("h264", "libx264", None),
    Kind("mkv", "ffv1", "flac"),
    Kind("avi", "mjpeg", "adpcm_ms"),
    Kind("mxf", "mpeg2video", "pcm_s16le"),
    Kind("m2ts", "libx264", "ac3"),
    Kind("wmv", "wmv2", "adpcm_ms"),
    Kind("vob", "mpeg2video", "ac3"),
)
"""The whole videos, from which the mutants come."""


def film(path: Path, kind: Kind, seconds: float = 2.0, size: int = 1) -> Path:
    """Write a square that wanders over noise, and noise to be heard with it.

    Args:
        path: of the video.
        kind: how it is made.
        seconds: how long it is.
        size: times 96x64 pixels.
    """
    with av.open(str(path), "w", options=dict(kind.options)) as out:
        stream = cast("av.VideoStream", out.add_stream(kind.video, rate=_RATE, options={"g": "12"}))
        stream.width, stream.height = _WIDTH * size, _HEIGHT * size
        stream.pix_fmt = "yuvj420p" if kind.video == "mjpeg" else "yuv420p"
        sound = None
        if kind.sound is not None:
            sound = cast("av.AudioStream", out.add_stream(kind.sound, rate=_HERTZ))
        for index, picture in enumerate(_pictures(stream, round(seconds * _RATE))):
            out.mux(stream.encode(picture))
            if sound is not None:
                out.mux(sound.encode(_noise(index * _HERTZ // _RATE, _HERTZ // _RATE)))
        out.mux(stream.encode(None))
        if sound is not None:
            out.mux(sound.encode(None))
    return path


def _pictures(stream: av.VideoStream, count: int) -> Iterator[av.VideoFrame]:
    rng, shape = np.random.default_rng(0), (stream.height, stream.width, 3)
    noise = rng.integers(0, 256, shape, np.uint8)
    for index in range(count):
        pixels = noise.copy()
        pixels[:32, index % 60 : index % 60 + 32] = index % 256
        picture = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        picture = picture.reformat(format=stream.pix_fmt)
        picture.pts, picture.time_base = index, Fraction(1, _RATE)
        yield picture


def _noise(start: int, count: int) -> av.AudioFrame:
    """Sound that codecs cannot make small, so that misfortunes meet it, too."""
    values = np.random.default_rng(start).integers(-8000, 8000, (1, count), np.int16)
    samples = av.AudioFrame.from_ndarray(values, "s16", "mono")
    samples.sample_rate, samples.pts, samples.time_base = _HERTZ, start, Fraction(1, _HERTZ)
    return samples


def mutate(data: bytes, rng: Generator) -> bytes:
    """What became of a file: one or two of the usual misfortunes."""
    for number in rng.integers(0, len(_MISFORTUNES), int(rng.integers(1, 3))):
        data = _MISFORTUNES[int(number)](data, rng)
    return data


def _stretch(data: bytes, rng: Generator) -> tuple[int, int]:
    """Begin and end of a part, of a byte to a tenth of the whole."""
    begin = int(rng.integers(0, max(len(data), 1)))
    return begin, begin + int(max(len(data) / 10, 1) ** rng.uniform())


def _flip(data: bytes, rng: Generator) -> bytes:
    values = np.frombuffer(data, np.uint8).copy()
    if len(values):
        at = rng.integers(0, len(values), int(10 ** rng.uniform(0, 2.5)))
        values[at] ^= rng.integers(1, 256, len(at), np.uint8)
    return values.tobytes()


def _cut_off(data: bytes, rng: Generator) -> bytes:
    return data[: int(len(data) * rng.uniform())]


def _lose_beginning(data: bytes, rng: Generator) -> bytes:
    return data[int(len(data) * rng.uniform(0, 0.3)) :]


def _lose(data: bytes, rng: Generator) -> bytes:
    begin, end = _stretch(data, rng)
    return data[:begin] + data[end:]


def _empty(data: bytes, rng: Generator) -> bytes:
    begin, end = _stretch(data, rng)
    return data[:begin] + bytes(len(data[begin:end])) + data[end:]


def _repeat(data: bytes, rng: Generator) -> bytes:
    begin, end = _stretch(data, rng)
    return data[:end] + data[begin:]


def _join(data: bytes, rng: Generator) -> bytes:
    return data + data[: int(len(data) * rng.uniform(0.5, 1))]


_MISFORTUNES: Sequence[Callable[[bytes, Generator], bytes]] = (
    _flip, _cut_off, _lose_beginning, _lose, _empty, _repeat, _join
)  # fmt: skip
