"""[1] Video files and network streams, read with PyAV in whatever format FFmpeg knows."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any, cast

import av
import av.error

from fer_video.engine.address import without_secrets
from fer_video.engine.capture.allowed import STDIN
from fer_video.engine.capture.clock import Clock
from fer_video.engine.capture.container import open_container, video_stream
from fer_video.engine.capture.deinterlace import deinterlaced
from fer_video.engine.capture.growth import largest_size
from fer_video.engine.errors import SourceError
from fer_video.engine.frames import Frame, SoundPacket, SourceInfo
from fer_video.engine.machine import codec_threads
from fer_video.engine.orientation import orientation_of
from fer_video.engine.picture import to_frame

_STREAMS = ("rtsp", "rtsps", "rtmp", "rtmps", "rtp", "udp", "srt", "tcp")
"""Protocols by which nothing but streams comes."""
_DECLARES_LENGTH = ("mov", "matroska", "avi", "flv")
"""FFmpeg's names of the formats that say how long they are."""
_UNTIMED = "avi"
"""AVI stores no presentation times, only a constant rate; FFmpeg's guess fails for B-frames."""
_SEGMENTED = ("hls", "dash")
"""FFmpeg's names of the formats whose pictures come by the segment."""
_SOON_READ = 1280 * 720
"""Most pixels of a picture that one thread decodes soon enough."""


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
        self._sound: list[SoundPacket] = []
        self._read_until = 0.0
        self._losses: list[str] = []
        self._damaged = 0
        self._container = open_container(name, timeout)
        with ExitStack() as unless_read:
            unless_read.callback(self.close)
            self._stream = video_stream(self._container, name)
            self._stream.thread_type = "AUTO" if timeout is None else "SLICE"  # frames would wait
            size = self._stream.width * self._stream.height
            self._start_decoder(threads or codec_threads(light=size <= _SOON_READ))
            self._audio = self._audio_stream() if keep_audio else None
            self._start = Fraction(self._container.start_time or 0, av.time_base)
            self._pictures = deinterlaced(self._read(), name)
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
        yield from frames if self._audio is None else self._with_audio(frames)
        self._raise_losses()

    def stop(self) -> None:
        """Nothing waits but a read from the network, which has a time limit of its own."""

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _frames(self) -> Iterator[Frame]:
        time_base = self._time_base()
        clock = Clock(self._name, time_base, self._start, self._rate())
        timed = self._container.format.name != _UNTIMED
        for index, picture in enumerate(chain([self._first], self._pictures)):
            yield to_frame(
                picture,
                index=index,
                pts=clock.stamp(picture.pts if timed else None),
                time_base=time_base,
                source=self._name,
                pixel_aspect=self.info.sample_aspect_ratio,
            )

    def _with_audio(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """One frame late, so that the sound behind the last frame still goes with it."""
        previous = next(frames, None)
        for frame in frames:
            if previous is not None:
                yield replace(previous, audio=self._take_sound())
            previous = frame
        if previous is not None:
            yield replace(previous, audio=self._take_sound())

    def _take_sound(self) -> tuple[SoundPacket, ...]:
        sound, self._sound = tuple(self._sound), []
        return sound

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
            cause = "; ".join(self._losses) or f"{self._damaged} frames are damaged"
            raise SourceError(f"{self._name}: no picture of it can be decoded ({cause})")
        return first

    def _describe(self, first: av.VideoFrame) -> SourceInfo:
        rate, pixel_aspect = self._rate(), self._stream.sample_aspect_ratio or Fraction(1)
        duration = self._container.duration
        estimate = round(duration * rate / av.time_base) if duration else None
        on_its_side = orientation_of(first).transposed
        width, height = largest_size(self._name, self._container, first)
        return SourceInfo(
            name=self._name,
            width=width,
            height=height,
            frame_rate=rate,
            time_base=self._time_base(),
            frames=self._stream.frames or estimate,
            live=is_stream(self._name) or ("://" in self._name and self._is_endless()),
            files=self._files,
            audio=self._audio,
            sample_aspect_ratio=1 / pixel_aspect if on_its_side else pixel_aspect,
        )

    def _is_endless(self) -> bool:
        """Neither the container nor the server says how much there is."""
        return self._container.duration is None and self._container.size <= 0

    def _read(self) -> Iterator[av.VideoFrame]:
        try:
            for packet in self._container.demux():
                self._note_end(packet)
                if packet.stream is self._stream:
                    yield from self._decode(packet)
                elif packet.stream is self._audio and packet.size:
                    self._sound.append(self._from_start(cast("SoundPacket", packet)))
        except av.error.FFmpegError as error:
            waited = isinstance(error, av.error.ExitError)
            why = "nothing more came in time" if waited else error.strerror
            self._losses.append(f"reading stopped after {self._reached():.2f} s ({why})")

    def _decode(self, packet: "av.Packet[Any]") -> Iterator[av.VideoFrame]:
        try:
            pictures = self._stream.codec_context.decode(packet)
        except av.error.FFmpegError:
            self._damaged += 1
            return
        for picture in pictures:
            self._damaged += picture.is_corrupt
            yield picture

    def _from_start(self, packet: SoundPacket) -> SoundPacket:
        """The packet with its time counted from the container's start, as that of frames is."""
        shift = round(self._start / packet.time_base)
        packet.pts = None if packet.pts is None else packet.pts - shift
        packet.dts = None if packet.dts is None else packet.dts - shift
        return packet

    def _note_end(self, packet: "av.Packet[Any]") -> None:
        if packet.pts is not None and packet.time_base is not None and not packet.is_corrupt:
            end = (packet.pts + (packet.duration or 0)) * float(packet.time_base)
            self._read_until = max(self._read_until, end)

    def _reached(self) -> float:
        return self._read_until - float(self._start)

    def _raise_losses(self) -> None:
        """Say what was lost; an mp4 cut off behind its index ends as if it were complete."""
        declared = (self._container.duration or 0) / av.time_base
        known = self._container.format.name.split(",")[0] in _DECLARES_LENGTH
        if known and not self._losses and declared - self._reached() > 0.2 + 2 / self._rate():
            self._losses.append(
                f"the file ends after {self._reached():.2f} of {declared:.2f} s: it was cut off"
            )
        if self._damaged:
            self._losses.append(f"{self._damaged} frames are damaged")
        if self._losses:
            losses = "; ".join(self._losses)
            raise SourceError(f"{self._name}: {losses}; what could be read was processed")

    def _rate(self) -> Fraction:
        stream = self._stream
        return stream.average_rate or stream.guessed_rate or Fraction(25)

    def _time_base(self) -> Fraction:
        return self._stream.time_base or Fraction(1, 90_000)

    def _audio_stream(self) -> av.AudioStream | None:
        return next(iter(self._container.streams.audio), None)
