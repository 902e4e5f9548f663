"""[1] Video files and network streams, read with PyAV in whatever format FFmpeg knows."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import av
import av.error

from fer_video.engine.capture.clock import Clock
from fer_video.engine.capture.container import chapters_of, open_container, video_stream
from fer_video.engine.capture.tracks import Tracks
from fer_video.engine.errors import SourceError
from fer_video.engine.frames import Frame, SourceInfo
from fer_video.engine.machine import codec_threads
from fer_video.engine.picture import quarter_turns, to_frame

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
            name: path or URL.
            keep_audio: hand the compressed sound along with the frames.
            threads: of the decoder; 0 for as many as help.
            timeout: of a stream, which is then read with as little delay as it allows: seconds
                without a packet after which it counts as lost.

        Raises:
            SourceError: it is not there, is no video, or no picture of it can be decoded.
        """
        self._name = name
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
            self._start = Fraction(self._container.start_time or 0, av.time_base)
            self._tracks = Tracks(name, self._container, self._stream, self._start)
            if keep_audio:
                self._tracks.choose()
            self._pictures = self._read()
            self._first = self._read_first()
            self.info = self._describe(self._first)
            """What the container declares; the size is that of the upright picture."""
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
            pts = clock.stamp(picture.pts if timed else None)
            if timed and picture.pts is not None:
                self._tracks.follow(picture.pts * time_base, pts * time_base)
            yield to_frame(picture, index=index, pts=pts, time_base=time_base, source=self._name)

    def _with_audio(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """One frame late, so that the sound behind the last frame still goes with it."""
        previous = next(frames, None)
        for frame in frames:
            if previous is not None:
                yield replace(previous, audio=self._tracks.take())
            previous = frame
        if previous is not None:
            yield replace(previous, audio=self._tracks.take(ended=True))

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
        on_its_side = quarter_turns(first) % 2 == 1
        return SourceInfo(
            name=self._name,
            width=first.height if on_its_side else first.width,
            height=first.width if on_its_side else first.height,
            frame_rate=rate,
            time_base=self._time_base(),
            frames=self._stream.frames or estimate,
            live=is_stream(self._name) or ("://" in self._name and self._is_endless()),
            files=() if "://" in self._name else (Path(self._name),),
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

    def _read(self) -> Iterator[av.VideoFrame]:
        try:
            for packet in self._container.demux():
                self._note_end(packet)
                if packet.stream is self._stream:
                    yield from self._decode(packet)
                else:
                    self._tracks.add(packet)
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
