"""Soundtrack: every track of a source's sound in a written video, copied or encoded anew."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from errno import EDQUOT, EFBIG, EIO, ENOSPC, EPIPE, EROFS
from fractions import Fraction
from functools import partial
from typing import Any, TypeAlias

import av
import av.error
from av.subtitles.stream import SubtitleStream

from fer_video.engine.errors import OutputError
from fer_video.engine.frames.frame import SoundPacket
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.output.tracks.copied import CopiedTrack
from fer_video.engine.output.tracks.encoded import EncodedTrack
from fer_video.engine.output.tracks.holds import ENCODERS, SEVERAL, holds
from fer_video.engine.output.tracks.subtitles import SubtitleTrack, holds_subtitles
from fer_video.engine.output.tracks.tags import of_track
from fer_video.engine.output.tracks.trial import can_write

_Way: TypeAlias = Callable[[av.container.OutputContainer], CopiedTrack | EncodedTrack]
log = logging.getLogger(__name__)

_OF_THE_DISK = (EDQUOT, EFBIG, EIO, ENOSPC, EPIPE, EROFS)
"""Numbers of errors that no other sound would mend."""


class Soundtrack:
    """Tracks of sound, each as the container can hold it.

    What of them cannot be written is left out and said once: it must not end a run of hours.
    """

    def __init__(
        self,
        target: str,
        container: av.container.OutputContainer,
        info: SourceInfo,
        *,
        copy: bool,
    ) -> None:
        """Choose what becomes of each track.

        Args:
            target: what errors and warnings call the video.
            container: to write to; its header is not yet written.
            info: of the source, whose tracks they are.
            copy: refuse to encode what the container cannot hold.

        Raises:
            OutputError: a track would have to be encoded.
        """
        self._target, self._container, self._held = target, container, container.format.name
        self._tracks: dict[int, CopiedTrack | EncodedTrack | SubtitleTrack] = {}
        """By their numbers in `SoundPacket.track`."""
        self._encoder = ENCODERS.get(self._held, "aac")
        self._copy = copy
        self._audio = self._kept(info.audio)
        self._encoded = [source for source in self._audio if not holds(container, source)]
        self._subtitles = self._kept_subtitles(dict(enumerate(info.subtitles, len(info.audio))))
        self._reached = Fraction(0)
        """Seconds up to which there are pictures or sound."""
        self._warned = False
        if self._encoded:
            self._say(self._encoded, copy)

    def begin(self, first: Sequence[SoundPacket]) -> None:
        """Add the tracks to the container.

        Args:
            first: packets that are there already.

        Raises:
            OutputError: a track should be copied, and its container refuses it.
            FFmpegError: a track cannot be added.
        """
        packets = {sound.track: sound.packet for sound in reversed(first)}
        for number, source in enumerate(self._audio):
            add = self._way(source, packets.get(number))
            if add is not None:
                self._add(number, source, add(self._container))
        for number, subtitles in self._subtitles.items():
            self._add(number, subtitles, SubtitleTrack(self._container, subtitles))

    def write(self, sound: SoundPacket) -> None:
        """Write one packet.

        Raises:
            FFmpegError: the disk is full.
        """
        track = self._tracks.get(sound.track)
        if track is None:
            return
        with self._told(track):
            track.write(sound.packet)
        subtitle = isinstance(track, SubtitleTrack)  # may be far ahead of those of another track
        if sound.packet.pts is not None and not subtitle:
            self.until(sound.packet.pts * sound.packet.time_base)

    def until(self, time: Fraction) -> None:
        """Write subtitles that were held for what might have come before a moment, in seconds.

        Raises:
            FFmpegError: the disk is full.
        """
        self._reached = max(self._reached, time)
        for track in self._tracks.values():
            if isinstance(track, SubtitleTrack):
                with self._told(track):
                    track.until(time)

    def close(self, end: Fraction) -> None:
        """Write what is left, of lines what is seen before pictures and sound end.

        Args:
            end: seconds at which the pictures do.

        Raises:
            FFmpegError: the disk is full.
        """
        for track in self._tracks.values():
            with self._told(track):
                if isinstance(track, SubtitleTrack):
                    track.close(max(end, self._reached))
                else:
                    track.close()

    def _way(self, source: av.AudioStream, first: "av.Packet[Any] | None") -> _Way | None:
        """How the track is added, tried before the first picture; None where no way is left."""
        header = None if first is None else bytes(first)
        copied = partial(CopiedTrack, source=source, first=header)
        encoded = partial(EncodedTrack, source=source, encoder=self._encoder)
        if source not in self._encoded:
            if can_write(self._held, copied, first):
                return copied
            self._encoded = [*self._encoded, source]
            self._say([source], self._copy)
        if can_write(self._held, encoded, None):
            return encoded
        log.warning(
            "%s: the source's sound (%s) cannot be encoded anew and is left out",
            self._target,
            source.codec_context.codec.canonical_name,
        )
        return None

    def _kept(self, audio: Sequence[av.AudioStream]) -> Sequence[av.AudioStream]:
        if len(audio) <= 1 or self._held in SEVERAL:
            return audio
        log.warning(
            "%s: %s holds one track of sound; the others are left out (.mkv and .mp4 hold all)",
            self._target,
            self._held,
        )
        return audio[:1]

    def _kept_subtitles(self, tracks: dict[int, SubtitleStream]) -> dict[int, SubtitleStream]:
        codecs = {
            number: track.codec_context.codec.canonical_name for number, track in tracks.items()
        }
        lost = [codec for codec in codecs.values() if not holds_subtitles(self._held, codec)]
        if lost:
            log.warning(
                "%s: %s cannot hold the source's subtitles (%s); they are left out",
                self._target,
                self._held,
                ", ".join(dict.fromkeys(lost)),
            )
        return {number: tracks[number] for number in tracks if codecs[number] not in lost}

    def _add(
        self,
        number: int,
        source: av.AudioStream | SubtitleStream,
        track: CopiedTrack | EncodedTrack | SubtitleTrack,
    ) -> None:
        track.stream.metadata.update(of_track(source.metadata, self._held))
        track.stream.disposition = source.disposition
        self._tracks[number] = track

    def _say(self, sources: Sequence[av.AudioStream], copy: bool) -> None:
        names = (source.codec_context.codec.canonical_name for source in sources)
        codecs = ", ".join(dict.fromkeys(names))
        if copy:
            self._container.close()
            advice = "" if self._held == "matroska" else ", or give the output the extension .mkv"
            raise OutputError(
                f"{self._target}: {self._held} cannot hold the source's sound ({codecs}) as it is; "
                f"leave out `VideoWriter(copy_sound=True)` to have it encoded anew{advice}"
            )
        name = "Opus" if self._encoder == "libopus" else "AAC"
        log.warning(
            "%s: %s cannot hold the source's sound (%s); it is encoded anew as %s",
            self._target,
            self._held,
            codecs,
            name,
        )

    @contextmanager
    def _told(self, track: CopiedTrack | EncodedTrack | SubtitleTrack) -> Iterator[None]:
        try:
            yield
        except (av.error.FFmpegError, ValueError) as error:
            self._tell(error, track)

    def _tell(self, error: Exception, track: CopiedTrack | EncodedTrack | SubtitleTrack) -> None:
        """Say once that something is left out, unless it is the disk's fault."""
        if isinstance(error, OSError) and error.errno in _OF_THE_DISK:
            raise error
        if not self._warned:
            log.warning(
                "%s: some of the source's %s is damaged and left out (%s)",
                self._target,
                track.named,
                getattr(error, "strerror", None) or error,
            )
        self._warned = True
