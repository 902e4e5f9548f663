"""Timed text of mp4 (3GPP TS 26.245): lines, of which each ends before the next begins."""

import re
from collections.abc import Callable
from math import inf
from typing import NamedTuple

_MARKS = re.compile(rb"</?(?:b|i|u|s|font)\b[^>]*>|\{\\[^}]*\}", re.IGNORECASE)
"""What SubRip says of how a line is shown, `<i>` and `{\\an8}`, which would be read as text."""
_LONGEST = 2**16 - 1
"""Bytes of text that two bytes can tell the length of."""
_PATIENCE = 8000
"""Milliseconds that a line may be later than pictures and sound; FFmpeg waits for ten seconds."""
_AFTERWARDS = 1000
"""Milliseconds for which a line is held behind its end, since one that touches it may come."""

_SILENCE = 600_000
"""Milliseconds without a line after which an empty one is written: FFmpeg aborts the process where
two are farther apart than 31 bits can count, at a million a second 36 minutes."""


class Line(NamedTuple):
    """What is to be read for a while."""

    start: int
    """Milliseconds."""
    end: int
    """Milliseconds."""
    text: bytes
    """In UTF-8, without marks."""
    styles: bytes = b""
    """What timed text says behind its text of how it is shown."""


def plain(text: bytes) -> bytes:
    """The text of SubRip without its marks."""
    return _MARKS.sub(b"", text)


def parted(timed: bytes) -> tuple[bytes, bytes]:
    """Text and styles of a packet of timed text; no text where it only ends the one before."""
    end = 2 + int.from_bytes(timed[:2], "big")
    return timed[2:end], timed[end:]


def joined(text: bytes, styles: bytes = b"") -> bytes:
    """A packet of timed text; a text that is too long for it is cut."""
    if len(text) > _LONGEST:
        text = text[:_LONGEST].decode(errors="ignore").encode()
    return len(text).to_bytes(2, "big") + text + styles


class TimedText:
    """Holds each line until its end is known.

    FFmpeg's writer of mp4 aborts the process, or moves lines by seconds, where they overlap or come
    later than it waits for them.
    """

    def __init__(self, write: Callable[[int, int, bytes], None]) -> None:
        """Expect lines in the order of their starts.

        Args:
            write: takes start and length in milliseconds, and a packet.
        """
        self._write = write
        self._held: Line | None = None
        self._free = 0
        """Millisecond from which on a line may be written."""
        self._ended = 0
        """Millisecond of the last end that was written."""

    def add(self, line: Line) -> None:
        """Let a line end the one before; two of one moment become one.

        Raises:
            FFmpegError: the one before cannot be written.
            ValueError: it comes too late to be written.
        """
        start, held = max(line.start, self._free), self._held
        if start > max(line.end, line.start):
            raise ValueError("a line that comes behind later pictures")
        if held is not None and start <= held.start + 1:
            text = held.text + b"\n" + line.text
            self._held = held._replace(text=text, end=max(held.end, line.end))
            return
        self.finish(start - 1)
        self._held = line._replace(start=start, end=max(line.end, start + 1))

    def until(self, now: int) -> None:
        """Write the line that is held if it ended some time before a moment, in milliseconds, and
        of a long one what was before it.

        Raises:
            FFmpegError: it cannot be written.
        """
        held = self._held
        if held is not None and now > min(held.end + _AFTERWARDS, held.start + _PATIENCE):
            self.finish(now - 1)
            self._held = held._replace(start=now) if held.end > now else None
        self._free = max(self._free, now - _PATIENCE)
        if self._free - self._ended > _SILENCE and (held is None or held.start > self._free):
            self._end(self._free)

    def finish(self, latest: float = inf) -> None:
        """Write the line that is held, if it begins before a moment, in milliseconds, as one that
        ends by then.

        Raises:
            FFmpegError: it cannot be written.
        """
        held, self._held = self._held, None
        if held is not None and held.start < latest:
            end = int(min(held.end, latest))
            self._write(held.start, end - held.start, joined(held.text, held.styles))
            self._end(end)  # FFmpeg ends only some of them

    def _end(self, time: int) -> None:
        self._ended, self._free = time, time + 1
        self._write(time, 0, joined(b""))
