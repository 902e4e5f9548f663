"""Sound, and subtitles, that go with a file's pictures; `Timeline` has placed their packets."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Literal, TypeAlias, TypeVar, cast

import av
from av.stream import Disposition
from av.subtitles.stream import SubtitleStream

from fer_video.engine.capture.film.packets import is_encrypted
from fer_video.engine.capture.timing.stretch import Stretch
from fer_video.engine.capture.timing.timeline import shown
from fer_video.engine.frames.frame import Frame, SoundPacket

log = logging.getLogger(__name__)

_Packet: TypeAlias = "av.Packet[Any]"
_Stream = TypeVar("_Stream", av.AudioStream, SubtitleStream)
_PRIMING = 0.1
"""Most seconds of silence that encoders put before a sound."""
_AMF_STRING = b"\x02\x00"
"""How the name of a description begins in FLV (AMF 0, 2.4)."""


class Tracks:
    """Tracks of one file, and their packets until the frame that they go with."""

    def __init__(
        self,
        name: str,
        container: av.container.InputContainer,
        pictures: av.VideoStream,
        stretch: Stretch,
    ) -> None:
        """Begin without a track.

        Args:
            name: of the source, for warnings.
            container: open file.
            pictures: the stream that the tracks go with.
            stretch: what of the film is kept; packets are stamped from its start.
        """
        self._name, self._container, self._pictures = name, container, pictures
        self._stretch = stretch
        self._tracks: dict[Any, _Track] = {}
        self.audio: tuple[av.AudioStream, ...] = ()
        """Sound that was chosen, in the file's order."""
        self.subtitles: tuple[SubtitleStream, ...] = ()
        """Subtitles that were chosen, in the file's order."""

    def __bool__(self) -> bool:
        """Whether anything was chosen."""
        return bool(self._tracks)

    def choose(self, ahead: "Iterable[_Packet]") -> None:
        """Take all tracks of the picture's programme that FFmpeg can make something of.

        Args:
            ahead: the first packets of the file, as far as they are known, which tell of a track
                that is encrypted.
        """
        streams = self._container.streams
        first = _first_of_each(ahead)
        encrypted = {stream for stream, packet in first.items() if is_encrypted(packet)}
        silent = {stream for stream, packet in first.items() if _describes(packet)}
        for number, stream in enumerate(streams.audio, 1):
            why = "it is encrypted" if stream in encrypted else "this FFmpeg cannot read it"
            if stream in encrypted or not _usable(stream):
                log.warning("%s: its sound track %d is left out, since %s", self._name, number, why)
        audio = _of_programme(self._container, "audio", streams.audio, self._pictures)
        subtitles = _of_programme(self._container, "subtitle", streams.subtitles, self._pictures)
        self.audio = tuple(s for s in audio if _usable(s) and s not in encrypted)
        known = (s for s in subtitles if s.codec_context is not None)
        self.subtitles = tuple(s for s in known if s not in encrypted | silent)
        self._tracks = {
            stream: _Track(self._name, number, self._stretch)
            for number, stream in enumerate((*self.audio, *self.subtitles))
        }

    def add(self, packet: "av.Packet[Any]") -> None:
        """Keep a packet if it is one of the chosen tracks."""
        track = self._tracks.get(packet.stream)
        if track is not None and packet.size and not _shows_nothing(packet):
            track.add(packet)

    def reach(self, moment: Fraction) -> bool:
        """Whether all sound has come up to a moment, in seconds of the film; never of a track that
        has none. That of broadcasts and fragments comes behind its pictures in the file.
        """
        reached = (track.reached for track in self._sounding())
        return all(end is not None and end >= moment for end in reached)

    def _sounding(self) -> "Iterator[_Track]":
        return (self._tracks[stream] for stream in self.audio)

    def along(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """The frames with what came before each, one late: so the last has what lies behind it."""
        previous = next(frames, None)
        for frame in frames:
            if previous is not None:
                yield replace(previous, audio=self._take())
            previous = frame
        if previous is not None:
            yield replace(previous, audio=self._take())

    def _take(self) -> tuple[SoundPacket, ...]:
        """What came since the last time."""
        return tuple(sound for track in self._tracks.values() for sound in track.take())


class _Track:
    """Packets of one track, from the demuxer to the frame that they go with."""

    def __init__(self, name: str, number: int, stretch: Stretch) -> None:
        self._name, self._number, self._stretch = name, number, stretch
        self.reached: Fraction | None = None
        """Seconds of the film at which the last packet begins."""
        self._waiting: list[SoundPacket] = []
        self._cut: list[_Packet] | None = []
        """What is not to be heard before the first packet that is; None behind that."""
        self._end = Fraction(0)
        """Seconds at which the next packet is expected."""
        self._last: int | None = None
        self._warned = self._encrypted = False

    def add(self, packet: _Packet) -> None:
        """Keep a packet, unless an edit list cut it away.

        A few of them before the first are what its encoder needs to begin, and stay. Those that
        begin outside the stretch are not kept.
        """
        self.reached = shown(packet)
        if self.reached is not None and not self._stretch.holds(self.reached):
            return
        if is_encrypted(packet):
            self._warn_of_encryption()
            return
        if packet.is_discard:
            if self._cut is not None:
                self._cut.append(packet)
            return
        if self._cut:
            first, heard = shown(self._cut[0]), shown(packet)
            if first is not None and heard is not None and heard - first <= _PRIMING:
                self._waiting += map(self._stamped, self._cut)
        self._cut = None
        self._waiting.append(self._stamped(packet))

    def take(self) -> list[SoundPacket]:
        taken, self._waiting = self._waiting, []
        return taken

    def _stamped(self, packet: _Packet) -> SoundPacket:
        """The packet at its time, later than the one before unless it is shorter than a tick."""
        unit, stamp = packet.time_base, shown(packet)
        ticks = round((self._end if stamp is None else stamp - self._stretch.shift) / unit)
        if self._last is not None and ticks < self._last + (not _is_within_a_tick(packet)):
            self._warn()
            ticks = self._last + 1
        packet.pts = packet.dts = self._last = ticks
        lasting = packet.duration or 0 if isinstance(packet.stream, av.AudioStream) else 0
        self._end = (ticks + lasting) * unit  # subtitles may overlap
        return SoundPacket(packet, self._number)

    def _warn_of_encryption(self) -> None:
        """Say it once: of some films only the first seconds are for everybody."""
        if not self._encrypted:
            log.warning(
                "%s: its sound is encrypted from %.2f s on, and left out there",
                self._name,
                float(self.reached or 0),
            )
        self._encrypted = True

    def _warn(self) -> None:
        if not self._warned:
            log.warning(
                "%s: time stamps of its sound repeat or run backwards; such packets follow the one "
                "before them",
                self._name,
            )
        self._warned = True


def _shows_nothing(packet: _Packet) -> bool:
    """Whether it is MP4's word for a while without subtitles, which its writer puts in itself; or
    no text at all."""
    is_subtitle = isinstance(packet.stream, SubtitleStream)
    return is_subtitle and (bytes(packet) == b"\x00\x00" or _describes(packet))


def _describes(packet: _Packet) -> bool:
    """Whether it is a description of the film, which FFmpeg takes for a subtitle of an FLV that was
    recorded from its middle on."""
    return packet.stream.container.format.name == "flv" and bytes(packet).startswith(_AMF_STRING)


def _is_within_a_tick(packet: _Packet) -> bool:
    """Whether it is sound too short for the file's clock, as TrueHD's is for Matroska's."""
    return isinstance(packet.stream, av.AudioStream) and not packet.duration


def _first_of_each(ahead: Iterable[_Packet]) -> dict[object, _Packet]:
    """The first packet of each stream."""
    first: dict[object, _Packet] = {}
    for packet in ahead:
        first.setdefault(packet.stream, packet)
    return first


def _usable(stream: av.AudioStream) -> bool:
    """Whether there is a decoder of it, and it found out what it is."""
    context = cast("av.AudioCodecContext | None", stream.codec_context)
    return context is not None and context.sample_rate > 0 and context.channels > 0


def _of_programme(
    container: av.container.InputContainer,
    kind: Literal["audio", "subtitle"],
    streams: Sequence[_Stream],
    pictures: av.VideoStream,
) -> tuple[_Stream, ...]:
    """Those streams of a kind that are of the picture's programme, in the file's order.

    A broadcast holds several programmes, a playlist one for each quality. FFmpeg tells only which
    track is the best of one; so that it tells of all, those that are known are called less good.
    """
    declared = {stream: stream.disposition for stream in streams}
    found: set[object] = set()
    for stream in streams:
        stream.disposition = Disposition.default
    while (best := container.streams.best(kind, related=pictures)) not in (None, *found):
        found.add(best)
        cast("_Stream", best).disposition = Disposition.hearing_impaired
    for stream, disposition in declared.items():
        stream.disposition = disposition
    return tuple(stream for stream in streams if stream in found)
