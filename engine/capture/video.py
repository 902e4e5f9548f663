"""[1] Video files and network streams, read with PyAV in whatever format FFmpeg knows."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from math import ceil
from pathlib import Path
from typing import Any

import av
import av.error

from fer_video.engine.address import without_secrets
from fer_video.engine.capture.allowed import STDIN
from fer_video.engine.capture.clock import Clock
from fer_video.engine.capture.coded_order import CodedOrder
from fer_video.engine.capture.container import chapters_of, open_container, video_stream
from fer_video.engine.capture.deinterlace import deinterlaced
from fer_video.engine.capture.growth import largest_size
from fer_video.engine.capture.losses import Losses
from fer_video.engine.capture.packets import Packets
from fer_video.engine.capture.rate import MOST_BELIEVED, is_bare, real_rate
from fer_video.engine.capture.timeline import Timeline
from fer_video.engine.capture.tracks import Tracks
from fer_video.engine.errors import SourceError
from fer_video.engine.frames import Frame, SourceInfo
from fer_video.engine.machine import codec_threads
from fer_video.engine.orientation import Orientations, orientation_of
from fer_video.engine.picture import to_frame

_STREAMS = ("rtsp", "rtsps", "rtmp", "rtmps", "rtp", "udp", "srt", "tcp")
"""Protocols by which nothing but streams comes."""
_UNTIMED = "avi"
"""FFmpeg's name of the format that stores no times of presentation."""
_SEGMENTED = ("hls", "dash")
"""FFmpeg's names of the formats whose pictures come by the segment."""
_SOON_READ = 1280 * 720
"""Most pixels of a picture that one thread decodes soon enough."""
_LOOKED_AT, _LOOKED_AT_LIVE = 60, 8
"""Most pictures that are read ahead, so that their stamps tell the rate."""


def is_stream(url: str) -> bool:
    """Whether the protocol carries streams only; HTTP carries files, too."""
    return url.partition("://")[0].lower() in _STREAMS


class VideoFile:
    """A file or stream of any container and codec: rotation applied, time stamps as they are."""

    def __init__(
        self,
        name: str,
        *,
        keep_audio: bool = False,
        threads: int = 0,
        timeout: float | None = None,
    ) -> None:
        """Open a path or URL.

        Args:
            name: path or URL; `-` is stdin.
            keep_audio: hand the compressed sound along with the frames.
            threads: of the decoder; 0 for as many as help.
            timeout: of a stream, which is then read with as little delay as it allows: seconds
                without a packet after which it counts as lost.

        Raises:
            SourceError: it is not there, is no video, or no picture of it can be decoded.
        """
        self._name = "stdin" if name == STDIN else without_secrets(name)
        self._files = () if name == STDIN or "://" in name else (Path(name),)
        self._losses = Losses(self._name, *self._files)
        self._container = open_container(name, timeout)
        with ExitStack() as unless_read:
            unless_read.callback(self.close)
            self._stream = video_stream(self._container, name)
            self._stream.thread_type = "AUTO" if timeout is None else "SLICE"  # frames would wait
            size = self._stream.width * self._stream.height
            self._start_decoder(threads or codec_threads(light=size <= _SOON_READ))
            self._tracks = Tracks(self._name, self._container, self._stream)
            if keep_audio:
                self._tracks.choose()
            self._packets = Packets(self._container, self._losses)
            stamps = self._first_stamps(live=timeout is not None)
            self._rate = real_rate(self._stream, self._container, stamps)
            self._start = self._begin(stamps)
            self._timeline = Timeline(self._name, self._start)
            untimed = self._container.format.name == _UNTIMED
            self._coded = CodedOrder() if untimed else None
            self._pictures = deinterlaced(self._read(), self._name)
            self._first = self._read_first()
            self.info = self._describe(self._first)
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
        yield from self._with_audio(frames) if self._tracks else frames
        sound, joints = self._tracks.audio, self._timeline.joints
        self._losses.tell(self._stream, sound, float(1 / self._rate), joints)

    def stop(self) -> None:
        """Nothing waits but a read from the network, which has a time limit of its own."""

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _frames(self) -> Iterator[Frame]:
        time_base = self._time_base()
        clock, usual = Clock(self._name, time_base, self._rate), 1 / (self._rate * time_base)
        orientations = Orientations()
        for index, picture in enumerate(chain([self._first], self._pictures)):
            frame = to_frame(
                picture,
                index=index,
                pts=clock.stamp(self._stamp(picture)),
                time_base=time_base,
                source=self._name,
                orientation=orientations(picture),
                pixel_aspect=self.info.sample_aspect_ratio,
            )
            told = picture.duration > usual / 2  # else it is a tick, FFmpeg's guess
            frame.picture.duration = picture.duration if told else round(usual)
            yield frame

    def _stamp(self, picture: av.VideoFrame) -> int | None:
        if self._coded is None:
            return picture.pts
        return self._coded.stamp(picture, self._stream.codec_context.has_b_frames)

    def _with_audio(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """One frame late, so that the sound behind the last frame still goes with it."""
        previous = next(frames, None)
        for frame in frames:
            if previous is not None:
                yield replace(previous, audio=self._tracks.take())
            previous = frame
        if previous is not None:
            yield replace(previous, audio=self._tracks.take())

    def _start_decoder(self, threads: int) -> None:
        """Before the first packet, which would else count as damaged where threads run out.

        Raises:
            SourceError: the decoder does not start.
        """
        self._stream.thread_count = threads
        try:
            self._stream.codec_context.open()
        except av.error.FFmpegError as error:
            raise SourceError(
                f"{self._name}: its decoder does not start ({error.strerror}); close other "
                "programs, or check that the file is complete"
            ) from error

    def _read_first(self) -> av.VideoFrame:
        """Only a picture tells how it is turned, and proves that there is something to see."""
        first = next(self._pictures, None)
        if first is None:
            cause = self._losses.cause
            raise SourceError(f"{self._name}: no picture of it can be decoded ({cause})")
        return first

    def _describe(self, first: av.VideoFrame) -> SourceInfo:
        pixel_aspect = self._stream.sample_aspect_ratio or Fraction(1)
        on_its_side = orientation_of(first).transposed
        width, height = largest_size(self._name, self._container, first)
        return SourceInfo(
            name=self._name,
            width=width,
            height=height,
            frame_rate=self._rate,
            time_base=self._time_base(),
            frames=self._expected(),
            live=is_stream(self._name) or ("://" in self._name and self._is_endless()),
            files=self._files,
            audio=self._tracks.audio,
            subtitles=self._tracks.subtitles,
            metadata=dict(self._container.metadata),
            chapters=chapters_of(self._container, self._start),
            bit_rate=self._stream.codec_context.bit_rate or self._container.bit_rate or None,
            sample_aspect_ratio=1 / pixel_aspect if on_its_side else pixel_aspect,
        )

    def _is_endless(self) -> bool:
        """Neither the container nor the server says how much there is."""
        return self._container.duration is None and self._container.size <= 0

    def _expected(self) -> int | None:
        """How many pictures there are; an edit list (ISO 14496-12, 8.6.6) leaves some out."""
        stream, duration = self._stream, self._container.duration
        if not stream.frames:
            return round(duration * self._rate / av.time_base) if duration else None
        lasting = (stream.duration or 0) * self._time_base() * (stream.average_rate or 0)
        return min(stream.frames, ceil(lasting)) if lasting else stream.frames

    def _first_stamps(self, live: bool) -> list[Fraction]:
        """Seconds at which the first pictures are seen; of a live stream only if it needs them."""
        declared = self._stream.average_rate
        if live and declared and declared <= MOST_BELIEVED:
            return []
        ahead = self._packets.look_ahead(self._stream, _LOOKED_AT_LIVE if live else _LOOKED_AT)
        return [packet.pts * self._time_base() for packet in ahead if packet.pts is not None]

    def _begin(self, stamps: Sequence[Fraction]) -> Fraction:
        """Seconds at which the film begins; bare streams begin with their first picture."""
        if is_bare(self._container):
            return min(stamps, default=Fraction(0))
        return Fraction(self._container.start_time or 0, av.time_base)

    def _read(self) -> Iterator[av.VideoFrame]:
        for packet in self._packets:
            self._timeline.place(packet)
            self._losses.read(packet)
            if packet.stream is self._stream:
                self._losses.flagged(packet.is_corrupt)
                yield from self._decode(packet)
            else:
                self._tracks.add(packet)
        if self._losses.ended_early:
            yield from self._decode(None)

    def _decode(self, packet: "av.Packet[Any] | None") -> Iterator[av.VideoFrame]:
        if packet is not None and packet.pts is not None and not packet.size:
            return  # Theora's word for a picture that stands
        if self._coded is not None and packet is not None:
            self._coded.decode(packet)
        try:
            pictures = self._stream.codec_context.decode(packet)
        except av.error.FFmpegError:
            self._losses.undecodable(packet)
            if self._coded is not None:
                self._coded.lose()
            return
        for picture in pictures:
            self._losses.damaged(picture.is_corrupt)
            yield picture

    def _time_base(self) -> Fraction:
        return self._stream.time_base or Fraction(1, 90_000)
