"""Timeline: from the stamps of a file to the film's time, for pictures and sound alike."""

import logging
from dataclasses import dataclass
from fractions import Fraction
from math import inf, nan
from typing import Any

import av

log = logging.getLogger(__name__)

_BACK, _AHEAD = 1.0, 3600.0
"""Seconds by which a stream's clock steps back, or ahead, where it jumps: less is a reordered or a
missing picture, or one that stands."""
_SHORT = 0.2
"""Least seconds of a part that begins anew where the one before it began: less may be jitter."""
_JITTER = 3
"""Steps within which stamps that are no more than inexact lie."""
_REGULAR = 10
"""Steps as long as this many before them are no jump: one picture an hour is a time-lapse."""
INTERLEAVED = 10.0
"""Seconds that streams of one part may lie apart in the file."""


@dataclass(slots=True)
class _Part:
    """A stretch of the file within which its clock runs on."""

    shift: Fraction
    """Seconds from the file's stamps to the film's time."""
    begin: float
    """Seconds of the file's clock at which it begins."""
    reached: float
    """Seconds of the file's clock that any stream has come to."""


@dataclass(slots=True)
class _Track:
    """Where one stream is."""

    part: int
    begin: float
    """Seconds of the file's clock, of its first packet in this part."""
    last: float
    """Seconds of the file's clock, of its last packet."""
    step: float | None = None
    """Seconds between two packets, as last seen; None before a second one."""
    left: "_Track | None" = None
    """Where it was before its last packet; None where that was no jump."""


class Timeline:
    """The one place where stamps become film time: seconds from the container's start, closed up.

    Joined recordings begin a new count, and a clock that was set jumps by hours. Each such jump
    begins a part, which goes on where all streams of the part before had come to. Streams change to
    it by their own jumps, since they do not lie at one place in the file; but the shift of a part
    is the same for all of them, so that sound stays in step with the pictures.
    """

    def __init__(self, name: str, start: Fraction, told: float = -inf) -> None:
        """Begin.

        Args:
            name: of the source, for the warning.
            start: seconds at which the container begins; becomes 0.
            told: seconds of its clock up to which the container says that it goes. The clock does
                not jump up to there: a picture stands.
        """
        self._name, self._told = name, told
        self._parts = [_Part(-start, float(start), float(start))]
        self._tracks: dict[int, _Track] = {}
        self._end = Fraction(0)
        self._warned = False

    @property
    def joints(self) -> int:
        """How often the clock has jumped."""
        return len(self._parts) - 1

    @property
    def reached(self) -> Fraction:
        """Seconds of the film up to which packets have come."""
        return self._end

    def place(self, packet: "av.Packet[Any]") -> None:
        """Move the stamps of a packet to the film's time; packets come in the file's order."""
        tick = packet.time_base
        reconcile(packet, self._told)
        stamp = packet.pts if packet.dts is None else packet.dts
        if stamp is None or tick is None:
            return
        part = self._parts[self._part(packet, stamp * tick)]
        ticks = round(part.shift / tick)
        packet.pts = None if packet.pts is None else packet.pts + ticks
        packet.dts = None if packet.dts is None else packet.dts + ticks
        if is_dense(packet):
            length = (packet.duration or 0) * tick or self._usual(packet.stream_index)
            part.reached = max(part.reached, float(stamp * tick + length))
            self._end = max(self._end, (shown(packet) or 0) + length)

    def _usual(self, stream: int) -> Fraction:
        """Seconds that a packet lasts which does not tell."""
        track = self._tracks.get(stream)
        return Fraction((track and track.step) or 0)

    def _part(self, packet: "av.Packet[Any]", moment: Fraction) -> int:
        """The part that a packet belongs to."""
        now, index = float(moment), packet.stream_index
        track = self._tracks.get(index)
        if not is_dense(packet):
            return self._nearest(now)
        if is_out_of_order(packet):
            return self._nearest(now) if track is None else track.part
        if track is None:
            track = self._tracks[index] = _Track(self._nearest(now), now, now)
        elif _goes_on_behind(track.left, now):
            track = self._tracks[index] = self._returned(track)
        if self._jumps(track, now):
            self._say(track.last, now)
            part = self._part_behind(track, packet, now)
            track = self._tracks[index] = _Track(part, now, now, track.step, track)
        else:
            track.step = now - track.last if now > track.last else track.step
            track.last, track.left = now, None
        return track.part

    def _jumps(self, track: _Track, now: float) -> bool:
        """Whether a stream's clock does; never where another stream shows that time passed."""
        step = now - track.last
        if step > _AHEAD:
            irregular = track.step is not None and step > _REGULAR * track.step
            known = max(self._parts[track.part].reached + _AHEAD, self._told)
            return irregular and now > known
        return step < -_BACK or _begins_anew(track, now)

    def _returned(self, track: _Track) -> _Track:
        """Where a stream was before a single wrong stamp, which began a part of its own, or not."""
        assert track.left is not None
        alone = all(other is track or other.part < track.part for other in self._tracks.values())
        if alone and track.part == len(self._parts) - 1 > track.left.part:
            self._parts.pop()
        return track.left

    def _part_behind(self, track: _Track, packet: "av.Packet[Any]", now: float) -> int:
        """The part that a stream jumps to: a later one, that of the others, or a new one."""
        fitting = self._fitting(now, track.part)
        if fitting > track.part:
            return fitting
        if _begins_anew(track, now):
            return self._begin_part(packet, now)
        for other in self._tracks.values():
            if other is not track and -_BACK <= now - other.last <= INTERLEAVED:
                return other.part
        return self._begin_part(packet, now)

    def _fitting(self, now: float, before: int) -> int:
        """The latest part behind `before` that is about there; else `before`."""
        for number in range(len(self._parts) - 1, before, -1):
            part = self._parts[number]
            if part.begin - INTERLEAVED <= now <= part.reached + INTERLEAVED:
                return number
        return before

    def _nearest(self, now: float) -> int:
        """The part of a packet whose stream tells nothing."""
        fitting = self._fitting(now, -1)
        return len(self._parts) - 1 if fitting < 0 else fitting

    def _begin_part(self, packet: "av.Packet[Any]", now: float) -> int:
        shift = self._end - (shown(packet) or 0)
        self._parts.append(_Part(shift, now, now))
        return len(self._parts) - 1

    def _say(self, last: float, now: float) -> None:
        if not self._warned:
            start = float(self._parts[0].shift)
            log.warning(
                "%s: time stamps run backwards or jump ahead (%.3f s after %.3f s), as in joined "
                "recordings; what follows goes on where they did",
                self._name,
                max(now + start, 0),
                max(last + start, 0),
            )
        self._warned = True


def reconcile(packet: "av.Packet[Any]", told: float) -> None:
    """Let a packet be seen when it is decoded if it cannot be otherwise: a damaged stamp is told by
    its fellow, since none is decoded after it is seen, nor hours before.

    Args:
        packet: whose stamps are mended.
        told: seconds of the clock up to which the container says that it goes: where a picture
            stands for hours, the next one is decoded that early if pictures are out of order.
    """
    pts, dts = packet.pts, packet.dts
    if pts is None or dts is None or pts == dts:
        return
    late = seconds(dts - pts, packet.time_base)
    if late > _BACK:
        packet.dts = pts
    elif late < -_AHEAD and seconds(pts, packet.time_base) > told:
        packet.pts = dts


def seconds(ticks: int, tick: Fraction | None) -> float:
    """What so many ticks last, without the fractions that take longer than to read a packet; NaN,
    which is never less nor more, where the tick is not told."""
    return nan if tick is None else ticks * tick.numerator / tick.denominator


def _begins_anew(track: _Track, now: float) -> bool:
    """Whether a stream steps back to where its part began, as that of a short recording does."""
    step = track.step or 0
    back = track.last - now
    return back >= max(_SHORT, _JITTER * step) and now <= track.begin + step


def _goes_on_behind(left: _Track | None, now: float) -> bool:
    """Whether a stream goes on where it was before its last stamp, which was wrong then."""
    return left is not None and 0 <= now - left.last <= _JITTER * (left.step or 0)


def is_dense(packet: "av.Packet[Any]") -> bool:
    """Whether packets of its stream come all the time; subtitles, say, do not."""
    return packet.stream.type in ("video", "audio")


def is_out_of_order(packet: "av.Packet[Any]") -> bool:
    """Whether its only stamp is that of presentation, and later packets may be seen before."""
    if packet.dts is not None:
        return False
    codec = packet.stream.codec_context
    return isinstance(codec, av.VideoCodecContext) and bool(codec.has_b_frames)


def shown(packet: "av.Packet[Any]") -> Fraction | None:
    """Seconds at which it is seen or heard; None where nothing tells."""
    stamp = packet.dts if packet.pts is None else packet.pts
    return None if stamp is None or packet.time_base is None else stamp * packet.time_base
