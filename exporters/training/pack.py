"""Prepared faces in one file: read, rid of duplicates and split once, then trained on anywhere."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_video.engine.errors import DataError
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.engine.faces.face import Landmarks
from fer_video.exporters.augment.augmentation import FaceImage
from fer_video.exporters.augment.faces import Faces
from fer_video.exporters.augment.warping import painted_background
from fer_video.exporters.data.archive import decode_picture
from fer_video.exporters.data.arrays import read_arrays
from fer_video.exporters.data.atomic import replacing
from fer_video.exporters.data.datasets import Image
from fer_video.exporters.training.record import labels_in

_FORMAT = 1


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """Faces to train and to validate on, of several data sets."""

    train: tuple[Faces, ...]
    """Faces to learn from, an entry a data set; faces without a label have targets of NaN."""
    valid: tuple[Faces, ...]
    """Faces to choose the best epoch and to calibrate by."""
    record: Mapping[str, Any]
    """What `run.json` says of the data."""
    labels: tuple[str, ...] = EXPRESSIONS
    """What the faces are told apart by, in order."""


def save_pack(
    path: Path,
    train: Sequence[Faces],
    valid: Sequence[Faces],
    record: Mapping[str, Any],
    quality: int,
    labels: Sequence[str] = EXPRESSIONS,
) -> None:
    """Write faces.

    Args:
        path: an .npz file.
        train: see `Pack`.
        valid: see `Pack`.
        record: see `Pack`.
        quality: of WebP, 1..100; above 100 nothing is lost.
        labels: see `Pack`.

    Raises:
        DataError: two training sets have one name, by which a teacher's opinions are found again.
    """
    names = {"train": [faces.name for faces in train], "valid": [faces.name for faces in valid]}
    if twice := [name for name in names["train"] if names["train"].count(name) > 1]:
        raise DataError(f"{twice[0]}: two sets of faces have this name; rename one")
    arrays: dict[str, NDArray[Any]] = {}
    for split, parts in (("train", train), ("valid", valid)):
        for number, faces in enumerate(parts):
            of_part = _arrays(faces, quality)
            arrays |= {f"{split}/{number}/{name}": array for name, array in of_part.items()}
    header = {"format": _FORMAT, "names": names, "record": record, "quality": quality}
    header |= {"labels": list(labels)}
    with replacing(path) as partial, partial.open("wb") as file:
        np.savez(file, header=np.array(json.dumps(header)), **arrays)  # type: ignore[arg-type]


def _arrays(faces: Faces, quality: int) -> dict[str, NDArray[Any]]:
    files = [_encoded(face.image, quality) for face in faces.images]
    nowhere = np.full((5, 2), np.nan, np.float32)
    points = [nowhere if f.landmarks is None else f.landmarks for f in faces.images]
    return {
        "bytes": np.concatenate([np.empty(0, np.uint8), *files]),
        "ends": np.cumsum([len(file) for file in files], dtype=np.int64),
        "landmarks": np.array(points, np.float32).reshape(-1, 5, 2),
        "names": np.array([face.name for face in faces.images], str),
        "targets": faces.targets,
        "labels": faces.labels,
    }


def _encoded(image: Image, quality: int) -> NDArray[np.uint8]:
    """A picture of three equal planes is written with one."""
    gray = (image[..., 0] == image[..., 1]).all() and (image[..., 1] == image[..., 2]).all()
    plain = image[..., 0] if gray else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".webp", plain, [cv2.IMWRITE_WEBP_QUALITY, quality])
    return np.asarray(data, np.uint8)


def load_pack(path: Path) -> Pack:
    """Read what `fer-video prepare` wrote.

    Raises:
        DataError: there is no such file, or it is damaged or another one.
    """
    try:
        stored = read_arrays(path)
        header = json.loads(str(stored["header"]))
        if header["format"] != _FORMAT:
            raise ValueError(f"format {header['format']}, not {_FORMAT}")
        train, valid = (
            tuple(
                _faces(path, name, {k: stored[f"{split}/{n}/{k}"] for k in _NAMES})
                for n, name in enumerate(header["names"][split])
            )
            for split in ("train", "valid")
        )
    except (ValueError, TypeError, LookupError) as error:
        raise DataError(
            f"{path}: no readable file of prepared faces ({error}); write one with "
            "`fer-video prepare`"
        ) from error
    return Pack(train, valid, header["record"], labels_in(header))


_NAMES = ("bytes", "ends", "landmarks", "names", "targets", "labels")


def _faces(path: Path, name: str, arrays: Mapping[str, NDArray[Any]]) -> Faces:
    files = np.split(arrays["bytes"], arrays["ends"][:-1])

    def read(file: NDArray[np.uint8], points: Landmarks, face: str) -> FaceImage:
        image = decode_picture(file.tobytes(), f"{path}: {name}", cv2.IMREAD_COLOR_RGB)
        landmarks = None if np.isnan(points).any() else points
        return FaceImage(image, landmarks, painted_background(image), str(face))

    with ThreadPoolExecutor() as pool:
        images = tuple(pool.map(read, files, arrays["landmarks"], arrays["names"]))
    return Faces(name, images, arrays["targets"], arrays["labels"])


def labelled(faces: Faces) -> NDArray[np.bool_]:
    """(n,) bool: which faces have a target."""
    return np.asarray(~np.isnan(faces.targets[:, 0]))
