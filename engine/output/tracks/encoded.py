"""Sound of any codec, decoded and encoded anew for a container that cannot hold it as it is."""

from fractions import Fraction
from typing import NamedTuple, TypeAlias, cast

import av
import av.error

_Packet: TypeAlias = "av.Packet[av.AudioStream]"
_BITS_A_CHANNEL = 80_000
"""Bits a second: 160 kbit/s for two channels, at which speech and music sound as they did."""
_USUAL = ("mono", "stereo", "3.0", "4.0", "5.0", "5.1", "6.1", "7.1")
"""Names of what one, two, ... channels are, where the file does not say."""
_WRITTEN = {"mono": "mono", "5.1": "5.1", "5.1(side)": "5.1", "7.1": "5.1"}
"""Channels that are kept, by the source's; all others become two."""
_STEP = Fraction(1, 100)
"""Seconds by which sound may miss its stamp before it is moved there: files round their stamps."""
_LONGEST_SILENCE = 60
"""Seconds that are encoded as silence; behind a longer gap the stamps go on later."""
_OVERLAPS = 10
"""Frames one after the other that must lie before the end of what was heard, for sound to be left
out: a single one has a wrong stamp."""


class Begun(NamedTuple):
    """A track that was copied so far, which goes on as its header says."""

    stream: av.AudioStream
    rate: int
    """Samples a second."""
    channels: int


class EncodedTrack:
    """One track of sound, kept in step with its stamps: what is missing becomes silence."""

    def __init__(
        self,
        container: av.container.OutputContainer,
        source: av.AudioStream,
        encoder: str,
        begun: Begun | None = None,
    ) -> None:
        """Add the track to a container whose header is not yet written, or go on with one.

        Args:
            container: to write to.
            source: whose packets will come.
            encoder: FFmpeg's name of it.
            begun: the track to go on with, of the codec that is encoded.
        """
        self._container, self._decoder = container, _decoder(source.codec_context)
        self.named = f"sound ({self._decoder.codec.canonical_name})"
        """What errors call it."""
        if begun is None:
            stream = container.add_stream(encoder, _rate(encoder, self._decoder.sample_rate))
            assert isinstance(stream, av.AudioStream)
            self.stream, context = stream, stream.codec_context
            context.layout = _WRITTEN.get(_layout(self._decoder.layout), "stereo")
        else:
            self.stream = begun.stream
            context = cast("av.AudioCodecContext", av.CodecContext.create(encoder, "w"))
            context.sample_rate, context.layout = begun.rate, _USUAL[begun.channels - 1]
            formats = context.codec.audio_formats
            assert formats
            context.format = formats[0].name
        context.bit_rate = _BITS_A_CHANNEL * context.channels
        context.time_base = Fraction(1, context.sample_rate)
        self._context = context
        self._left_out = 0 if begun is None else 1
        """Packets that are not written: the first one is what an encoder needs to begin, and lies
        where the track has sound already."""
        self._resampler = self._new_resampler()
        self._like: tuple[str, str, int] | None = None
        """Format, layout and rate of what the resampler takes."""
        self._until: Fraction | None = None
        """Seconds up to which there is sound."""
        self._overlaps = 0
        self._written = 0
        """Samples at which the encoder goes on."""

    def write(self, packet: _Packet) -> None:
        """Encode the sound of one packet.

        Raises:
            FFmpegError: it cannot be decoded, or not be written.
        """
        for frame in self._decoder.decode(packet):
            self._write(_named(frame), _time(frame, packet))

    def close(self) -> None:
        """Encode what is left.

        Raises:
            FFmpegError: it cannot be written.
        """
        if self._until is not None:
            for frame in self._decoder.decode(None):
                self._write(_named(frame), None)
            self._encode(self._resampler.resample(None))
        self._mux(self._context.encode(None))

    def _write(self, frame: av.AudioFrame, time: Fraction | None) -> None:
        if self._until is None:
            self._until = time or Fraction(0)
            self._written = round(self._until * self._context.sample_rate)
        gap = Fraction(0) if time is None else time - self._until
        self._overlaps = self._overlaps + 1 if gap < -_STEP else 0
        if self._overlaps > _OVERLAPS:
            return
        if gap > _STEP:
            self._write_silence(gap)
            self._until += gap
        self._until += Fraction(frame.samples, frame.sample_rate)
        self._encode(self._resampled(frame))

    def _resampled(self, frame: av.AudioFrame) -> list[av.AudioFrame]:
        """In the encoder's format; joined recordings may have another one each."""
        like, left = (frame.format.name, frame.layout.name, frame.sample_rate), []
        if self._like not in (None, like):
            left = self._resampler.resample(None)
            self._resampler = self._new_resampler()
        self._like = like
        return [*left, *self._resampler.resample(frame)]

    def _write_silence(self, seconds: Fraction) -> None:
        context = self._context
        left = round(seconds * context.sample_rate)
        if seconds > _LONGEST_SILENCE:
            self._written += left
            return
        while left > 0:
            frame = av.AudioFrame(context.format.name, context.layout.name, min(left, 4096))
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            self._encode([frame])
            left -= frame.samples

    def _encode(self, frames: list[av.AudioFrame]) -> None:
        rate = self._context.sample_rate
        for frame in frames:
            frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
            frame.pts = self._written
            self._written += frame.samples
            self._mux(self._context.encode(frame))

    def _mux(self, packets: list[_Packet]) -> None:
        for packet in packets[self._left_out :]:
            packet.stream = self.stream
            self._container.mux(packet)
        self._left_out = max(self._left_out - len(packets), 0)

    def _new_resampler(self) -> av.AudioResampler:
        context = self._context
        return av.AudioResampler(context.format.name, context.layout.name, context.sample_rate)


def _rate(encoder: str, wanted: int) -> int:
    """Samples a second: as they are, or the lowest rate of the encoder above that."""
    rates = av.Codec(encoder, "w").audio_rates or [wanted]
    return wanted if wanted in rates else min((r for r in rates if r > wanted), default=max(rates))


def _layout(layout: av.AudioLayout) -> str:
    """Name of the channels, or where the file gives none that of the usual ones."""
    count = layout.nb_channels
    unnamed = layout.name == f"{count} channels" and count <= len(_USUAL)
    return _USUAL[count - 1] if unnamed else layout.name


def _decoder(context: av.AudioCodecContext) -> av.AudioCodecContext:
    """A decoder of the track's own, since two videos of one source would garble each other's sound.

    Where codecs need more than PyAV tells of them, it is that of the source.
    """
    own = cast("av.AudioCodecContext", av.CodecContext.create(context.codec.name, "r"))
    try:
        for name in ("extradata", "sample_rate", "layout", "bit_rate", "codec_tag"):
            if (told := getattr(context, name)) is not None:
                setattr(own, name, told)
        own.open()
    except (av.error.FFmpegError, ValueError):
        return context
    return own


def _named(frame: av.AudioFrame) -> av.AudioFrame:
    """The frame with channels that FFmpeg knows how to mix."""
    name = _layout(frame.layout)
    if name == frame.layout.name:
        return frame
    named = av.AudioFrame.from_ndarray(frame.to_ndarray(), frame.format.name, name)
    named.sample_rate = frame.sample_rate
    return named


def _time(frame: av.AudioFrame, packet: _Packet) -> Fraction | None:
    """Seconds at which the frame is heard."""
    return None if frame.pts is None else frame.pts * (frame.time_base or packet.time_base)
