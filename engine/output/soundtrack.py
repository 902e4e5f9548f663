"""Soundtrack: every track of a source's sound in a written video, copied or encoded anew."""

import logging
from collections.abc import Mapping, Sequence
from errno import EDQUOT, EFBIG, EIO, ENOSPC, EPIPE, EROFS

import av
import av.error

from fer_video.engine.errors import OutputError
from fer_video.engine.frames import SoundPacket
from fer_video.engine.output.copied import CopiedTrack
from fer_video.engine.output.encoded import EncodedTrack
from fer_video.engine.output.holds import ENCODERS, SEVERAL, holds

log = logging.getLogger(__name__)

_OF_THE_DISK = (EDQUOT, EFBIG, EIO, ENOSPC, EPIPE, EROFS)
"""Numbers of errors that no other sound would mend."""
_IN_MOV = {
    "bod": "tib",
    "cym": "wel",
    "deu": "ger",
    "ell": "gre",
    "eus": "baq",
    "fas": "per",
    "hye": "arm",
    "isl": "ice",
    "kat": "geo",
    "mkd": "mac",
    "msa": "may",
    "mya": "bur",
    "nld": "dut",
    "sqi": "alb",
    "zho": "chi",
}
"""Codes of ISO 639-2 that QuickTime has by their other names."""


class Soundtrack:
    """Tracks of sound, each as the container can hold it.

    What of them cannot be written is left out and said once: it must not end a run of hours.
    """

    def __init__(
        self,
        target: str,
        container: av.container.OutputContainer,
        sources: Sequence[av.AudioStream],
        *,
        copy: bool,
    ) -> None:
        """Choose what becomes of each track.

        Args:
            target: what errors and warnings call the video.
            container: to write to; its header is not yet written.
            sources: tracks, as `SourceInfo.audio` has them.
            copy: refuse to encode what the container cannot hold.

        Raises:
            OutputError: a track would have to be encoded.
        """
        self._target, self._container, self._sources = target, container, sources
        self._tracks: list[CopiedTrack | EncodedTrack] = []
        self._encoder = ENCODERS.get(container.format.name, "aac")
        if len(sources) > 1 and container.format.name not in SEVERAL:
            self._sources = sources[:1]
            log.warning(
                "%s: %s holds one track of sound; the others are left out (.mkv and .mp4 hold all)",
                target,
                container.format.name,
            )
        self._encoded = [source for source in self._sources if not holds(container, source)]
        self._codecs = [source.codec_context.codec.canonical_name for source in self._sources]
        self._warned = False
        if self._encoded:
            self._say(copy)

    def begin(self, first: Sequence[SoundPacket]) -> None:
        """Add the tracks to the container.

        Args:
            first: packets that are there already.

        Raises:
            FFmpegError: a track cannot be added.
        """
        packets = {sound.track: bytes(sound.packet) for sound in reversed(first)}
        for number, source in enumerate(self._sources):
            track: CopiedTrack | EncodedTrack
            if source in self._encoded:
                track = EncodedTrack(self._container, source, self._encoder)
            else:
                track = CopiedTrack(self._container, source, packets.get(number))
            track.stream.metadata.update(told(source.metadata, self._container.format.name))
            track.stream.disposition = source.disposition
            self._tracks.append(track)

    def write(self, sound: SoundPacket) -> None:
        """Write one packet.

        Raises:
            FFmpegError: the disk is full.
        """
        if sound.track >= len(self._tracks):
            return
        try:
            self._tracks[sound.track].write(sound.packet)
        except (av.error.FFmpegError, ValueError) as error:
            self._tell(error, self._codecs[sound.track])

    def close(self) -> None:
        """Write what is left of the sound.

        Raises:
            FFmpegError: the disk is full.
        """
        for track, codec in zip(self._tracks, self._codecs, strict=True):
            try:
                track.close()
            except (av.error.FFmpegError, ValueError) as error:
                self._tell(error, codec)

    def _say(self, copy: bool) -> None:
        names = (source.codec_context.codec.canonical_name for source in self._encoded)
        codecs = ", ".join(dict.fromkeys(names))
        held = self._container.format.name
        if copy:
            self._container.close()
            advice = "" if held == "matroska" else ", or give the output the extension .mkv"
            raise OutputError(
                f"{self._target}: {held} cannot hold the source's sound ({codecs}) as it is; "
                f"let it be encoded anew (without --copy-sound){advice}"
            )
        name = "Opus" if self._encoder == "libopus" else "AAC"
        log.warning(
            "%s: %s cannot hold the source's sound (%s); it is encoded anew as %s",
            self._target,
            held,
            codecs,
            name,
        )

    def _tell(self, error: Exception, codec: str) -> None:
        """Say once that something is left out, unless it is the disk's fault."""
        if isinstance(error, OSError) and error.errno in _OF_THE_DISK:
            raise error
        if not self._warned:
            log.warning(
                "%s: some of the source's sound (%s) is damaged and left out (%s)",
                self._target,
                codec,
                getattr(error, "strerror", None) or error,
            )
        self._warned = True


def told(metadata: Mapping[str, str], held: str) -> dict[str, str]:
    """What a track says of itself that holds for a copy, too.

    Args:
        metadata: of the track.
        held: FFmpeg's name of the container.
    """
    copied = {key: metadata[key] for key in ("language", "title") if key in metadata}
    if held == "mov" and "language" in copied:
        copied["language"] = _IN_MOV.get(copied["language"], copied["language"])
    return copied
