"""Subtitles that go into a written video: as they are, or as the container's own kind of text."""

from fractions import Fraction
from typing import Any, TypeAlias

import av

from fer_video.engine.output.tracks.timed_text import Line, TimedText, parted, plain

_Packet: TypeAlias = "av.Packet[Any]"
_TEXT = ("subrip", "text")
"""Codecs whose packets are nothing but text."""
_TIMED_TEXT = "mov_text"
"""That of mp4."""
_OF_MATROSKA = (
    *("ass", "dvb_subtitle", "dvd_subtitle", "hdmv_pgs_subtitle"),
    *("subrip", "text", "webvtt"),
)
_STYLE = b"""[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, Alignment
Style: Default,Arial,16,&Hffffff,2

[Events]
Format: Start, End, Style, Text
"""
"""How text without a style is shown; FFmpeg's encoder asks for it in this form."""
_MILLISECOND = Fraction(1, 1000)
_UNITS_OF_TIMED = 100_000
"""A second, where no other track has more."""


def holds_subtitles(held: str, codec: str) -> bool:
    """Whether a container can hold subtitles, perhaps as another kind of text.

    Args:
        held: FFmpeg's name of the container.
        codec: canonical name.
    """
    if held == "matroska":
        return codec in _OF_MATROSKA or codec == _TIMED_TEXT
    return held in ("mp4", "mov") and codec in (*_TEXT, _TIMED_TEXT)


class SubtitleTrack:
    """One track of subtitles."""

    def __init__(
        self, container: av.container.OutputContainer, source: av.subtitles.stream.SubtitleStream
    ) -> None:
        """Add the track to a container whose header is not yet written; it holds them."""
        self._container = container
        codec = source.codec_context.codec.canonical_name
        self.named = f"subtitles ({codec})"
        """What errors call them."""
        self._of_text = codec in _TEXT
        self._timed = None if container.format.name == "matroska" else TimedText(self._mux)
        self._to_text = codec == _TIMED_TEXT and self._timed is None
        self.stream = self._added(source)
        self._last: int | None = None

    def write(self, packet: _Packet) -> None:
        """Write one subtitle, or the one before it where this one may end it.

        Raises:
            FFmpegError: it cannot be written.
            ValueError: it comes too late to be written.
        """
        data, (start, lasting) = bytes(packet), _milliseconds(packet)
        if self._timed is not None:
            text, styles = (plain(data), b"") if self._of_text else parted(data)
            if text:
                self._timed.add(Line(start, start + lasting, text, styles))
            return
        start = start if self._last is None else max(start, self._last + 1)
        data = parted(data)[0] if self._to_text else data
        if data:  # else it only ends the one before
            self._last = start
            self._mux(start, lasting, data)

    def until(self, time: Fraction) -> None:
        """Write what was held for what might have come before a moment, in seconds.

        Raises:
            FFmpegError: it cannot be written.
        """
        if self._timed is not None:
            self._timed.until(round(time / _MILLISECOND))

    def close(self, end: Fraction) -> None:
        """Write what is left and lies before a moment, in seconds.

        Raises:
            FFmpegError: it cannot be written.
        """
        if self._timed is not None:
            self._timed.finish(round(end / _MILLISECOND))

    def _mux(self, start: int, lasting: int, data: bytes) -> None:
        written: _Packet = av.Packet(data)
        written.time_base, written.duration = _MILLISECOND, lasting
        written.pts = written.dts = start
        written.is_keyframe, written.stream = True, self.stream
        self._container.mux(written)

    def _added(self, source: av.subtitles.stream.SubtitleStream) -> Any:
        if self._to_text:
            return self._container.add_mux_stream("subrip")
        if self._timed is None:
            return self._container.add_stream_from_template(source)
        stream: Any
        unit = _finest(self._container)
        if self._of_text:
            stream = self._container.add_stream(_TIMED_TEXT)
            stream.codec_context.subtitle_header = _STYLE
            stream.codec_context.time_base = unit
        else:
            stream = self._container.add_stream_from_template(source)
        stream.time_base = unit
        return stream


def _finest(container: av.container.OutputContainer) -> Fraction:
    """Seconds of a unit that no track there is finer than.

    FFmpeg takes other tracks' stamps for those of timed text: where theirs are finer it would end
    lines early, and abort the process at the next.
    """
    films = (film.time_base.denominator for film in container.streams.video if film.time_base)
    sounds = (sound.codec_context.sample_rate for sound in container.streams.audio)
    return Fraction(1, max(_UNITS_OF_TIMED, *films, *sounds))


def _milliseconds(packet: _Packet) -> tuple[int, int]:
    """Start and length."""
    unit = packet.time_base / _MILLISECOND
    return round((packet.pts or 0) * unit), round((packet.duration or 0) * unit)
