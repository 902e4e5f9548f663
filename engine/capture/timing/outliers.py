"""Outliers: single stamps that are wild, which the packets before and behind show to be wrong."""

import logging
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import isnan, nan
from typing import Any

import av

from fer_video.engine.capture.timing.timeline import (
    is_dense,
    is_out_of_order,
    reconcile,
    seconds,
)

log = logging.getLogger(__name__)

_OFF = 1
"""Least seconds by which a stamp that is called wild lies outside its neighbours."""
_FAR, _FAR_ALONE = 3600, 86_400
"""Seconds by which all others must lie behind the first stamp of a stream, for that one to be wild;
and where the file has no other stream to show that nothing is there."""
_IRREGULAR = 10
"""Steps, of those beside it, that it must be away: one picture a day is a time-lapse."""
_MOST_HELD = 64
"""Most packets that wait for the next of their stream; it may be a picture that stands for long."""


@dataclass(slots=True, eq=False)
class _Held:
    """A packet that waits for what follows it in its stream."""

    packet: "av.Packet[Any]"
    """Not looked at once it was given: who takes it moves its stamps, or empties it."""
    moment: float
    """Seconds at which it is decoded, or where that is not told seen; NaN, which is never less nor
    more, where nothing tells or packets behind it may be seen before."""
    waits: bool


class Outliers:
    """Puts such packets between their neighbours, before anything else is made of their stamps.

    Recorders of FLV write them, at their first packets above all. A packet is given when the next
    of its stream is known, the first of a stream when the next two are.
    """

    def __init__(self, name: str, told: float) -> None:
        """Expect the first packet.

        Args:
            name: of the source, for the warning.
            told: seconds of its clock up to which the container says that it goes.
        """
        self._name, self._told = name, told
        self._queue: deque[_Held] = deque()
        self._last: dict[int, list[_Held]] = {}
        """By the stream: the packet before those that wait, if any, and those."""
        self.at_first = False
        """Whether the first packet of a stream was one: then the file tells a wrong beginning."""
        self._warned = False

    def __call__(self, packets: "Iterable[av.Packet[Any]]") -> "Iterator[av.Packet[Any]]":
        """The packets in the same order, later by those that are waited for."""
        self._queue.clear()  # what is left of those before a seek
        self._last.clear()
        for packet in packets:
            self._take(packet)
            while self._queue and (not self._queue[0].waits or len(self._queue) > _MOST_HELD):
                yield self._queue.popleft().packet
        while self._queue:
            yield self._queue.popleft().packet

    def _take(self, packet: "av.Packet[Any]") -> None:
        reconcile(packet, self._told)
        dense = is_dense(packet)
        moment = _moment(packet) if dense and not is_out_of_order(packet) else nan
        held = _Held(packet, moment, waits=not isnan(moment))
        self._queue.append(held)
        if not dense:
            return
        line = self._last.setdefault(packet.stream_index, [])
        line.append(held)
        if len(line) < 3:
            return
        if line[0].waits:
            self._judge_first(*line)
            line[0].waits = False
        self._judge(*line)
        line[1].waits = False
        del line[0]

    def _judge(self, before: _Held, held: _Held, after: _Held) -> None:
        """Whether a stamp lies far outside those beside it, which run on without it.

        At a join they do not: there the clock steps back. Nor are they beside it where packets
        between them tell nothing, as in programme streams, which stamp one in many.
        """
        first, now, last = before.moment, held.moment, after.moment
        if first <= now <= last:
            return
        length, run = _length(held), last - first
        off = max(_OFF, run, _IRREGULAR * length)
        if run > 0 and (now < first - off or now > last + off):
            self._move(held, first + length if 0 < length < run else (first + last) / 2, last)

    def _judge_first(self, held: _Held, after: _Held, later: _Held) -> None:
        now, second, third = held.moment, after.moment, later.moment
        ahead = second - now
        runs_on = 0 <= third - second < _FAR
        early = ahead > _IRREGULAR * (third - second) and ahead > self._least_early(held, now)
        if runs_on and (now > second + _OFF or early):
            self.at_first = True
            self._move(held, second - (_length(held) or third - second), second)

    def _least_early(self, held: _Held, now: float) -> float:
        """Seconds by which a first stamp must be too early; without limit if others are there."""
        others = [one for line in self._last.values() for one in line if held not in line]
        if any(abs(one.moment - now) < _FAR for one in others):
            return float("inf")
        return _FAR if others else _FAR_ALONE

    def _move(self, held: _Held, goal: float, neighbour: float) -> None:
        packet, now = held.packet, held.moment
        if not self._warned:
            log.warning(
                "%s: single time stamps are wrong (%.3f s beside %.3f s); such packets are put "
                "between their neighbours",
                self._name,
                now,
                neighbour,
            )
        self._warned = True
        held.moment = goal
        ticks = round((goal - now) / packet.time_base)
        packet.pts = None if packet.pts is None else packet.pts + ticks
        packet.dts = None if packet.dts is None else packet.dts + ticks


def _moment(packet: "av.Packet[Any]") -> float:
    stamp = packet.pts if packet.dts is None else packet.dts
    return nan if stamp is None else seconds(stamp, packet.time_base)


def _length(held: _Held) -> float:
    """Seconds that a packet lasts; 0 where it does not tell."""
    return seconds(held.packet.duration or 0, held.packet.time_base)
