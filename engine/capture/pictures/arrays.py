"""[1] Pictures of one's own: arrays out of any iterable, each with its time if it is known."""

from collections.abc import AsyncIterable, Iterable, Iterator
from fractions import Fraction
from math import nan
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import av
import numpy as np
from numpy.typing import NDArray

from fer_video.engine.capture.pictures.kernels import reverse_channels
from fer_video.engine.capture.timing.clock import Clock
from fer_video.engine.errors import OptionsError, SourceError
from fer_video.engine.frames import Frame, SourceInfo
from fer_video.engine.orientation import UPRIGHT, Orientations
from fer_video.engine.picture import to_frame

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from fer_video.engine.capture.pictures.awaited import Awaited

Picture: TypeAlias = NDArray[np.uint8] | av.VideoFrame
"""A picture: (H, W, 3) uint8 in the order of a `ChannelNames`, (H, W) uint8, gray, or a frame as
PyAV decodes it and aiortc receives it, which is read exactly as it is out of its file."""
ChannelNames = Literal["BGR", "RGB"]
"""Order of the channels: OpenCV has BGR, most other libraries have RGB."""
TimedPicture: TypeAlias = Picture | tuple[Picture, float]
"""A picture, alone or with its time in seconds; a decoded frame has one of its own."""

_TICK = Fraction(1, 90_000)
"""Seconds: fine enough for every usual rate."""
_LATEST = 10**10
"""Seconds, some three hundred years, so that clocks that count from 1970 are taken: a time that is
farther away is a mistake."""


class ArrayFrames:
    """Makes frames of pictures, in order: numbered, and stamped with their time."""

    def __init__(self, colour: ChannelNames, frame_rate: float | Fraction, name: str) -> None:
        """Begin at frame 0.

        Args:
            colour: order of the channels.
            frame_rate: frames a second, which gives times to pictures that bring none.
            name: of the source.

        Raises:
            OptionsError: there is no such order, or the rate is none.
        """
        check_colour(colour)
        self._colour = colour
        self.rate = _to_rate(frame_rate)
        """Frames a second."""
        self._name, self._index = name, 0
        self._clock, self._orientations = Clock(name, _TICK, self.rate), Orientations()

    def __call__(self, item: TimedPicture) -> Frame:
        """The next frame; the array may be changed afterwards.

        Raises:
            SourceError: it is no picture, or its time is none.
        """
        index = self._index
        name = f"{self._name}: frame {index}"
        array, time = _parted(item, float(index / self.rate), name)
        seconds = to_seconds(time, name)
        picture = to_picture(array, self._colour, name)
        self._index += 1
        return to_frame(
            picture,
            index=index,
            pts=self._clock.stamp(round(Fraction(seconds) / _TICK)),
            time_base=_TICK,
            source=self._name,
            orientation=self._orientations(picture),
        )


class Arrays:
    """A source over an iterable of arrays; it is read no faster than frames can be taken.

    An async iterable is awaited on the event loop that runs where this is made, one of its own
    where none does, and closed at the end.
    """

    def __init__(
        self,
        pictures: Iterable[TimedPicture] | AsyncIterable[TimedPicture],
        *,
        colour: ChannelNames = "BGR",
        frame_rate: float | Fraction = 30,
        name: str = "frames",
    ) -> None:
        """Read nothing yet.

        Args:
            pictures: arrays or decoded frames, or pairs of one and its time in seconds; an iterable
                of them, or an async one.
            colour: order of the channels.
            frame_rate: frames a second, which gives times to pictures that bring none.
            name: of the source, in records and messages.

        Raises:
            OptionsError: the colour or the rate is none.
            SourceError: it is one picture, not several.
        """
        check_several(pictures, name)
        self._awaited: Awaited[TimedPicture] | None = None
        self._pictures: Iterable[TimedPicture]
        if isinstance(pictures, Iterable):
            self._pictures = pictures
        else:
            self._pictures = self._awaited = _awaited(pictures, name)
        self._to_frame = ArrayFrames(colour, frame_rate, name)
        count = len(pictures) if isinstance(pictures, np.ndarray | list | tuple) else None
        self.info = array_info(name, self._to_frame.rate, count, live=False)
        """What is known before the first picture: its size is not."""
        self._stopped = False

    @property
    def loop(self) -> "AbstractEventLoop | None":
        """The event loop that an async iterable is awaited on, if it was there before."""
        return None if self._awaited is None else self._awaited.loop

    def frames(self) -> Iterator[Frame]:
        """A frame for each picture.

        Raises:
            SourceError: what comes is no picture.
        """
        for item in self._pictures:
            if self._stopped:
                return
            yield self._to_frame(item)

    def stop(self) -> None:
        """Take no picture after the next; one that is awaited is not waited for."""
        self._stopped = True
        if self._awaited is not None:
            self._awaited.stop()

    def close(self) -> None:
        """Close an async iterable; a plain one is its owner's, and nothing else is held open."""
        if self._awaited is not None:
            self._awaited.close()


def _awaited(pictures: AsyncIterable[TimedPicture], name: str) -> "Awaited[TimedPicture]":
    from fer_video.engine.capture.pictures.awaited import Awaited  # noqa: PLC0415 - loads asyncio

    return Awaited(pictures, name)


def array_info(name: str, rate: Fraction, frames: int | None, *, live: bool) -> SourceInfo:
    """What is known of arrays beforehand; only the frames tell their size."""
    return SourceInfo(name, 0, 0, rate, _TICK, frames, live)


def to_still(item: TimedPicture, colour: ChannelNames, name: str) -> Frame:
    """A photograph as a frame, which continues nothing; the array may be changed afterwards.

    Args:
        item: the picture; a time is of no account.
        colour: order of its channels.
        name: of the picture, in errors too.

    Raises:
        SourceError: it is no picture.
    """
    array, _ = _parted(item, 0.0, name)
    picture = to_picture(array, colour, name)
    return to_frame(
        picture,
        index=0,
        pts=0,
        time_base=_TICK,
        source=name,
        file=name,
        orientation=Orientations()(picture) if array is picture else UPRIGHT,
    )


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


def _parted(item: TimedPicture, time: float, name: str) -> tuple[Picture, float]:
    """A picture and its time, which is `time` where it brings none."""
    if not isinstance(item, tuple):
        own = own_time(item)
        return item, time if own is None else own
    if len(item) != 2 or not isinstance(item[0], np.ndarray | av.VideoFrame):
        kinds = ", ".join(type(part).__name__ for part in item)
        raise SourceError(f"{name}: is a tuple ({kinds}); give an array, or (array, seconds)")
    return item


def own_time(picture: Picture) -> float | None:
    """The time in seconds that a decoded frame brings; None of what brings none."""
    return picture.time if isinstance(picture, av.VideoFrame) else None


def _to_rate(frame_rate: float | Fraction) -> Fraction:
    try:
        exact = Fraction(float(frame_rate))
    except (TypeError, ValueError, OverflowError):
        exact = Fraction(0)
    if not 0 < exact <= 1_000_000:
        raise OptionsError(f"frame rate {frame_rate}: give frames a second, above 0")
    return exact.limit_denominator(1001) or exact  # which may be one an hour


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
        return av.VideoFrame.from_numpy_buffer(own, format="gray")
    if colour == "BGR":
        lines, own = own.reshape(len(own), -1), np.empty_like(own)
        reverse_channels(lines, own.reshape(len(own), -1))
    return av.VideoFrame.from_numpy_buffer(own, format="rgb24")


def _check_array(picture: NDArray[np.uint8], name: str) -> None:
    shape = getattr(picture, "shape", None)
    if not isinstance(picture, np.ndarray) or picture.dtype != np.uint8:
        found = f"{picture.dtype} {shape}" if isinstance(picture, np.ndarray) else type(picture)
        raise SourceError(f"{name}: is {found}; give (H, W, 3) or (H, W) arrays of uint8")
    if picture.ndim != 2 and (picture.ndim != 3 or picture.shape[2] != 3):
        raise SourceError(f"{name}: has the shape {shape}; give (H, W, 3) or (H, W)")
    if 0 in picture.shape:
        raise SourceError(f"{name}: has the shape {shape}, no pixels; nothing to see")
