"""Losses: what of a file could not be read, told in one sentence at its end."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import av
import av.error

from fer_video.engine.capture.film.appended import appended_at
from fer_video.engine.capture.film.continuity import Continuity, continuity
from fer_video.engine.capture.film.cut_off import is_cut_off
from fer_video.engine.errors import SourceError

_COUNTS_PACKETS = "mpegts"
"""FFmpeg's name of the format whose packets are numbered."""
_DECLARES_LENGTH = ("mov", "matroska", "flv", "mxf", "ivf")
"""FFmpeg's names of the formats that say how long they are."""
_MISSING = 0.75
"""Share of a packet's length by which the next one of a sound lies too late if one was lost."""


class Losses:
    """Counts what is damaged, and knows how far the file was read."""

    def __init__(self, name: str, file: Path | None = None) -> None:
        """Begin with none.

        Args:
            name: of the source.
            file: that it is; None for what comes over a network or out of a pipe.
        """
        self._name, self._file = name, file
        self._last_byte = 0
        """Where in the file the last packet begins."""
        self._stopped = ""
        self._damaged = self._encrypted = self._flagged = self._unreadable = 0
        self._heard: dict[int, float] = {}
        """Seconds up to which there is sound, by the stream."""
        self._gaps: Counter[int] = Counter()
        """Places at which a sound goes on too late, by the stream."""
        self.reached = 0.0
        """Seconds of the film that were read."""

    def read(self, packet: "av.Packet[Any]") -> None:
        """Note a packet, its stamps in the film's time."""
        self._last_byte = max(self._last_byte, packet.pos or 0)
        if packet.pts is not None and packet.time_base is not None and not packet.is_corrupt:
            end = (packet.pts + (packet.duration or 0)) * float(packet.time_base)
            self.reached = max(self.reached, end)
        if isinstance(packet.stream, av.AudioStream):
            self._follow(packet)

    def _follow(self, packet: "av.Packet[Any]") -> None:
        """Note whether a packet of sound goes on where the one before it ended."""
        if packet.pts is None or not packet.duration:
            return
        index, unit = packet.stream_index, float(packet.time_base)
        begin, length = packet.pts * unit, packet.duration * unit
        self._gaps[index] += begin - self._heard.get(index, begin) > _MISSING * length
        self._heard[index] = begin + length

    def encrypted(self, count: int = 1) -> None:
        """Note pictures that are encrypted; a decoder makes noise of them, or nothing."""
        self._encrypted += count

    def damaged(self, count: int = 1) -> None:
        """Note pictures that cannot be decoded, or only in part."""
        self._damaged += count

    def flagged(self, count: int) -> None:
        """Note packets of pictures about which something is missing, as the container says.

        Their pictures may be damaged, or be lost without another word.
        """
        self._flagged += count

    def unreadable(self) -> None:
        """Note a place of the file that no packet could be made of."""
        self._unreadable += 1

    def stop(self, error: av.error.FFmpegError) -> None:
        """Note why reading ended before the end of the file."""
        waited = isinstance(error, av.error.ExitError)
        why = "nothing more came in time" if waited else error.strerror
        self._stopped = f"reading stopped after {self.reached:.2f} s ({why})"

    @property
    def ended_early(self) -> bool:
        """Whether reading ended before the end of the file."""
        return bool(self._stopped)

    @property
    def harmed(self) -> bool:
        """Whether anything could not be read so far."""
        return bool(self._stopped or self._damaged or self._encrypted or self._flagged)

    @property
    def cause(self) -> str:
        """What there is to blame so far."""
        if self._encrypted:
            return "its pictures are encrypted, as films that are sold are; give a copy without"
        damaged = max(self._damaged, self._flagged)
        return self._stopped or (f"{damaged} frames are damaged" if damaged else "it ends before")

    def tell(
        self, stream: av.VideoStream, sound: Sequence[av.AudioStream], step: float, joints: int
    ) -> None:
        """Say what was lost, if anything was.

        Args:
            stream: of the pictures, read to its end.
            sound: that is kept.
            step: seconds of a picture.
            joints: how often the file's clock jumped; containers flag the packet before a joint,
                and nothing is missing there.

        Raises:
            SourceError: with all of it.
        """
        said = [self._stopped] if self._stopped else self._missing_end(stream, step)
        numbers = self._continuity(stream)
        flagged = self._flagged - max(joints, numbers.restarts)
        forgotten = min(numbers.losses(joints), 1)  # flags of what FFmpeg read to open the file
        if damaged := max(self._damaged, flagged, forgotten):
            said.append(f"{damaged} frames are damaged or missing")
        if places := sum(self._continuity(track).losses(joints) for track in sound):
            said.append(f"sound is damaged or missing in {places} place{'s' * (places > 1)}")
        said += self._said_of_places()
        if (file := self._on_disk) is not None:
            further = appended_at(file, stream.container.format.name, self._last_byte)
            if further is not None:
                said.append(f"another film begins at byte {further:,}, unread: split it there")
        self._raise(said)

    def tell_of_stretch(self, stream: av.VideoStream, step: float, *, to_end: bool) -> None:
        """Say what was lost of a stretch; the numbers of packets tell of whole files alone.

        Args:
            stream: of the pictures.
            step: seconds of a picture.
            to_end: the stretch goes to the end of the film.

        Raises:
            SourceError: with all of it.
        """
        said = [self._stopped] if self._stopped else []
        if to_end and not said:
            said = self._missing_end(stream, step)
        if damaged := max(self._damaged, self._flagged):
            said.append(f"{damaged} frames are damaged or missing")
        self._raise(said + self._said_of_places())

    def _said_of_places(self) -> list[str]:
        said = [f"{self._encrypted} frames are encrypted"] if self._encrypted else []
        if self._unreadable and not self._stopped:
            said.append(f"{self._unreadable} places of it cannot be read")
        return said

    def _raise(self, said: list[str]) -> None:
        if said:
            raise SourceError(f"{self._name}: {'; '.join(said)}; what could be read was processed")

    @property
    def _on_disk(self) -> Path | None:
        """The file, if it can be looked at once more, as no pipe can."""
        return self._file if self._file is not None and self._file.is_file() else None

    def _continuity(self, stream: av.VideoStream | av.AudioStream) -> Continuity:
        """What the numbers of a stream's packets tell, or its stamps where they are not seen."""
        if stream.container.format.name != _COUNTS_PACKETS:
            return Continuity(0, 0)
        file = self._on_disk
        return (
            Continuity(self._gaps[stream.index], 0) if file is None else continuity(file, stream.id)
        )

    def _missing_end(self, stream: av.VideoStream, step: float) -> list[str]:
        """An mp4 that is cut off behind its index ends as if it were complete."""
        container, file = cast("av.container.InputContainer", stream.container), self._on_disk
        if file is not None and is_cut_off(file, container.format.name):
            return [f"the file ends after {self.reached:.2f} s, before its own end: it was cut off"]
        start = max(container.start_time or 0, 0)  # Matroska counts its duration from 0
        declared = ((container.duration or 0) - start) / av.time_base
        known = container.format.name.split(",")[0] in _DECLARES_LENGTH
        if not known or declared - self.reached <= 0.2 + 2 * step or _is_whole(stream, container):
            return []
        return [f"the file ends after {self.reached:.2f} of {declared:.2f} s: it was cut off"]


def _is_whole(stream: av.VideoStream, container: av.container.InputContainer) -> bool:
    """Whether an index lists every picture, and all of them lie within the file.

    Then an edit list (ISO 14496-12, 8.6.6) promises more than there is, which a player shows as the
    last picture's stillness.
    """
    if not stream.frames or "mov" not in container.format.name or container.size <= 0:
        return False
    entries = stream.index_entries
    ends = (entry.pos + entry.size for entry in map(entries.__getitem__, range(len(entries))))
    return max(ends, default=container.size + 1) <= container.size
