"""Makes the tests' pictures, videos and sound, so that what is in them is known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray
from PIL import Image

from fer_video.engine.frames.frame import Frame
from fer_video.perf.bench.crowd import portrait

Pixels = NDArray[np.uint8]
"""(H, W, 3) uint8, RGB."""

BT601, BT709 = (0.299, 0.114), (0.2126, 0.0722)
PATCHES = (
    ((200, 60, 50), (60, 190, 70), (50, 70, 200), (235, 235, 235)),
    ((20, 20, 20), (220, 210, 60), (60, 200, 210), (128, 128, 128)),
)
"""Colours of `patches`, red, green, blue; two rows of four."""
_FACE = 0.43
"""Share of the portrait's height that its face has."""


def patches(width: int = 128, height: int = 96) -> Pixels:
    """Eight rectangles of the colours in `PATCHES`."""
    picture = np.empty((height, width, 3), np.uint8)
    rows = np.arange(height) * 2 // height
    columns = np.arange(width) * 4 // width
    picture[:] = np.array(PATCHES, np.uint8)[rows[:, None], columns]
    return picture


def patch_colours(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2, 4, 3): the mean of the middle of each patch, away from its blurred border."""
    height, width = rgb.shape[:2]
    found = np.empty((2, 4, 3))
    for row, column in np.ndindex(2, 4):
        y, x = height * row // 2, width * column // 4
        middle = rgb[y + height // 8 : y + height * 3 // 8, x + width // 16 : x + width * 3 // 16]
        found[row, column] = middle.mean(axis=(0, 1))
    return found


def moving(width: int, height: int, count: int, seed: int = 0) -> list[Pixels]:
    """Smooth pictures, each different from the one before; index readable by `brightness`."""
    rng = np.random.default_rng(seed)
    small = rng.integers(40, 120, (6, 8, 3), np.uint8)
    base = np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))
    return [np.minimum(base.astype(int) + i % 40 * 3, 255).astype(np.uint8) for i in range(count)]


def brightness(frame: Frame) -> float:
    """Mean luma: tells the pictures of `moving` apart."""
    return float(frame.luma.mean())


def to_planes(
    rgb: Pixels, weights: tuple[float, float], full_range: bool
) -> tuple[NDArray[np.float64], ...]:
    """Y', Cb, Cr of every pixel by the book (ITU-T H.273), as float."""
    red, green, blue = np.moveaxis(rgb.astype(float), -1, 0)
    kr, kb = weights
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    cb, cr = (blue - luma) / (2 - 2 * kb), (red - luma) / (2 - 2 * kr)
    if full_range:
        return luma, 128 + cb, 128 + cr
    return 16 + luma * 219 / 255, 128 + cb * 224 / 255, 128 + cr * 224 / 255


def to_rgb(frame: Frame) -> NDArray[np.float64]:
    """(H, W, 3) float, R'G'B' 0..255 of a frame's planes by the book, chroma not interpolated."""
    colour = frame.colour
    rows, columns = np.arange(frame.height) // 2, np.arange(frame.width) // 2
    luma = frame.luma.astype(float)
    cb = frame.cb.astype(float)[rows[:, None], columns] - 128
    cr = frame.cr.astype(float)[rows[:, None], columns] - 128
    if not colour.full_range:
        luma, cb, cr = (luma - 16) * 255 / 219, cb * 255 / 224, cr * 255 / 224
    kr, kb = colour.red_weight, colour.blue_weight
    red = luma + 2 * (1 - kr) * cr
    blue = luma + 2 * (1 - kb) * cb
    green = (luma - kr * red - kb * blue) / (1 - kr - kb)
    return np.stack([red, green, blue], axis=-1).clip(0, 255)


def to_picture(
    rgb: Pixels,
    pixel_format: str = "yuv420p",
    weights: tuple[float, float] = BT601,
    full_range: bool = False,
) -> av.VideoFrame:
    """A picture in any planar Y'CbCr or gray format, 8 or 10 bits, converted by the book."""
    height, width = rgb.shape[:2]
    picture = av.VideoFrame(width, height, pixel_format)
    depth = picture.format.components[0].bits
    for plane, memory in zip(to_planes(rgb, weights, full_range), picture.planes, strict=False):
        across, down = round(width / memory.width), round(height / memory.height)
        values = plane[::down, ::across] * 2 ** (depth - 8)
        kind = np.uint8 if depth == 8 else np.dtype("<u2")
        lines = np.frombuffer(memory, kind).reshape(memory.height, -1)  # type: ignore[call-overload]
        lines[:, : memory.width] = values.round()
    return picture


@dataclass(frozen=True)
class Encoding:
    """How a test video is made."""

    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    weights: tuple[float, float] = BT601
    full_range: bool = False
    tagged: bool = True
    times: Sequence[int] | None = None
    """Time stamps in `time_base`; None for one after the other."""
    time_base: Fraction = Fraction(1, 25)
    options: dict[str, str] = field(default_factory=dict)
    container_options: dict[str, str] = field(default_factory=dict)
    pixel_aspect: Fraction = Fraction(1)
    matrix: int | None = None
    """Colour matrix that is tagged, whatever the pictures are converted by."""
    sound: str | None = None
    """Codec of a tone that lasts as long as the pictures."""


def write_video(path: Path, pictures: Sequence[Pixels], encoding: Encoding | None = None) -> Path:
    """Encode pictures (and a tone) into the container that the extension names."""
    how = encoding or Encoding()
    times = how.times or range(len(pictures))
    height, width = pictures[0].shape[:2]
    with av.open(str(path), "w", container_options=dict(how.container_options)) as container:
        rate = 1 / how.time_base if how.times is None else Fraction(25)
        stream = container.add_stream(how.codec, rate=rate, options=dict(how.options))
        assert isinstance(stream, av.VideoStream)
        context = stream.codec_context
        stream.width, stream.height, stream.pix_fmt = width, height, how.pixel_format
        stream.time_base = context.time_base = how.time_base
        context.sample_aspect_ratio = how.pixel_aspect
        if how.tagged and how.codec != "gif":
            context.colorspace = Colorspace.ITU709 if how.weights == BT709 else Colorspace.ITU601
            context.color_range = ColorRange.JPEG if how.full_range else ColorRange.MPEG
        if how.matrix is not None:
            context.colorspace = how.matrix
        sound = None if how.sound is None else container.add_stream(how.sound, rate=48_000)
        for time, rgb in zip(times, pictures, strict=True):
            if how.codec in ("gif", "png"):
                picture = av.VideoFrame.from_ndarray(rgb, format="rgb24")
                picture = picture.reformat(format=how.pixel_format)
            else:
                picture = to_picture(rgb, how.pixel_format, how.weights, how.full_range)
            picture.pts, picture.time_base = time, how.time_base
            if how.tagged and how.codec != "gif":
                picture.colorspace, picture.color_range = context.colorspace, context.color_range
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
        if sound is not None:
            assert isinstance(sound, av.AudioStream)
            seconds = float((max(times) + 1) * how.time_base)
            for samples in tone(seconds):
                container.mux(sound.encode(samples))
            container.mux(sound.encode(None))
    return path


def write_sound(path: Path, codec: str = "aac") -> Path:
    """A file with sound and nothing to see."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=48_000)
        assert isinstance(stream, av.AudioStream)
        for samples in tone(0.5):
            container.mux(stream.encode(samples))
        container.mux(stream.encode(None))
    return path


def tone(seconds: float) -> Iterator[av.AudioFrame]:
    """440 Hz, 48 kHz, mono, in frames of 960 samples."""
    for i in range(round(seconds * 50)):
        at = (np.arange(960) + 960 * i) / 48_000
        wave = (np.sin(2 * np.pi * 440 * at) * 8000).astype(np.int16)
        samples = av.AudioFrame.from_ndarray(wave[None], format="s16", layout="mono")
        samples.sample_rate, samples.pts, samples.time_base = 48_000, 960 * i, Fraction(1, 48_000)
        yield samples


def write_image(path: Path, rgb: Pixels) -> Path:
    """PNG, JPEG, ... by the extension."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(rgb).save(path)
    return path


def photograph(
    width: int, height: int, *faces: tuple[int, int, int], light: float = 1
) -> Image.Image:
    """A real face as often as asked for: its height and the place of its middle, in pixels."""
    picture, person = Image.new("RGB", (width, height), (110, 120, 130)), portrait()
    for face, x, y in faces:
        scale = face / _FACE / person.height
        size = round(person.width * scale), round(person.height * scale)
        scaled = person.resize(size, Image.Resampling.LANCZOS)
        picture.paste(scaled, (x - size[0] // 2, y - size[1] // 2))
    return picture.point(lambda level: level * light)


def rotate(path: Path, degrees: int) -> Path:
    """Say in an mp4 that players must turn it clockwise."""
    turn = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}
    return shown_by(path, turn[degrees])


def shown_by(path: Path, matrix: tuple[int, int, int, int]) -> Path:
    """Write a display matrix into an mp4's track header (ISO 14496-12, 8.3.2)."""
    a, b, c, d = (value * 65536 for value in matrix)
    data = bytearray(path.read_bytes())
    start = data.index(b"tkhd") + 44
    data[start : start + 36] = np.array([a, b, 0, c, d, 0, 0, 0, 1 << 30], ">i4").tobytes()
    path.write_bytes(data)
    return path


def cut(path: Path, share: float) -> Path:
    """Lose the end of a file."""
    data = path.read_bytes()
    path.write_bytes(data[: round(len(data) * share)])
    return path


def damage(path: Path, seed: int = 0) -> Path:
    """Change two hundred random bytes in the middle half of a file."""
    data = np.frombuffer(path.read_bytes(), np.uint8).copy()
    rng = np.random.default_rng(seed)
    at = rng.integers(len(data) // 4, len(data) * 3 // 4, 200)
    data[at] ^= rng.integers(1, 256, 200, np.uint8)
    path.write_bytes(data.tobytes())
    return path


def frame_times(path: Path) -> list[float]:
    """Presentation times as the demuxer has them, from the container's start, in seconds."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.time_base is not None
        start = Fraction(container.start_time or 0, av.time_base)
        stamps = [packet.pts for packet in container.demux(stream) if packet.pts is not None]
        return [float(pts * stream.time_base - start) for pts in sorted(stamps)]


def sound_packets(path: Path) -> list[tuple[float, bytes]]:
    """Every compressed sound packet: its time from the container's start, and its bytes."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        start = Fraction(container.start_time or 0, av.time_base)
        return [
            (float(packet.pts * packet.time_base - start), bytes(packet))
            for packet in container.demux(stream)
            if packet.size and packet.pts is not None
        ]


def decoded(path: Path) -> list[av.VideoFrame]:
    """All pictures of a file."""
    with av.open(str(path)) as container:
        return list(container.decode(video=0))
