"""Pictures of one's own: arrays out of any iterable, each with its time if it is known."""

from collections.abc import AsyncIterable, Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from fer_video.engine.capture.pictures.given import (
    ChannelNames,
    TimedPicture,
    check_colour,
    check_several,
    parted,
    to_picture,
    to_seconds,
)
from fer_video.engine.capture.timing.clock import Clock
from fer_video.engine.errors import OptionsError
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.frames.orientation import UPRIGHT, Orientations
from fer_video.engine.frames.picture import to_frame

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from fer_video.engine.capture.pictures.awaited import Awaited

_TICK = Fraction(1, 90_000)
"""Seconds: fine enough for every usual rate."""
_SLOWEST, _FASTEST = Fraction(1, 1_000_000), 1_000_000
"""Frames a second that are believed: one in eleven days is a time lapse."""


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
        array, time = parted(item, float(index / self.rate), name)
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
    array, _ = parted(item, 0.0, name)
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


def _to_rate(frame_rate: float | Fraction) -> Fraction:
    try:
        exact = Fraction(float(frame_rate))
    except (TypeError, ValueError, OverflowError):
        exact = Fraction(0)
    if not _SLOWEST <= exact <= _FASTEST:
        raise OptionsError(f"frame rate {frame_rate}: give frames a second, 0.000001 to {_FASTEST}")
    if exact < 1:  # one a minute, an hour, a day: the time between two of them is the round number
        return 1 / (1 / exact).limit_denominator(1001)
    return exact.limit_denominator(1001)
