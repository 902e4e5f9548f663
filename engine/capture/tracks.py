"""[1] Sound that goes with a file's pictures, its stamps on the pictures' clock."""

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, Literal, TypeAlias, TypeVar, cast

import av
from av.stream import Disposition
from av.subtitles.stream import SubtitleStream

from fer_video.engine.frames import SoundPacket

log = logging.getLogger(__name__)

_Packet: TypeAlias = "av.Packet[Any]"
_Stream = TypeVar("_Stream", av.AudioStream, SubtitleStream)
_JUMP = 1
"""Seconds by which a stamp may miss what is expected before it may be one of another clock."""
_LONGEST_GAP = 10
"""Seconds of a gap that is believed where the pictures cannot tell."""
_PRIMING = 0.1
"""Most seconds of silence that encoders put before a sound."""
_MOST_WAITING = 1000
"""Packets that wait for the pictures to tell their clock; some twenty seconds of AAC."""


class Tracks:
    """Tracks of one file, and their packets until the frame that they go with."""

    def __init__(
        self,
        name: str,
        container: av.container.InputContainer,
        pictures: av.VideoStream,
        start: Fraction,
    ) -> None:
        """Begin without a track.

        Args:
            name: of the source, for warnings.
            container: open file.
            pictures: the stream that the tracks go with.
            start: seconds at which the container begins; becomes 0.
        """
        self._name, self._container, self._pictures = name, container, pictures
        self._clock = _PictureClock(-start)
        self._tracks: dict[Any, _Track] = {}
        self.audio: tuple[av.AudioStream, ...] = ()
        """Sound that was chosen, in the file's order."""
        self.subtitles: tuple[SubtitleStream, ...] = ()
        """Subtitles that were chosen, in the file's order."""

    def __bool__(self) -> bool:
        """Whether anything was chosen."""
        return bool(self._tracks)

    def choose(self) -> None:
        """Take all tracks of the picture's programme that FFmpeg can make something of."""
        streams = self._container.streams
        for number, stream in enumerate(streams.audio, 1):
            if not _usable(stream):
                log.warning(
                    "%s: its sound track %d is left out, since this FFmpeg cannot read it",
                    self._name,
                    number,
                )
        audio = _of_programme(self._container, "audio", streams.audio, self._pictures)
        subtitles = _of_programme(self._container, "subtitle", streams.subtitles, self._pictures)
        self.audio = tuple(filter(_usable, audio))
        self.subtitles = tuple(s for s in subtitles if s.codec_context is not None)
        self._tracks = {
            stream: _Track(self._name, number)
            for number, stream in enumerate((*self.audio, *self.subtitles))
        }

    def follow(self, stamp: Fraction, time: Fraction) -> None:
        """Learn the pictures' clock.

        Args:
            stamp: of a picture in the file, in seconds.
            time: seconds in the video that it was given.
        """
        self._clock.follow(stamp, time)

    def add(self, packet: "av.Packet[Any]") -> None:
        """Keep a packet if it is one of the chosen tracks."""
        track = self._tracks.get(packet.stream)
        if track is not None and packet.size:
            track.add(packet)

    def take(self, *, ended: bool = False) -> tuple[SoundPacket, ...]:
        """What came since the last time and whose clock is known.

        Args:
            ended: no picture comes that could tell more.
        """
        tracks = self._tracks.values()
        return tuple(sound for track in tracks for sound in track.take(self._clock, ended))


class _PictureClock:
    """By which offsets the stamps of pictures become times, one after the other."""

    def __init__(self, offset: Fraction) -> None:
        self.offsets = [offset]
        """Seconds; a further one for every recording that was joined on."""
        self.reached: Fraction | None = None
        """Stamp of the newest picture, in seconds."""

    def follow(self, stamp: Fraction, time: Fraction) -> None:
        if abs(time - stamp - self.offsets[-1]) > _JUMP:
            self.offsets.append(time - stamp)
        self.reached = stamp


class _Track:
    """Packets of one track, from the demuxer to the frame that they go with."""

    def __init__(self, name: str, number: int) -> None:
        self._name, self._number = name, number
        self._waiting: deque[_Packet] = deque()
        self._cut: list[_Packet] | None = []
        """What is not to be heard before the first packet that is; None behind that."""
        self._epoch = 0
        self._own: Fraction | None = None
        """Offset in seconds that was found without the pictures."""
        self._end: Fraction | None = None
        """Seconds at which the next packet is expected."""
        self._last: int | None = None
        self._warned = False

    def add(self, packet: _Packet) -> None:
        """Keep a packet, unless an edit list cut it away.

        A few of them before the first are what its encoder needs to begin, and stay.
        """
        if packet.is_discard:
            if self._cut is not None:
                self._cut.append(packet)
            return
        if self._cut:
            first, heard = _stamp(self._cut[0]), _stamp(packet)
            if first is not None and heard is not None and heard - first <= _PRIMING:
                self._waiting.extend(self._cut)
        self._cut = None
        self._waiting.append(packet)

    def take(self, clock: _PictureClock, ended: bool) -> Iterator[SoundPacket]:
        while self._waiting:
            must = ended or len(self._waiting) > _MOST_WAITING
            offset = self._offset(self._waiting[0], clock, must)
            if offset is None:
                return
            yield self._stamped(self._waiting.popleft(), offset)

    def _offset(self, packet: _Packet, clock: _PictureClock, must: bool) -> Fraction | None:
        """Seconds to add to the packet's stamp; None where the pictures will tell.

        A stamp that is not the expected one belongs to a recording that was joined on, or comes
        behind a silence: whichever offset of the pictures fits best says which.
        """
        usual = clock.offsets[self._epoch] if self._own is None else self._own
        stamp = _stamp(packet)
        if stamp is None or self._end is None or abs(stamp + usual - self._end) <= _JUMP:
            return usual
        missed = [abs(stamp + offset - self._end) for offset in clock.offsets[self._epoch + 1 :]]
        if missed and min(missed) < abs(stamp + usual - self._end):
            self._epoch += 1 + missed.index(min(missed))
            self._own = None
            return clock.offsets[self._epoch]
        gap = stamp + usual - self._end
        if gap > 0 and clock.reached is not None and clock.reached >= stamp - _JUMP:
            return usual
        if not must:
            return None
        if not 0 < gap <= _LONGEST_GAP:
            self._own = self._end - stamp
            self._warn("jump")
        return usual if self._own is None else self._own

    def _stamped(self, packet: _Packet, offset: Fraction) -> SoundPacket:
        """The packet at its time, later than the one before."""
        unit, stamp = packet.time_base, _stamp(packet)
        expected = self._end or Fraction(0)
        ticks = round((expected if stamp is None else stamp + offset) / unit)
        if self._last is not None and ticks <= self._last:
            self._warn("repeat or run backwards")
            ticks = self._last + 1
        packet.pts = packet.dts = self._last = ticks
        lasting = packet.duration or 0 if isinstance(packet.stream, av.AudioStream) else 0
        self._end = (ticks + lasting) * unit  # subtitles may overlap
        return SoundPacket(packet, self._number)

    def _warn(self, what: str) -> None:
        if not self._warned:
            log.warning(
                "%s: time stamps of its sound %s; such packets follow the one before them",
                self._name,
                what,
            )
        self._warned = True


def _stamp(packet: _Packet) -> Fraction | None:
    """Seconds at which the file says that the packet is heard."""
    ticks = packet.dts if packet.pts is None else packet.pts
    return None if ticks is None else ticks * packet.time_base


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
