"""Tiny films of every kind that people have: containers, sound, time and picture, all combined.

Each shows a face for half a second, flashes once, and clicks with the flash.
"""

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from PIL import Image

from tests.films.restamping import shifted
from tests.media import Pixels, photograph, shown_by

TARGETS = ("mp4", "mov", "mkv", "ts", "flv")
"""Containers that are written."""
LANGUAGES = ("spa", "eng")
"""Of the tracks of sound, spelt alike in all containers that hold them."""
_STEP, _COUNT, _COUNT_JOINED = Fraction(1, 50), 24, 60
"""Seconds between two ticks of the pictures' clock, and how many of them a film lasts; one of two
that are joined must be longer, for its end to be told from a picture out of order."""
_FLASH = 16
"""Tick of the bright picture."""
_UNEVEN = (0, 2, 3, 6, 8, 9, 13, _FLASH, 17, 19, 22)
_LATE, _BEHIND, _CUT = Fraction(3), Fraction(1, 5), Fraction(1, 5)
"""Seconds: of the first stamp of a film that starts late; from there to its first picture; and what
an edit list cuts away."""
_PERSON = 60, 50, 60
"""Height of the face, and middle of the portrait across and down, in pixels."""
_FACE = 51, 42
"""Middle of the face across and down in the picture as it should be seen, in square pixels."""
_SHOWN = 160, 120
_TURNED: dict[str, tuple[tuple[int, int, int, int], Any]] = {
    "turned 90": ((0, 1, -1, 0), np.rot90),
    "turned 180": ((-1, 0, 0, -1), lambda shown: np.rot90(shown, 2)),
    "turned 270": ((0, -1, 1, 0), lambda shown: np.rot90(shown, -1)),
    "mirrored": ((-1, 0, 0, 1), np.fliplr),
    "upside down": ((1, 0, 0, -1), np.flipud),
    "mirrored, turned 90": ((0, 1, 1, 0), lambda shown: shown.swapaxes(0, 1)),
    "mirrored, turned 270": ((0, -1, -1, 0), lambda shown: np.rot90(shown, 2).swapaxes(0, 1)),
}
"""Display matrix (ISO 14496-12, 8.3.2), and what is stored so that players show it upright."""
_SOUNDS = {
    "none": (),
    "aac": ("aac",),
    "adts": ("aac",),
    "mp3": ("libmp3lame",),
    "opus": ("libopus",),
    "pcm": ("pcm_s16le",),
    "ac3": ("ac3",),
    "amr": ("libopencore_amrnb",),
    "several": ("aac", "libmp3lame"),
}
"""Encoders of the tracks."""
_TIMES = ("constant", "variable", "late", "joined", "edit list")
_PICTURES = ("plain", *_TURNED, "odd", "wide pixels", "10 bits", "full range")
_CONTAINERS = {
    "mp4": ("aac mp3 opus pcm ac3 several", "late, edit list", (*_TURNED, "10 bits")),
    "mov": ("aac mp3 pcm ac3 several", "late, edit list", (*_TURNED, "10 bits")),
    "mkv": ("aac mp3 opus pcm ac3 several", "late, joined", ("10 bits",)),
    "webm": ("opus several", "late, joined", ()),
    "avi": ("aac mp3 pcm ac3 several", "late", ("10 bits",)),
    "ts": ("adts mp3 opus ac3 several", "late, joined", ("10 bits",)),
    "flv": ("aac mp3 pcm", "late, joined", ("10 bits",)),
    "3gp": ("aac amr", "late, edit list", tuple(_TURNED)),
    "gif": ("", "", ()),
}
"""What of sound, time and picture each can hold, beside what all can."""
_NOT = {
    "gif": ("wide pixels", "full range"),
    "3gp": ("full range",),
    "webm": ("wide pixels", "full range"),  # VP8 says neither
}
_CODECS = {"webm": "libvpx", "avi": "mpeg4", "3gp": "mpeg4", "gif": "gif"}
_HEADER_OF_FLV = 13
"""Bytes before its first packet, which recorders that go on in the same file leave out."""
_HERTZ = {"mp3 in flv": 44_100, "pcm in flv": 44_100, "amr in 3gp": 8_000}
"""Samples a second, where not any number can be held."""


class Cell(NamedTuple):
    """One kind of film, and what is made of it."""

    container: str
    sound: str
    time: str
    picture: str
    target: str

    def __str__(self) -> str:
        """Name of a test."""
        return ", ".join(self)


class Film(NamedTuple):
    """A film that was made, and what is true of it."""

    path: Path
    times: list[float]
    """Seconds at which its pictures are seen, from its start."""
    size: tuple[int, int]
    """Width and height of its pictures, upright, in pixels."""
    aspect: Fraction
    """Width of a pixel over its height."""
    face: tuple[float, float]
    """Middle of the face in the upright picture, in pixels."""
    tracks: int
    """Tracks of sound."""


def possible() -> list[Cell]:
    """Every cell of the full product that there are files of."""
    cells = map(Cell._make, product(_CONTAINERS, _SOUNDS, _TIMES, _PICTURES, TARGETS))
    return [cell for cell in cells if _is_possible(cell)]


def _is_possible(cell: Cell) -> bool:
    sounds, times, pictures = _CONTAINERS[cell.container]
    always = ("plain", "odd", "wide pixels", "full range", *pictures)
    return (
        cell.sound in ("none", *sounds.split())
        and cell.time in ("constant", "variable", *times.split(", "))
        and cell.picture in always
        and cell.picture not in _NOT.get(cell.container, ())
    )


def film(cell: Cell, folder: Path) -> Film:
    """Make the film of a cell."""
    path = folder / f"in.{cell.container}"
    stored, aspect = _stored(cell.picture)
    _write(cell, path, stored, aspect)
    times = _times(cell)
    if cell.time == "joined":
        data = path.read_bytes()
        path.write_bytes(data + data[_HEADER_OF_FLV if cell.container == "flv" else 0 :])
    if cell.time == "edit list":
        path = shifted(path, folder / f"cut.{cell.container}", -float(_CUT))
    if cell.container == "avi":
        times = _stored_times(path)
    if cell.picture in _TURNED:
        shown_by(path, _TURNED[cell.picture][0])
    width, height = (round(_SHOWN[0] / aspect), _SHOWN[1])
    if cell.picture == "odd":
        width, height = width + 1, height + 1
    face = _FACE[0] / float(aspect), _FACE[1]
    return Film(path, times, (width, height), aspect, face, len(_SOUNDS[cell.sound]))


def _ticks(cell: Cell) -> tuple[int, ...]:
    if cell.time == "variable":
        return _UNEVEN
    return tuple(range(0, _COUNT_JOINED if cell.time == "joined" else _COUNT, 2))


def _begin(cell: Cell) -> tuple[Fraction, Fraction]:
    """Seconds of the first stamp, and from there to the first picture."""
    if cell.time != "late":
        return Fraction(0), Fraction(0)
    return Fraction(0) if cell.container == "avi" else _LATE, _BEHIND


def _times(cell: Cell) -> list[float]:
    """Seconds at which the pictures are seen; the first one is the start where there is no sound"""
    behind = _begin(cell)[1] if cell.sound != "none" else 0
    times = [float(tick * _STEP + behind) for tick in _ticks(cell)]
    if cell.time == "edit list":
        return [time - float(_CUT) for time in times if time >= _CUT]
    second = [time + float(_COUNT_JOINED * _STEP) for time in times]
    return times + second if cell.time == "joined" else times


def _stored_times(path: Path) -> list[float]:
    """AVI can only leave pictures out, so its writer moves some of them."""
    with av.open(str(path)) as container:
        packets = container.demux(video=0)
        return [float(p.dts * p.time_base) for p in packets if p.size and p.dts is not None]


@cache
def _stored(picture: str) -> tuple[Pixels, Fraction]:
    odd = picture == "odd"
    shown = photograph(_SHOWN[0] + odd, _SHOWN[1] + odd, _PERSON)
    if picture == "wide pixels":
        squeezed = shown.resize((_SHOWN[0] // 2, _SHOWN[1]), Image.Resampling.LANCZOS)
        return np.asarray(squeezed), Fraction(2)
    to_stored = _TURNED.get(picture, ((), np.asarray))[1]
    return np.ascontiguousarray(to_stored(np.asarray(shown))), Fraction(1)


def _write(cell: Cell, path: Path, face: Pixels, aspect: Fraction) -> None:
    ticks, (begin, behind) = _ticks(cell), _begin(cell)
    rate, late = _hertz(cell), round(behind / _STEP)
    with av.open(str(path), "w") as out:
        film = _add_film(out, cell, face, aspect)
        usual, bright = (_picture(shown, film) for shown in (face, np.full_like(face, 255)))
        voices = [
            _add_voice(out, codec, cell, language)
            for codec, language in zip(_encoders(cell), LANGUAGES, strict=False)
        ]
        for tick in range(-late, max(_COUNT, ticks[-1] + 2)):
            if tick in ticks:
                picture = bright if tick == _FLASH else usual
                picture.time_base = film.codec_context.time_base
                picture.pts = round((tick * _STEP + begin + behind) / picture.time_base)
                out.mux(film.encode(picture))
            for voice in voices:
                out.mux(voice.encode(_samples(tick + late, begin, tick == _FLASH, rate)))
        for stream in (*voices, film):
            out.mux(stream.encode(None))


def _hertz(cell: Cell) -> int:
    return _HERTZ.get(f"{cell.sound} in {cell.container}", 48_000)


def _encoders(cell: Cell) -> tuple[str, ...]:
    if (cell.container, cell.sound) == ("webm", "several"):
        return "libopus", "libopus"
    if (cell.container, cell.sound) == ("flv", "pcm"):
        return ("pcm_s16le",)
    return _SOUNDS[cell.sound]


def _add_film(
    out: av.container.OutputContainer, cell: Cell, face: Pixels, aspect: Fraction
) -> av.VideoStream:
    codec, pixels = _CODECS.get(cell.container, "libx264"), "yuv420p"
    if cell.picture == "10 bits":
        codec, pixels = ("ffv1" if codec == "mpeg4" else codec), "yuv420p10le"
    elif cell.picture == "full range" and codec == "mpeg4":
        codec, pixels = "mjpeg", "yuvj420p"
    elif codec == "gif":
        pixels = "rgb8"
    elif codec == "libx264" and cell.picture == "odd":
        pixels = "yuv444p"
    step = _STEP if cell.time == "variable" else 2 * _STEP
    quick = {"preset": "superfast"} if codec == "libx264" else {}
    stream = out.add_stream(codec, rate=1 / step, options=quick)
    assert isinstance(stream, av.VideoStream)
    context = stream.codec_context
    stream.height, stream.width = face.shape[:2]
    stream.pix_fmt = pixels
    context.time_base = step
    context.sample_aspect_ratio = aspect
    context.bit_rate = 2_000_000
    if codec != "gif":
        context.colorspace, context.color_range = Colorspace.ITU601, _range(cell)
    return stream


def _range(cell: Cell) -> ColorRange:
    return ColorRange.JPEG if cell.picture == "full range" else ColorRange.MPEG


def _add_voice(out: Any, codec: str, cell: Cell, language: str) -> Any:
    voice = out.add_stream(codec, rate=_hertz(cell))
    voice.codec_context.layout = "mono"
    voice.codec_context.format = voice.codec_context.codec.audio_formats[0].name
    voice.bit_rate = 12_200 if "amr" in codec else 96_000
    voice.metadata["language"] = language
    return voice


def _picture(shown: Pixels, film: av.VideoStream) -> av.VideoFrame:
    made, context = av.VideoFrame.from_ndarray(shown, "rgb24"), film.codec_context
    return made.reformat(
        format=film.pix_fmt,
        dst_colorspace=Colorspace.ITU601 if context.name != "gif" else None,
        dst_color_range=context.color_range if context.name != "gif" else None,
    )


def _samples(tick: int, begin: Fraction, loud: bool, rate: int) -> av.AudioFrame:
    """Sound of one tick: a click of 10 ms with the flash, else nothing."""
    wave = np.zeros(round(rate * _STEP), np.int16)
    if loud:
        at = np.arange(rate // 100)
        wave[: at.size] = 20_000 * np.sin(2 * np.pi * 1000 * at / rate)
    frame = av.AudioFrame.from_ndarray(wave[None], "s16", "mono")
    frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
    frame.pts = tick * wave.size + round(begin * rate)
    return frame


def every_face(record: Any) -> Iterator[tuple[float, float]]:
    """Middles of the faces of a frame."""
    for face in record["faces"]:
        left, top, width, height = face["box"]
        yield left + width / 2, top + height / 2
