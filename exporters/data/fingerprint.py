"""Fingerprints of contents: what a cache knows its entries by, rather than by name or number."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def picture_fingerprint(picture: NDArray[np.uint8]) -> str:
    """Of a picture's shape and pixels: equal for exact copies, whatever their file format."""
    return _hexadecimal(repr(picture.shape).encode(), np.ascontiguousarray(picture).tobytes())


def file_fingerprint(path: Path) -> str:
    """Of a file's bytes.

    Raises:
        OSError: it cannot be read.
    """
    return _hexadecimal(path.read_bytes())


def joint_fingerprint(parts: Iterable[object]) -> str:
    """Of several things in this order; they are told apart by their `repr`."""
    return _hexadecimal(*(repr(part).encode() + b"\0" for part in parts))


def _hexadecimal(*contents: bytes) -> str:
    """BLAKE2, 16 bytes."""
    digest = hashlib.blake2b(digest_size=16)
    for content in contents:
        digest.update(content)
    return digest.hexdigest()
