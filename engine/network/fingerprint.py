"""Fingerprint: the SHA-256 of a file (FIPS 180-4), counted a piece at a time beside other work."""

from hashlib import sha256
from pathlib import Path

_PIECE = 2**18
"""Bytes that are in memory at once, and least that are counted: less than a millisecond's work."""


class Fingerprint:
    """Counts the SHA-256 of a file; it holds the file open only while it reads a piece."""

    def __init__(self, file: Path, frames: int | None = None) -> None:
        """Count nothing yet.

        Args:
            file: that is read from its beginning, even while it grows.
            frames: number of calls of `advance` that will come, where that is known; so many are
                enough for all of the file.
        """
        self._file, self._hash, self._at = file, sha256(), 0
        self._over = self._failed = False
        size = self._size()
        self._piece = max(_PIECE, -(-size // frames)) if frames else _PIECE

    @property
    def left(self) -> int:
        """Number of bytes that are not counted yet."""
        return 0 if self._over else max(self._size() - self._at, 0)

    def advance(self) -> None:
        """Count the next piece; nothing happens behind the last."""
        if self._over:
            return
        try:
            with self._file.open("rb", buffering=0) as file:
                file.seek(self._at)
                left = self._piece
                while left and (piece := file.read(min(left, _PIECE))):
                    self._hash.update(piece)
                    self._at, left = self._at + len(piece), left - len(piece)
        except OSError:  # it is gone, or may not be read: then it has no fingerprint
            self._over = self._failed = True
            return
        self._over = left > 0

    def finished(self, most: int | None = None) -> str | None:
        """The SHA-256 in hexadecimal digits; None of a file that cannot be read.

        Args:
            most: bytes that may be left to count at most, else the answer is None; None for all.
        """
        if most is not None and self.left > most:
            return None
        while not self._over:
            self.advance()
        return None if self._failed else self._hash.hexdigest()

    def _size(self) -> int:
        try:
            return self._file.stat().st_size
        except OSError:
            return 0
