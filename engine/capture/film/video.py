"""Video files and network streams, read with PyAV in whatever format FFmpeg knows."""

from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import av.error

from fer_video.engine.address import is_stream, without_secrets
from fer_video.engine.capture.allowed import STDIN
from fer_video.engine.capture.film.approach import Approach
from fer_video.engine.capture.film.container import (
    chapters_of,
    index_hint,
    is_endless,
    open_container,
    start_decoder,
    video_stream,
)
from fer_video.engine.capture.film.decoder import Decoder
from fer_video.engine.capture.film.deinterlace import deinterlaced
from fer_video.engine.capture.film.growth import growth_of
from fer_video.engine.capture.film.losses import Losses
from fer_video.engine.capture.film.packets import Packets
from fer_video.engine.capture.film.rest import Rest
from fer_video.engine.capture.film.shape import PixelShape
from fer_video.engine.capture.film.tracks import Tracks
from fer_video.engine.capture.timing.clock import Clock
from fer_video.engine.capture.timing.extent import (
    begin_of,
    declared_end,
    declared_frames,
    told_until,
)
from fer_video.engine.capture.timing.outliers import Outliers
from fer_video.engine.capture.timing.rate import MOST_BELIEVED, real_rate
from fer_video.engine.capture.timing.stretch import Stretch
from fer_video.engine.capture.timing.timeline import INTERLEAVED, Timeline
from fer_video.engine.errors import SourceError
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.frames.orientation import Orientations, orientation_of
from fer_video.engine.frames.picture import to_frame
from fer_video.engine.machine import codec_threads
from fer_video.engine.options.file import FileOptions

_WHOLE = FileOptions()
_SEGMENTED = ("hls", "dash")
"""FFmpeg's names of the formats whose pictures come by the segment."""
_SOON_READ = 1280 * 720
"""Most pixels of a picture that one thread decodes soon enough."""
_LOOKED_AT, _LOOKED_AT_LIVE = 60, 8
"""Most pictures that are read ahead, so that their stamps tell the rate."""


class VideoFile:
    """A file or stream of any container and codec: rotation applied, time stamps as they are."""

    def __init__(
        self,
        name: str,
        *,
        keep_audio: bool = False,
        threads: int = 0,
        timeout: float | None = None,
        options: FileOptions = _WHOLE,
        called: str | None = None,
    ) -> None:
        """Open a path or URL.

        Args:
            name: path or URL; `-` is stdin.
            keep_audio: hand the compressed sound along with the frames.
            threads: of the decoder; 0 for as many as help.
            timeout: of a stream, which is then read with as little delay as it allows: seconds
                without a packet after which it counts as lost.
            options: which stretch of a file is read.
            called: what results and messages name it by, unless by its path or URL.

        Raises:
            SourceError: it is not there, is no video, no picture of it can be decoded, or none lies
                in that stretch.
        """
        self._name = called or ("stdin" if name == STDIN else without_secrets(name))
        self._files = () if name == STDIN or "://" in name else (Path(name),)
        self._losses = Losses(self._name, *self._files)
        self._container = open_container(name, timeout)
        with ExitStack() as unless_read:
            unless_read.callback(self.close)
            self._stream = video_stream(self._container, name)
            self._stream.thread_type = "AUTO" if timeout is None else "SLICE"  # frames would wait
            size = self._stream.width * self._stream.height
            start_decoder(
                self._stream, threads or codec_threads(light=size <= _SOON_READ), self._name
            )
            self._unit = self._stream.time_base or Fraction(1, 90_000)
            """Seconds that one unit of a time stamp lasts."""
            self._stretch = Stretch(options, self._unit)
            self._tracks = Tracks(self._name, self._container, self._stream, self._stretch)
            told = told_until(self._container)
            self._outliers = Outliers(self._name, told)
            mends = self._outliers if timeout is None else None
            self._packets = Packets(self._container, self._losses, mends)
            stamps = self._first_stamps(live=timeout is not None)
            if keep_audio:
                self._tracks.choose(self._packets.ahead)
            self._rate = real_rate(self._stream, self._container, stamps)
            self._begin = begin_of(
                self._stream, self._container, self._packets.ahead, misled=self._outliers.at_first
            )
            self._timeline = Timeline(self._name, self._begin.film, told)
            self._decoder = Decoder(self._stream, self._losses, self._stretch)
            self._approach = Approach(self._stream, self._stretch.start)
            self._approach.seek(name, self._packets, self._begin.film)
            self._rest = Rest(self._stream)
            self._pictures = self._timed()
            self._first = self._read_first()
            self.info = self._describe(self._first[0])
            """What the container declares; the size is that of the largest upright picture, as far
            as it is known."""
            unless_read.pop_all()

    @property
    def segmented(self) -> bool:
        """Whether it comes in segments of some seconds, between which nothing comes."""
        return self._container.format.name.split(",")[0] in _SEGMENTED

    def frames(self) -> Iterator[Frame]:
        """Every frame that can be decoded.

        Raises:
            SourceError: after the last of them, if the file ended early or was damaged.
        """
        frames = self._frames()
        yield from self._tracks.along(frames) if self._tracks else frames
        step, sound, joints = float(1 / self._rate), self._tracks.audio, self._timeline.joints
        if self._stretch.given:
            to_end = not self._stretch.was_left
            self._losses.tell_of_stretch(self._stream, step, to_end=to_end)
        else:
            self._losses.tell(self._stream, sound, step, joints)

    def rest(self, resting: bool) -> None:
        """Receive without decoding, or decode again; see `let_rest`."""
        self._rest.resting = resting

    def stop(self) -> None:
        """Give what comes; a read from the network has a time limit of its own."""
        self._rest.resting = False

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _frames(self) -> Iterator[Frame]:
        usual, orientations = 1 / (self._rate * self._unit), Orientations()
        shape_of = PixelShape(self._stream)
        for index, (picture, ticks) in enumerate(chain([self._first], self._pictures)):
            orientation = orientations(picture)
            frame = to_frame(
                picture,
                index=index,
                pts=ticks,
                time_base=self._unit,
                source=self._name,
                orientation=orientation,
                pixel_aspect=shape_of(orientation),
                begins=self._stretch.ticks,
            )
            told = picture.duration > usual / 2  # else it is a tick, FFmpeg's guess
            frame.picture.duration = picture.duration if told else round(usual)
            yield frame

    def _timed(self) -> Iterator[tuple[av.VideoFrame, int]]:
        """The pictures of the stretch, with their time stamps in the film."""
        clock = Clock(self._name, self._unit, self._rate)
        for picture in deinterlaced(self._read(), self._name):
            ticks = clock.stamp(self._decoder.stamp(picture))
            if self._stretch.leaves(ticks * self._unit):
                self._read_last_sound(self._stretch.end or Fraction(0))
                return
            if self._stretch.takes(ticks * self._unit):
                self._losses.damaged(picture.is_corrupt)
                yield picture, ticks

    def _read_last_sound(self, end: Fraction) -> None:
        """Read on, without decoding, until the sound up to the end has come."""
        for packet in self._packets:
            if self._tracks.reach(end) or self._timeline.reached > end + INTERLEAVED:
                return
            self._timeline.place(packet)
            if packet.stream is not self._stream:
                self._tracks.add(packet)

    def _read_first(self) -> tuple[av.VideoFrame, int]:
        """Only a picture tells how it is turned, and proves that there is something to see."""
        first = next(self._pictures, None)
        if first is None and self._stretch.given and not self._losses.harmed:
            raise SourceError(f"{self._name}: {self._stretch.missed(self._losses.reached)}")
        if first is None:
            piped = not any(file.is_file() for file in self._files)
            hint = index_hint(self._container) if piped else ""
            raise SourceError(
                f"{self._name}: no picture of it can be decoded ({self._losses.cause}){hint}"
            )
        return first

    def _describe(self, first: av.VideoFrame) -> SourceInfo:
        (width, height), last = growth_of(self._name, self._container, first)
        begin = max(self._begin.pictures - self._begin.film, Fraction(0))
        end = declared_end(self._stream, self._container, self._begin, last)
        frames = declared_frames(self._stream, self._begin, end, self._rate)
        return SourceInfo(
            name=self._name,
            width=width,
            height=height,
            frame_rate=min(self._rate, self._stretch.rate or self._rate),
            time_base=self._unit,
            frames=self._stretch.share_of(frames, self._rate, begin),
            duration=self._stretch.lasting(end),
            live=is_stream(self._name) or ("://" in self._name and is_endless(self._container)),
            files=self._files,
            audio=self._tracks.audio,
            subtitles=self._tracks.subtitles,
            metadata=dict(self._container.metadata),
            chapters=chapters_of(self._container, self._begin.film, self._stretch),
            bit_rate=self._stream.codec_context.bit_rate or self._container.bit_rate or None,
            sample_aspect_ratio=PixelShape(self._stream)(orientation_of(first)),
        )

    def _first_stamps(self, live: bool) -> list[Fraction]:
        """Seconds at which the first pictures are seen; of a live stream only if it needs them."""
        declared = self._stream.average_rate
        if live and declared and declared <= MOST_BELIEVED:
            return []
        ahead = self._packets.look_ahead(self._stream, _LOOKED_AT_LIVE if live else _LOOKED_AT)
        return [packet.pts * self._unit for packet in ahead if packet.pts is not None]

    def _read(self) -> Iterator[av.VideoFrame]:
        for packet in self._rest(self._approach(self._packets, self._timeline)):
            self._losses.read(packet)
            if packet.stream is self._stream:
                yield from self._decoder(packet)
            else:
                self._tracks.add(packet)
        if self._losses.ended_early:
            yield from self._decoder.rest()
