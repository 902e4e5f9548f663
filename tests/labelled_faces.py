"""Pictures, folders of classes and bad archives that the offline side's tests are made from."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_video.engine.faces.expressions import EXPRESSIONS


def picture(seed: int, side: int = 48) -> NDArray[np.uint8]:
    """(side, side, 3) uint8, RGB: noise that no other seed gives."""
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)


def save(path: Path, seed: int, side: int = 48) -> Path:
    """Write `picture(seed)`, folders included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), picture(seed, side)[..., ::-1])
    return path


def save_classes(folder: Path, per_class: int, labels: Sequence[str] = EXPRESSIONS) -> Path:
    """folder/<label>/<n>.png, all different."""
    for number, label in enumerate(labels):
        for i in range(per_class):
            save(folder / label / f"{i}.png", seed=100 * number + i)
    return folder


def pack(folder: Path, target: Path) -> Path:
    """A .zip of all files in a folder, stored as they are."""
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.rglob("*.*")):
            archive.write(path, path.relative_to(folder))
    return target


def damage(archive: Path, member: str) -> None:
    """Change a byte in the middle of a member's content."""
    with zipfile.ZipFile(archive) as file:
        info = file.getinfo(member)
    data = bytearray(archive.read_bytes())
    data[info.header_offset + 30 + len(member) + info.compress_size // 2] ^= 0xFF
    archive.write_bytes(data)


def encrypt(archive: Path, member: str) -> None:
    """Say of a member that it can be read with a password alone."""
    data, name = bytearray(archive.read_bytes()), member.encode()
    for magic, flags, names in ((b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)):
        start = data.index(magic)
        while data[start + names : start + names + len(name)] != name:
            start = data.index(magic, start + 1)
        data[start + flags] |= 1
    archive.write_bytes(data)
