"""The cameras of this machine, as FFmpeg lists them."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

import av
import av.device
import av.error
import av.logging

_GRABBERS = {"linux": "v4l2", "darwin": "avfoundation", "win32": "dshow"}
"""FFmpeg's demuxer of cameras, by system (`sys.platform`)."""
_FOURCC = {
    "mjpeg": "MJPG",
    "h264": "H264",
    "hevc": "HEVC",
    "yuyv422": "YUYV",
    "uyvy422": "UYVY",
    "yuv420p": "YU12",
    "nv12": "NV12",
    "bgr24": "BGR3",
    "rgb24": "RGB3",
    "gray": "GREY",
}
"""Four letters of the driver for each pixel format or codec of FFmpeg's."""
_MODE = re.compile(r"(?:Raw|Compressed) *: *(\w+) *: *.*? *: (.*)")
_RANGE = re.compile(r"\{(\d+)-(\d+), \d+\}x\{(\d+)-(\d+), \d+\}")


class Device(NamedTuple):
    """A camera."""

    source: str
    """Path or number by which it is opened; on macOS and Windows OpenCV may count in another
    order."""
    name: str
    """Name that the maker gave it."""
    modes: tuple[str, ...] = ()
    """Pixel formats as `LiveOptions.fourcc` takes them, each with its sizes, e.g.
    `MJPG 1280x720 640x480`; on Linux only."""


def devices() -> list[Device]:
    """The cameras that FFmpeg lists; on Linux those of /dev/video* that may be opened."""
    grabber = _GRABBERS.get(sys.platform)
    known = {name for names in av.formats_available for name in names.split(",")}
    if grabber is None or grabber not in known:
        return []
    found = av.device.enumerate_input_devices(grabber)
    return [
        _device(device.name, device.description, number)
        for number, device in enumerate(found)
        if not device.media_types or "video" in device.media_types
    ]


def _device(name: str, description: str, number: int) -> Device:
    if name.startswith("/dev/"):
        return Device(name, description, _modes(name))
    return Device(str(number), description)


def _modes(path: str) -> tuple[str, ...]:
    """Formats and sizes; none of a device that does not tell."""
    ended = suppress(av.error.FFmpegError, OSError)  # it always ends so, once it has listed them
    with _informed(), av.logging.Capture() as pieces, ended:
        av.open(path, format="v4l2", options={"list_formats": "all"}).close()
    return modes_in("".join(text for _, _, text in pieces))


@contextmanager
def _informed() -> Iterator[None]:
    """FFmpeg at the level at which it lists formats: it has one for the whole process."""
    level = av.logging.get_level()
    av.logging.set_level(av.logging.INFO)
    try:
        yield
    finally:
        av.logging.set_level(level)


def modes_in(listed: str) -> tuple[str, ...]:
    """What FFmpeg's list says, a format an entry; those that it cannot decode are left out."""
    return tuple(
        f"{_FOURCC.get(name, name)} {sizes.strip()}"
        for name, sizes in _MODE.findall(_RANGE.sub(r"\1..\2 x \3..\4", listed))
        if name != "Unsupported"
    )
