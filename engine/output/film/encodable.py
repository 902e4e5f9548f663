"""Results and arrays as the frames that a video is encoded from."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction

from fer_video.engine.capture.pictures.arrays import ArrayFrames, array_info
from fer_video.engine.capture.pictures.given import ChannelNames, Picture, own_time, to_seconds
from fer_video.engine.capture.timing.clock import Clock
from fer_video.engine.errors import OptionsError, SourceError
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.frames.info import SourceInfo

_TICK = Fraction(1, 90_000)
"""Seconds: what times of arrays are counted in."""


class ToFrame:
    """Gives each picture of one video its frame and its time."""

    def __init__(self, target: str, colour: ChannelNames, info: SourceInfo) -> None:
        """Expect the first picture.

        Args:
            target: what errors call the video.
            colour: order of the channels of arrays.
            info: tells frames a second of arrays without a time, the shape of their pixels, and
                whether times are those of a film, which has files or sound to be in step with; all
                others, as of feeds, may count from 1970, and the video from its first picture.

        Raises:
            OptionsError: the colour is unknown.
        """
        self._target = target
        self._to_planes = ArrayFrames(colour, info.frame_rate, target)
        self._pixel_aspect = float(info.sample_aspect_ratio)
        self._clock = Clock(target, _TICK, info.frame_rate)
        """Knows when the last picture is seen, so that an array comes behind it."""
        film = info.files or info.audio or info.subtitles
        self._origin = Fraction(0) if film else None
        """Seconds that are 0 in the video; None until the first picture tells."""

    def __call__(
        self, given: RecognizedFrame | Picture, drawn: Picture | None, time: float | None
    ) -> Frame:
        """The result's frame, or one that is made of an array.

        Args:
            given: a result, or an array.
            drawn: an array to be seen in the place of the result's picture.
            time: seconds at which an array is seen; None for the next at the rate.

        Raises:
            OptionsError: what should be a picture is none, or a result is given a time.
        """
        frame = self._timed(given, drawn, time)
        if self._origin is None:
            self._origin = frame.pts * frame.time_base
        shift = round(self._origin / frame.time_base)
        return self._stamped(frame, frame.pts - shift, frame.time_base)

    def _timed(
        self, given: RecognizedFrame | Picture, drawn: Picture | None, time: float | None
    ) -> Frame:
        """The frame, by the clock of the source."""
        if not isinstance(given, RecognizedFrame):
            if drawn is not None:
                raise OptionsError(f"{self._target}: give a result and an array, or one array")
            return self._made(given, time)
        if time is not None:
            raise OptionsError(f"{self._target}: a result has its time; give one to arrays only")
        frame = given.frame
        self._clock.stamp(round(frame.pts * frame.time_base / _TICK))
        if drawn is None:
            return frame
        made, shown = self._converted(drawn), frame.picture
        made.picture.duration, made.picture.time_base = shown.duration, shown.time_base
        made = self._stamped(made, frame.pts, frame.time_base)
        return replace(made, audio=frame.audio, pixel_aspect=frame.pixel_aspect)

    def _made(self, array: Picture, time: float | None) -> Frame:
        """An array's frame, at its time or one frame behind the picture before it."""
        with _refused():
            time = own_time(array) if time is None else time
            seconds = None if time is None else to_seconds(time, self._target)
        frame = self._converted(array)
        ticks = None if seconds is None else round(Fraction(seconds) / _TICK)
        return self._stamped(frame, self._clock.stamp(ticks), _TICK)

    def _converted(self, array: Picture) -> Frame:
        with _refused():
            return replace(self._to_planes(array), pixel_aspect=self._pixel_aspect)

    @staticmethod
    def _stamped(frame: Frame, pts: int, time_base: Fraction) -> Frame:
        """The frame at another time; an encoder may have left its picture in another unit."""
        picture = frame.picture
        unit = picture.time_base or frame.time_base
        picture.duration = round(picture.duration * unit / time_base)
        picture.pts, picture.time_base = pts, time_base
        return replace(frame, pts=pts, time_base=time_base)


@contextmanager
def _refused() -> Iterator[None]:
    """What is no picture of a source is no setting of a sink."""
    try:
        yield
    except SourceError as error:
        raise OptionsError(str(error)) from error


def info_of(target: str, info: SourceInfo | None, rate: float | Fraction | None) -> SourceInfo:
    """What is known of the pictures; the first tells the size.

    Raises:
        OptionsError: nothing is, or the rate is told twice.
    """
    if info is not None and rate is not None:
        raise OptionsError(f"{target}: give the `info` of a pipeline or a `rate`, not both")
    if info is not None:
        return info
    if rate is None:
        raise OptionsError(f"{target}: give the `info` of a pipeline, or a `rate` for arrays")
    return array_info(target, ArrayFrames("BGR", rate, target).rate, None, live=False)
