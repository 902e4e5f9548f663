"""Films with a flash and a click at the same moments, and how far apart the two are in a result."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np

RATE, HERTZ = 25, 48_000
SECONDS = 3
"""Length of one film; in each second, at 0.4 s, comes a flash of one frame, and a click."""
_AT = Fraction(10, RATE)


def clap(
    path: Path,
    sound: str,
    *,
    layout: str = "mono",
    container: str | None = None,
    options: dict[str, str] | None = None,
    tracks: int = 1,
    hertz: int = HERTZ,
) -> Path:
    """Write a film; without B-frames, so that its pictures begin with the sound."""
    with av.open(str(path), "w", format=container, options=options or {}) as out:
        codec = "mjpeg" if path.suffix == ".avi" else "libx264"
        film = out.add_stream(codec, rate=RATE, options={"bf": "0", "g": str(RATE)})
        assert isinstance(film, av.VideoStream)
        film.width, film.height = 64, 48
        film.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        voices = [
            _voice(out, sound, hertz, layout, language) for language in ("deu", "eng")[:tracks]
        ]
        for index in range(SECONDS * RATE):
            out.mux(film.encode(_picture(index, film.pix_fmt or "")))
            for voice in voices:
                out.mux(voice.encode(_samples(index, hertz, layout)))
        for stream in (*voices, film):
            out.mux(stream.encode(None))
    return path


def _voice(out: Any, sound: str, hertz: int, layout: str, language: str) -> Any:
    voice = out.add_stream(sound, rate=hertz)
    voice.codec_context.layout = layout
    voice.codec_context.format = voice.codec_context.codec.audio_formats[0].name
    voice.bit_rate = 128_000
    voice.codec_context.options = {"strict": "experimental"}  # as FFmpeg's own Vorbis is called
    voice.metadata["language"] = language
    return voice


def _picture(index: int, pixels: str) -> av.VideoFrame:
    level = 235 if index % RATE == _AT * RATE else 40
    picture = av.VideoFrame.from_ndarray(np.full((48, 64), level, np.uint8), "gray")
    picture = picture.reformat(format=pixels)
    picture.pts, picture.time_base = index, Fraction(1, RATE)
    return picture


def _samples(index: int, hertz: int, layout: str) -> av.AudioFrame:
    """Sound of one picture: a click of 10 ms with the flash, else nothing."""
    count = hertz // RATE
    wave = np.zeros(count, np.int16)
    if index % RATE == _AT * RATE:
        at = np.arange(hertz // 100)
        wave[: at.size] = 20_000 * np.sin(2 * np.pi * 1000 * at / hertz)
    channels = av.AudioLayout(layout).nb_channels
    frame = av.AudioFrame.from_ndarray(np.repeat(wave, channels)[None], "s16", layout)
    frame.sample_rate, frame.pts, frame.time_base = hertz, index * count, Fraction(1, hertz)
    return frame


def changed(
    source: Path, target: Path, change: Callable[["av.Packet[Any]", str, int], bool | None]
) -> Path:
    """Copy packet by packet; `change` gets each, its kind and its number, and drops it by False."""
    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        twins = {stream: new.add_stream_from_template(stream) for stream in old.streams}
        numbers = dict.fromkeys(twins, 0)
        for packet in old.demux():
            stream = packet.stream
            if packet.size and change(packet, stream.type, numbers[stream]) is not False:
                packet.stream = twins[stream]
                new.mux(packet)
            numbers[stream] += 1
    return target


def flashes(path: Path) -> list[float]:
    """Seconds at which the picture is bright."""
    with av.open(str(path)) as container:
        return [
            float(picture.time or 0)
            for picture in container.decode(video=0)
            if picture.to_ndarray(format="gray").mean() > 150
        ]


def clicks(path: Path, track: int = 0) -> list[float]:
    """Seconds at which a click begins."""
    loud = [time for time, level in _levels(path, track) if level > 0.1]
    return [later for earlier, later in pairwise([-1.0, *loud]) if later - earlier > 0.1]


def _decoded(
    container: av.container.InputContainer, stream: av.AudioStream
) -> Iterator[av.AudioFrame]:
    """As players do: what is damaged is left out."""
    for packet in container.demux(stream):
        with suppress(av.error.FFmpegError):
            yield from packet.decode()


def _levels(path: Path, track: int) -> Iterator[tuple[float, float]]:
    """Seconds and height of every sample."""
    with av.open(str(path)) as container:
        for frame in _decoded(container, container.streams.audio[track]):
            wave = frame.to_ndarray().astype(float)
            top = 1 if frame.format.name.startswith("flt") else 2 ** (8 * frame.format.bytes - 1)
            step = 1 if frame.format.is_planar else frame.layout.nb_channels
            first = (
                np.abs(wave[0, ::step] - (128 if frame.format.name.startswith("u8") else 0)) / top
            )
            start = float((frame.pts or 0) * (frame.time_base or 1))
            yield from zip(start + np.arange(first.size) / frame.sample_rate, first, strict=True)
