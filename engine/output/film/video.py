"""Annotated video: H.264 with the source's own time stamps and its sound."""

from collections.abc import Iterator
from contextlib import contextmanager
from errno import EINVAL, errorcode
from fractions import Fraction
from pathlib import Path

import av
import av.error
from av.codec.context import Flags

from fer_video.engine.capture.pictures.given import ChannelNames, Picture
from fer_video.engine.contracts.sink import ClosingSink
from fer_video.engine.errors import OptionsError, OutputError
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.machine import codec_threads
from fer_video.engine.output.files.extensions import CONTAINERS, refuse_other
from fer_video.engine.output.files.partial import Partial
from fer_video.engine.output.files.salvage import cut_to_whole_fragments, plays
from fer_video.engine.output.film.encodable import ToFrame, info_of
from fer_video.engine.output.film.ending import Ending
from fer_video.engine.output.film.fitting import fitted, size_of_video
from fer_video.engine.output.film.keyframes import EVERY, Keyframes
from fer_video.engine.output.film.quality import PRESETS, check_quality, quality_options
from fer_video.engine.output.film.units import LONGEST, unit_of
from fer_video.engine.output.tracks.soundtrack import Soundtrack
from fer_video.engine.output.tracks.tags import carry_over
from fer_video.engine.output.tracks.trial import RECOVERABLE

_STREAMABLE = "matroska"
_ADVICE = "check the disk's space and the permissions"
_OF_THE_FORMAT = "the container or the encoder does not take it; .mkv takes most"
_QUICK, _SOON_WRITTEN = ("ultrafast", "superfast"), 1280 * 720
"""Presets, and pixels of a picture, with which it takes one core less time than the rest does."""
_LARGEST_SIDE = 16_384
"""Pixels: of the largest picture that x264 takes."""


class VideoWriter(ClosingSink):
    """A sink that encodes results as they are, and arrays: those drawn on, or any at a rate.

    video = VideoWriter("out.mp4", pipeline.info)  # or VideoWriter("out.mp4", rate=25)
    video.write(result)
    video.write(result, array)
    video.write(array)
    video.write(array, time=1.5)

    The planes of a result are neither converted nor resampled. The video has the size of the
    largest picture, as far as the source tells, else of the first: others are scaled into it
    between borders, odd sizes grow by a repeated line. It has the times of a film; what has neither
    files nor sound, such as a feed, arrays or a camera, begins at 0 with its first picture.
    """

    def __init__(
        self,
        target: str | Path,
        info: SourceInfo | None = None,
        preset: str = "veryfast",
        *,
        rate: float | Fraction | None = None,
        colour: ChannelNames = "BGR",
        threads: int = 0,
        crf: int | None = None,
        bitrate: int | None = None,
        copy_sound: bool = False,
    ) -> None:
        """Create the file beside its target.

        Args:
            target: .mp4, .m4v, .mov, .mkv, .ts or .flv; `-` is Matroska on stdout.
            info: of the source whose results will come.
            preset: x264's, one of `PRESETS`.
            rate: frames a second of arrays, where there is no `info` to tell it.
            colour: order of the channels of arrays.
            threads: of the encoder; 0 for as many as help beside an engine that reads every frame.
            crf: constant rate factor of x264, 0 to 51, the less the better and larger; None for 23,
                and at most twice the bit rate of the source.
            bitrate: average of the pictures in kbit/s, in the place of a quality.
            copy_sound: refuse sound that the container cannot hold as it is; else it is encoded
                anew, as AAC or in Matroska as Opus, with a warning.

        Raises:
            OptionsError: the extension, the preset or the colour is unknown, `crf` or `bitrate`
                outside its range, or there is neither `info` nor `rate`.
            OutputError: the place cannot be written, the pictures are too large for the encoder, or
                the sound cannot be copied.
        """
        if preset not in PRESETS:
            raise OptionsError(f"preset {preset}: give one of {', '.join(PRESETS)}")
        self._target = str(target)
        check_quality(self._target, crf, bitrate)
        self._info = info_of(self._target, info, rate)
        self._to_frame = ToFrame(self._target, colour, self._info)
        self._check_size(self._info.width, self._info.height)
        self._quality = quality_options(self._info, crf, bitrate)
        self._preset = preset
        self._threads = threads
        self._stream: av.VideoStream | None = None
        self._written = self._closed = False
        self._partial = None if self._target == "-" else Partial(target)
        try:
            self._container = self._open()
            self._keyframes = Keyframes()
            self._ending = Ending(self._container.format.name)
            self._sound = Soundtrack(self._target, self._container, self._info, copy=copy_sound)
            carry_over(self._target, self._container, self._info)
        except BaseException:
            if self._partial is not None:
                self._partial.discard()
            raise

    def write(
        self,
        recognized: RecognizedFrame | Picture,
        drawn: Picture | None = None,
        *,
        time: float | None = None,
    ) -> None:
        """Encode one picture, and the sound that a result has before it.

        Args:
            recognized: a result, or (H, W, 3) or (H, W) uint8, gray.
            drawn: such an array, to be seen in the place of the result's picture.
            time: seconds at which an array is seen; None for the next at the rate. One that is not
                behind the picture before it is moved there, with a warning.

        Raises:
            OptionsError: what should be a picture is none, or a result is given a time.
            OutputError: the disk is full, the encoder refuses, or it is closed.
        """
        if self._closed:
            raise OutputError(f"{self._target}: is closed; write before that")
        frame = self._to_frame(recognized, drawn, time)
        if self._stream is None:
            self._stream = self._begin(frame)
        with self._explained():
            for sound in frame.audio:
                self._sound.write(sound)
            self._sound.until(frame.pts * frame.time_base)
            self._ending.show(frame)
            picture = fitted(frame, self._stream)
            unit = picture.time_base or frame.time_base
            most = LONGEST * self._stream.codec_context.time_base / unit
            picture.duration = min(picture.duration, int(most))
            self._keyframes.mark(picture, frame.pts * frame.time_base)
            packets = self._stream.encode(picture)
            self._container.mux(self._ending.follow(packets))
        self._written = True

    def close(self) -> None:
        """Finish the file and move it into place; without a frame, leave the old one.

        Raises:
            OutputError: the end cannot be written; what was written is in place and plays.
        """
        if self._closed:
            return
        self._closed = True
        try:
            with self._explained():
                self._finish()
        except BaseException:
            self._salvage()
            raise
        if self._partial is None:
            return
        if self._written:
            self._partial.commit()
        else:
            self._partial.discard()

    def _finish(self) -> None:
        try:
            if self._stream is not None:
                self._sound.close(self._ending.end)
                self._container.mux(self._ending.finish(self._stream.encode(None)))
        finally:
            self._container.close()

    def _open(self) -> av.container.OutputContainer:
        suffix = Path(self._target).suffix.lower()
        if self._partial is None or (self._partial.direct and suffix not in CONTAINERS):
            name = _STREAMABLE
        elif suffix in CONTAINERS:
            name = CONTAINERS[suffix]
        else:
            refuse_other(self._target, "video")
            known = " ".join(CONTAINERS)
            raise OptionsError(
                f"{self._target}: video is written as {known}; choose one of these extensions"
            )
        regular = self._partial is not None and not self._partial.direct
        options = RECOVERABLE if name in ("mp4", "mov") and regular else {}
        if name in ("mp4", "mov") and not regular:
            options = {"movflags": "+frag_keyframe+delay_moov"}
        path = "pipe:1" if self._partial is None else str(self._partial.path)
        with self._explained():
            return av.open(path, "w", format=name, options=dict(options))

    def _begin(self, frame: Frame) -> av.VideoStream:
        """Write the header: only behind it is there anything that may replace an old file."""
        self._check_size(frame.width, frame.height)
        with self._explained():
            stream = self._add_video(frame)
            self._sound.begin(frame.audio)
            self._container.start_encoding()
        return stream

    def _check_size(self, width: int, height: int) -> None:
        if max(height, width) > _LARGEST_SIDE:
            raise OutputError(
                f"{self._target}: a picture of {width}x{height} is larger than x264 takes; scale "
                f"it to at most {_LARGEST_SIDE} pixels a side"
            )

    def _add_video(self, frame: Frame) -> av.VideoStream:
        rate = self._info.frame_rate
        options = {"preset": self._preset, "g": str(max(round(rate * EVERY), 1))}
        options |= self._quality
        stream = self._container.add_stream("libx264", rate=rate, options=options)
        picture, context = frame.picture, stream.codec_context
        stream.width, stream.height = size_of_video(frame, self._info)
        stream.pix_fmt = "yuv420p"
        stream.time_base = context.time_base = unit_of(frame.time_base, rate)
        context.sample_aspect_ratio = self._info.sample_aspect_ratio
        context.colorspace, context.color_range = picture.colorspace, picture.color_range
        context.color_primaries, context.color_trc = picture.color_primaries, picture.color_trc
        context.flags |= Flags.frame_duration.value  # else the last picture lasts one step
        stream.thread_type = "FRAME"  # PyAV's default, slices, halves x264's speed
        soon = self._preset in _QUICK and picture.width * picture.height <= _SOON_WRITTEN
        stream.thread_count = self._threads or codec_threads(light=soon)
        return stream

    def _salvage(self) -> None:
        """Keep what plays of a file whose end could not be written."""
        if self._partial is None or self._partial.direct:
            return
        with self._explained():
            cut_to_whole_fragments(self._partial.path)
        if self._written and plays(self._partial.path):
            self._partial.commit()
        else:
            self._partial.discard()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """FFmpeg's errors as ours, naming the file."""
        try:
            yield
        except OutputError:  # says already what it is of
            raise
        except (av.error.FFmpegError, OSError, ValueError) as error:
            cause = getattr(error, "strerror", None) or error
            of_system = getattr(error, "errno", None) in errorcode.keys() - {EINVAL}
            advice = _ADVICE if of_system or self._stream is None else _OF_THE_FORMAT
            raise OutputError(f"{self._target}: cannot be written ({cause}); {advice}") from error
