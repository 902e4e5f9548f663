"""Subtitles that go into a written video: as they are, or as the container's own kind of text."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, TypeAlias

import av

_Packet: TypeAlias = "av.Packet[Any]"
_TEXT = ("subrip", "text")
"""Codecs whose packets are nothing but text."""
_TIMED_TEXT = "mov_text"
"""That of mp4: text behind its length in two bytes (3GPP TS 26.245)."""
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
        self._to_timed = codec in _TEXT and container.format.name != "matroska"
        self._to_text = codec == _TIMED_TEXT and container.format.name == "matroska"
        self.stream = self._added(source)
        self._last: int | None = None

    def write(self, packet: _Packet) -> None:
        """Write one subtitle.

        Raises:
            FFmpegError: it cannot be written.
        """
        for text in self._converted(bytes(packet)):
            ticks = round((packet.pts or 0) * packet.time_base / _MILLISECOND)
            written: _Packet = av.Packet(text)
            written.time_base = _MILLISECOND
            ticks = ticks if self._last is None else max(ticks, self._last + 1)
            written.pts = written.dts = self._last = ticks
            written.duration = round((packet.duration or 0) * packet.time_base / _MILLISECOND)
            written.is_keyframe, written.stream = True, self.stream
            self._container.mux(written)

    def close(self) -> None:
        """Nothing is left to be written."""

    def _added(self, source: av.subtitles.stream.SubtitleStream) -> Any:
        if self._to_text:
            return self._container.add_mux_stream("subrip")
        if not self._to_timed:
            return self._container.add_stream_from_template(source)
        stream: Any = self._container.add_stream(_TIMED_TEXT)
        stream.codec_context.subtitle_header = _STYLE
        stream.codec_context.time_base = _MILLISECOND
        return stream

    def _converted(self, data: bytes) -> Iterator[bytes]:
        """What is written of a packet's bytes; nothing of one that only ends the one before."""
        if self._to_timed:
            yield len(data).to_bytes(2, "big") + data
        elif not self._to_text:
            yield data
        elif text := data[2 : 2 + int.from_bytes(data[:2], "big")]:
            yield text
