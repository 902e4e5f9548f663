"""Reads one photograph: whole, upright, in the colours that a viewer shows, or not at all."""

import importlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from errno import ENOSYS
from pathlib import Path
from typing import TypeVar
from warnings import catch_warnings

import av
import av.error
import numpy as np
from av.stream import Disposition
from av.video.reformatter import ColorRange
from PIL import Image, ImageOps

from fer_video.engine.capture.allowed import Unnamed, options_for_file, refuse_text
from fer_video.engine.errors import SourceError
from fer_video.engine.frames.orientation import (
    BY_EXIF,
    UPRIGHT,
    Orientation,
    orientation_of,
    side_data_of,
)
from fer_video.engine.frames.picture import MOST_PIXELS

_BY_PILLOW = ("WEBP", "AVIF", "HEIF")
"""Formats that Pillow reads where FFmpeg cannot: animated ones, and those made of tiles."""
_DAMAGE_IS_AN_ERROR = {"err_detect": "explode"}
"""Option of FFmpeg's JPEG decoder, which else fills what is missing with one colour."""
_BEFORE_A_PICTURE = 4096
"""Bytes of a file within which it says that it is animated."""
_ANIMATED_WEBP = 2
"""Flag among WebP's (RFC 9649, 2.7)."""
_ORIENTATION = 0x112
"""EXIF's number of the orientation."""


_Seen = TypeVar("_Seen")


class _TiledError(Exception):
    """The picture is made of several, of which FFmpeg gives one at a time."""


def read_photograph(path: Path) -> tuple[av.VideoFrame, Orientation]:
    """The first picture of an image file, and how it is turned.

    One of more than `MOST_PIXELS` is scaled down to them. What is transparent is shown on white.

    Raises:
        SourceError: it is none, is cut off or damaged, or its format is not read here.
    """
    try:
        picture, orientation = _by_ffmpeg(path)
    except (_TiledError, av.error.FFmpegError, OSError, IndexError, StopIteration) as error:
        refuse_text(path)
        picture, orientation = _to_picture(_by_pillow(path, error)), UPRIGHT
    return _scaled(picture), orientation


def is_animated(path: Path) -> bool:
    """Whether an image file shows one picture after the other; what cannot be read does not."""
    head = b""
    with suppress(OSError), path.open("rb") as file:
        head = file.read(_BEFORE_A_PICTURE)
    if head.startswith(b"\x89PNG"):
        return b"acTL" in head.partition(b"IDAT")[0]
    if head[:4] + head[8:16] == b"RIFFWEBPVP8X":
        return len(head) > 20 and bool(head[20] & _ANIMATED_WEBP)
    return head[4:12] == b"ftypavis"


def _by_ffmpeg(path: Path) -> tuple[av.VideoFrame, Orientation]:
    with (
        path.open("rb") as file,
        av.open(
            Unnamed(file), "r", options=options_for_file(), metadata_errors="replace"
        ) as container,
    ):
        stream = container.streams.video[0]
        if stream.disposition & Disposition.dependent:
            raise _TiledError
        if stream.codec_context is None:  # SVG and JPEG XL, which are known by name alone
            raise OSError(ENOSYS, "FFmpeg has no decoder for it")
        codec = stream.codec_context.name
        if codec == "mjpeg":
            stream.codec_context.options = _DAMAGE_IS_AN_ERROR
        picture = next(container.decode(stream))
    gray = picture.format.name.startswith("gray")
    if picture.color_range == ColorRange.UNSPECIFIED and (gray or codec == "tiff"):
        picture.color_range = ColorRange.JPEG
    return _opaque(picture) if codec != "mjpeg" else picture, _orientation(path, picture)


def _orientation(path: Path, picture: av.VideoFrame) -> Orientation:
    """By the display matrix, or, where PyAV cannot read it beside EXIF data, by those."""
    try:
        side_data_of(picture)  # fails where it holds EXIF data
    except ValueError:
        return _seen(path, _turned, orientation_of(picture))  # which tells no mirror
    return orientation_of(picture)


def _seen(path: Path, look: Callable[[Image.Image], _Seen], otherwise: _Seen) -> _Seen:
    """What is seen in a file's first bytes by Pillow, which takes pictures of any size here."""
    with (
        suppress(OSError, ValueError, SyntaxError, Image.DecompressionBombError),
        catch_warnings(action="ignore", category=Image.DecompressionBombWarning),
        Image.open(path) as image,
    ):
        return look(image)
    return otherwise


def _turned(image: Image.Image) -> Orientation:
    return BY_EXIF.get(image.getexif().get(_ORIENTATION, 1), UPRIGHT)


def _by_pillow(path: Path, error: Exception) -> Image.Image:
    """A picture that FFmpeg cannot read.

    Raises:
        SourceError: Pillow cannot either.
    """
    with suppress(ImportError):
        importlib.import_module("pillow_heif").register_heif_opener()
    Image.init()
    formats = [name for name in _BY_PILLOW if name in Image.OPEN]
    try:
        with Image.open(path, formats=formats) as image:
            return _on_white(ImageOps.exif_transpose(image))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        reason = getattr(error, "strerror", None) or "no picture in it"
        advice = f"cannot be decoded as an image ({reason}); check that it is whole"
        if isinstance(error, _TiledError):
            advice = (
                "is made of tiles, which are read as one picture with pillow-heif alone: `pip "
                "install pillow-heif`, or save it as JPEG"
            )
        raise SourceError(f"{path}: {advice}") from error


def _opaque(picture: av.VideoFrame) -> av.VideoFrame:
    """The picture on white, where it is transparent."""
    components = picture.format.components
    if picture.format.name != "pal8" and not any(part.is_alpha for part in components):
        return picture
    rgba = picture.to_ndarray(format="rgba")
    if rgba[..., 3].min() == np.iinfo(np.uint8).max:
        return picture
    return _to_picture(_on_white(Image.fromarray(rgba)))


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")


def _to_picture(image: Image.Image) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.asarray(image), format="rgb24")


def _scaled(picture: av.VideoFrame) -> av.VideoFrame:
    """The picture, no larger than a frame may be."""
    width, height = _bounded(picture.width, picture.height)
    if (width, height) == (picture.width, picture.height):
        return picture
    return picture.reformat(width=width, height=height)


def _bounded(width: int, height: int) -> tuple[int, int]:
    scale = (MOST_PIXELS / max(width * height, 1)) ** 0.5
    if scale >= 1:
        return width, height
    return max(int(scale * width) // 2 * 2, 2), max(int(scale * height) // 2 * 2, 2)


def largest_size(paths: Iterable[Path]) -> tuple[int, int]:
    """Width and height of the largest of these photographs, by what their first bytes say.

    Those that say nothing that Pillow understands are left out; without any it is (0, 0).
    """
    sizes = (_seen(path, _upright_size, (0, 0)) for path in paths)
    return max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))


def _upright_size(image: Image.Image) -> tuple[int, int]:
    size = _bounded(*image.size)
    jpeg = image.format in ("JPEG", "MPO")  # Pillow would decode a PNG to look for its EXIF
    return (size[1], size[0]) if jpeg and _turned(image).transposed else size
