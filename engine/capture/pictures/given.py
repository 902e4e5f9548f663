"""Given: what a caller hands over as a picture, checked, and as what the engine reads."""

from math import nan
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import av
import numpy as np
from av.video.reformatter import ColorRange
from numpy.typing import NDArray

from fer_video.engine.capture.pictures.kernels import reverse_channels
from fer_video.engine.errors import OptionsError, SourceError

Picture: TypeAlias = NDArray[np.uint8] | av.VideoFrame
"""A picture: (H, W, 3) uint8 in the order of a `ChannelNames`, (H, W) uint8, gray, or a frame as
PyAV decodes it and aiortc receives it, which is read exactly as it is out of its file."""
ChannelNames = Literal["BGR", "RGB"]
"""Order of the channels: OpenCV has BGR, most other libraries have RGB."""
TimedPicture: TypeAlias = Picture | tuple[Picture, float]
"""A picture, alone or with its time in seconds; a decoded frame has one of its own."""
_LATEST = 10**10
"""Seconds, some three hundred years, so that clocks that count from 1970 are taken: a time that is
farther away is a mistake."""


def to_seconds(time: float, name: str) -> float:
    """A time as a plain number, whichever kind of number it is.

    Raises:
        SourceError: it is none, NaN, or too far away to be a time.
    """
    try:
        seconds = float(time)
    except (TypeError, ValueError, OverflowError):
        seconds = nan
    if not abs(seconds) <= _LATEST:
        raise SourceError(f"{name}: has the time {time}; give seconds, up to {_LATEST:,}")
    return seconds


def parted(item: TimedPicture, time: float, name: str) -> tuple[Picture, float]:
    """A picture and its time.

    Args:
        item: what was given.
        time: in seconds, for a picture that brings none.
        name: of the picture, for errors.

    Raises:
        SourceError: it is a tuple of something else.
    """
    if not isinstance(item, tuple):
        own = own_time(item)
        return item, time if own is None else own
    if len(item) != 2 or not isinstance(item[0], np.ndarray | av.VideoFrame | None):
        kinds = ", ".join(type(part).__name__ for part in item)
        raise SourceError(f"{name}: is a tuple ({kinds}); give an array, or (array, seconds)")
    return item


def own_time(picture: Picture) -> float | None:
    """The time in seconds that a decoded frame brings; None of what brings none."""
    return picture.time if isinstance(picture, av.VideoFrame) else None


def check_several(pictures: object, name: str) -> None:
    """Refuse one picture where several are expected: its rows would be taken for pictures.

    Raises:
        SourceError: it is one.
    """
    shape: tuple[int, ...] = pictures.shape if isinstance(pictures, np.ndarray) else ()
    if len(shape) == 2 or (len(shape) == 3 and shape[2] == 3):
        raise SourceError(f"{name}: is one picture of the shape {shape}; give a list of pictures")


def check_colour(colour: str) -> None:
    """Refuse an order of channels that nobody knows.

    Raises:
        OptionsError: it is none of `ChannelNames`.
    """
    if colour not in get_args(ChannelNames):
        raise OptionsError(f"colour {colour}: give one of {', '.join(get_args(ChannelNames))}")


def to_picture(picture: Picture, colour: ChannelNames, name: str) -> av.VideoFrame:
    """As RGB, since swscale converts BGR less exactly: a file of these pictures gives the same.

    Args:
        picture: what should be a picture; its memory may become that of the result, and a decoded
            frame is the result.
        colour: order of its channels.
        name: of the picture, for errors.

    Raises:
        SourceError: it is no picture.
    """
    if isinstance(picture, av.VideoFrame):
        return picture
    _check_array(picture, name)
    own = np.ascontiguousarray(picture)
    if own.ndim == 2:
        gray = av.VideoFrame.from_numpy_buffer(own, format="gray")
        gray.color_range = ColorRange.JPEG  # as the channels of other arrays
        return gray
    if colour == "BGR":
        lines, own = own.reshape(len(own), -1), np.empty_like(own)
        reverse_channels(lines, own.reshape(len(own), -1))
    return av.VideoFrame.from_numpy_buffer(own, format="rgb24")


def _check_array(picture: NDArray[np.uint8] | None, name: str) -> None:
    if picture is None:
        raise SourceError(
            f"{name}: is None, which `cv2.imread` gives of a file that is missing or no picture; "
            "check its path"
        )
    shape = getattr(picture, "shape", None)
    if not isinstance(picture, np.ndarray) or picture.dtype != np.uint8:
        found = f"{picture.dtype} {shape}" if isinstance(picture, np.ndarray) else type(picture)
        if isinstance(picture, str | Path):
            raise SourceError(f"{name}: is the name {picture}; give a list of paths, `[*paths]`")
        raise SourceError(f"{name}: is {found}; give (H, W, 3) or (H, W) arrays of uint8")
    if picture.ndim != 2 and (picture.ndim != 3 or picture.shape[2] != 3):
        raise SourceError(f"{name}: has the shape {shape}; give (H, W, 3) or (H, W)")
    if 0 in picture.shape:
        raise SourceError(f"{name}: has the shape {shape}, no pixels; nothing to see")
