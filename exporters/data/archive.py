"""Pictures read out of archives."""

import zipfile
from pathlib import Path

import cv2
import numpy as np

from fer_video.engine.errors import DataError
from fer_video.engine.frames import Plane

MARGIN = 0.25
"""Border around a cut-out face, in its sides: detectors miss faces that fill the picture."""


def read_archive(path: Path, prefix: str, cutouts: int = 0) -> list[Plane]:
    """Decode the pictures of a .zip in the order of their names.

    Args:
        path: of the archive.
        prefix: of the paths inside it.
        cutouts: 0 for all pictures as they are; else so many at random, with a border.

    Returns:
        (H, W) uint8 each.

    Raises:
        DataError: the archive is missing or none, or a file in it is no picture.
    """
    if not zipfile.is_zipfile(path):
        raise DataError(f"{path}: missing, or no .zip; give the right place")
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if _wanted(name, prefix))
        if not cutouts:
            return [decode(archive.read(name), f"{path}: {name}") for name in names]
        chosen = np.random.default_rng(0).choice(len(names), cutouts, replace=False)
        names = [names[index] for index in chosen]
        return [_bordered(decode(archive.read(name), f"{path}: {name}")) for name in names]


def _wanted(name: str, prefix: str) -> bool:
    return name.startswith(prefix) and name.endswith((".jpg", ".png"))


def decode(data: bytes, name: str) -> Plane:
    luma = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    if luma is None:
        raise DataError(
            f"{name}: {len(data)} bytes that are no picture; restore or remove the file"
        )
    return np.asarray(luma, np.uint8)


def _bordered(luma: Plane) -> Plane:
    return np.pad(luma, int(luma.shape[0] * MARGIN), mode="edge")
