"""Sound that is copied as it is."""

import logging
from collections.abc import Iterator
from typing import Literal, TypeAlias, cast

import av
from av.bitstream import BitStreamFilterContext
from av.format import Flags

from fer_video.engine.output.tracks.encoded import Begun, EncodedTrack

log = logging.getLogger(__name__)

_Packet: TypeAlias = "av.Packet[av.AudioStream]"
_RATES = (
    *(96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000),
    *(22_050, 16_000, 12_000, 11_025, 8_000, 7_350),
)
"""Samples a second, by their index in headers of AAC (ISO 14496-3, 1.6.3.4)."""
_LOW_COMPLEXITY = 2
"""Number of the usual kind of AAC (ISO 14496-3, 1.5.1.1)."""
_SAYING_ONCE = ("mp4", "mov", "matroska", "mpegts")
"""FFmpeg's names of the containers whose writers ask at the beginning alone what the sound is."""
_NEW: Literal["new_extradata"] = "new_extradata"
"""FFmpeg's name of what a packet brings that changes it."""
_LONGEST_ADTS = (1 << 13) - 1 - 7
"""Bytes of a packet that a header of AAC can tell the length of (ISO 14496-3, 1.A.2.2), itself
left out."""


class CopiedTrack:
    """One track of sound, packet by packet."""

    def __init__(
        self,
        container: av.container.OutputContainer,
        source: av.AudioStream,
        first: bytes | None,
    ) -> None:
        """Add the track to a container whose header is not yet written.

        Args:
            container: to write to.
            source: whose packets will come.
            first: the first of them, where it is there already.
        """
        self._container, self._source, context = container, source, source.codec_context
        in_transport_stream = container.format.name == "mpegts"
        self.named = f"sound ({context.codec.canonical_name})"
        """What errors call it."""
        self.stream = container.add_stream_from_template(source)
        self._tells_lengths = context.codec.canonical_name == "aac" and in_transport_stream
        self._filter: BitStreamFilterContext | None = None
        self._config = b""
        """What the track says of its AAC; empty where each packet says it."""
        self._changed: EncodedTrack | None = None
        """What goes on with the track from where its source says something else."""
        self._last: int | None = None
        """Stamp of the packet before, in the container's units."""
        alike = bool(container.format.flags & cast("int", Flags.ts_nonstrict.value))
        self._least_step = 0 if alike else 1
        """Ticks that a stamp must lie behind the one before."""
        if context.layout.name == f"{context.channels} channels" and context.channels <= 2:
            self.stream.codec_context.layout = ("mono", "stereo")[context.channels - 1]
        if has_adts_headers(source) and not in_transport_stream:
            self._filter = BitStreamFilterContext("aac_adtstoasc", source)
            self._config = _config(source, first)
            self.stream.codec_context.extradata = self._config
        elif container.format.name in _SAYING_ONCE:
            self._config = _declared(context)

    def write(self, packet: _Packet) -> None:
        """Copy one packet.

        Raises:
            FFmpegError: it is damaged so that it cannot be copied, or cannot be written.
            ValueError: it is longer than any sound, which the muxer would tell at a later picture.
        """
        if self._tells_lengths and packet.size > _LONGEST_ADTS:
            raise ValueError(f"a packet of {packet.size} bytes")
        if self._changed is None and self._changes(packet):
            self._change()
        if self._changed is not None:
            self._changed.write(packet)
            return
        packets = [packet] if self._filter is None else self._without_headers(packet)
        for one in packets:
            one.stream = self.stream
            self._container.mux(self._later(one))

    def close(self) -> None:
        """Write what is left of what had to be encoded.

        Raises:
            FFmpegError: it cannot be written.
        """
        if self._changed is not None:
            self._changed.close()

    def _changes(self, packet: _Packet) -> bool:
        """Whether a packet is of another rate or number of channels than the track says it is."""
        if not self._config:
            return False
        if self._filter is None:  # as FLV says it, in a packet of its own
            told = packet.has_sidedata(_NEW) and bytes(packet.get_sidedata(_NEW))[:2]
            return bool(told) and told != self._config
        header = bytes(memoryview(packet)[:4])
        return _is_adts(header) and _said(header) != self._config

    def _change(self) -> None:
        """Encode from here on, so that all of the track is what it says.

        Broadcasts change between programmes, and joined recordings where they are joined.
        """
        log.warning(
            "the source's %s changes its rate or channels on the way; what follows is encoded anew",
            self.named,
        )
        number = int.from_bytes(self._config, "big")
        begun = Begun(self.stream, _RATES[number >> 7 & 15], number >> 3 & 15)
        self._changed = EncodedTrack(self._container, self._source, "aac", begun)

    def _without_headers(self, packet: _Packet) -> Iterator[_Packet]:
        """As plain packets: the filter adds the config to them, which the muxer has already."""
        assert self._filter is not None
        unit = packet.time_base  # the filter empties what it is given
        for filtered in self._filter.filter(packet):
            plain = cast("_Packet", av.Packet(bytes(filtered)))
            plain.pts, plain.dts, plain.duration = filtered.pts, filtered.dts, filtered.duration
            plain.time_base, plain.is_keyframe = unit, True
            yield plain

    def _later(self, packet: _Packet) -> _Packet:
        """The packet, not before the last one in the container's units, too, which may be coarse.

        It is behind that one where the container takes no two of one stamp.
        """
        unit = self.stream.time_base
        if unit is None or packet.pts is None:
            return packet
        ticks = round(packet.pts * packet.time_base / unit)
        if self._last is not None:
            ticks = max(ticks, self._last + self._least_step)
        duration = round((packet.duration or 0) * packet.time_base / unit)
        packet.pts = packet.dts = self._last = ticks
        packet.time_base, packet.duration = unit, duration
        return packet


def has_adts_headers(sound: av.AudioStream) -> bool:
    """Whether it is AAC of a broadcast, whose every packet says what other files say once."""
    context = sound.codec_context
    return context.codec.canonical_name == "aac" and not context.extradata_size


def _config(sound: av.AudioStream, first: bytes | None) -> bytes:
    """What the track says once, out of the first packet if it is there already."""
    if first is not None and _is_adts(first):
        return _said(first)
    context = sound.codec_context
    return _packed(_LOW_COMPLEXITY, _RATES.index(context.sample_rate), context.channels)


def _declared(context: av.AudioCodecContext) -> bytes:
    """What a track of plain AAC says once; empty where it says it in an unusual way."""
    said = bytes(context.extradata or b"")[:2]
    number = int.from_bytes(said, "big")
    usual = number >> 7 & 15 < len(_RATES) and number >> 3 & 15
    return said if context.codec.canonical_name == "aac" and len(said) == 2 and usual else b""


def _is_adts(header: bytes) -> bool:
    return len(header) >= 4 and header[0] == 0xFF and header[1] & 0xF6 == 0xF0


def _said(header: bytes) -> bytes:
    """What a packet's header says (ISO 14496-3, 1.A.3.2), as a track says it."""
    rate, channels = header[2] >> 2 & 15, (header[2] & 1) << 2 | header[3] >> 6
    return _packed((header[2] >> 6) + 1, rate, channels)


def _packed(kind: int, rate: int, channels: int) -> bytes:
    """An AudioSpecificConfig (ISO 14496-3, 1.6.2.1)."""
    return (kind << 11 | rate << 7 | channels << 3).to_bytes(2, "big")
