"""The layouts of AffectNet (Mollahosseini et al., 2017): lists of boxes, or arrays of labels."""

import io
from collections.abc import Mapping
from functools import partial
from importlib.resources.abc import Traversable
from math import isfinite

import numpy as np

from fer_video.engine.faces.face import Box
from fer_video.exporters.data.archive import inside, read_bytes
from fer_video.exporters.data.datasets import ABSENT, Dataset, Split
from fer_video.exporters.data.layouts.builder import (
    DatasetBuilder,
    entry,
    explained,
    files,
    read_table,
)

_LABELS = (
    *("neutral", "happy", "sad", "surprise", "fear", "disgust", "anger"),
    *("contempt", "none", "uncertain", "no face"),
)
_LISTS: Mapping[str, Split] = {"training.csv": "train", "validation.csv": "test"}
_PARTS: Mapping[str, Split] = {"train_set": "train", "val_set": "test"}
_SIDES = ("face_x", "face_y", "face_width", "face_height")
_COLUMNS = (
    *("subDirectory_filePath", *_SIDES, "facial_landmarks"),
    *("expression", "valence", "arousal"),
)
"""Columns of a list without a header, as validation.csv is published."""
_FOLDER_OF_LISTS = "Manually_Annotated_file_lists"
_FOLDERS_OF_IMAGES = ("Manually_Annotated_Images", "Manually_Annotated/Manually_Annotated_Images")
_UNBOXED = "no box of its face"


def read_affectnet(root: Traversable) -> Dataset | None:
    """The manual lists with their images, or the release of images/ and annotations/.

    The lists lie beside the images or in the folder in which they are published. AffectNet
    publishes no test images; its validation part is the test split everywhere.
    """
    builder = DatasetBuilder()
    for name, split in _LISTS.items():
        for table in (root / name, root / _FOLDER_OF_LISTS / name):
            if table.is_file():
                read_table(table, partial(_add_row, builder, _images(root), split), _COLUMNS)
                break
    for name, split in _PARTS.items():
        if (root / name / "annotations").is_dir():
            _add_release(builder, root / name, split)
    found = builder.samples or builder.dropped
    return builder.build("affectnet") if found else None


def _images(root: Traversable) -> Traversable:
    """Where the paths of the lists begin."""
    folders = [root.joinpath(*name.split("/")) for name in _FOLDERS_OF_IMAGES]
    return next((folder for folder in folders if folder.is_dir()), folders[0])


def _add_row(
    builder: DatasetBuilder, images: Traversable, split: Split, row: dict[str, str]
) -> None:
    """A face; one of the published rows has no box but NULL, and some have a negative size."""
    name, label = row["subDirectory_filePath"], entry(_LABELS, row["expression"])
    image, box = inside(images, name), _box([row[side] for side in _SIDES])
    if box is None:
        builder.drop(name, label, split, _UNBOXED)
    else:
        builder.add(name, image, label, split, box=box)


def _box(words: list[str]) -> Box | None:
    if "NULL" in words:
        return None
    sides = [float(word) for word in words]
    if not all(map(isfinite, sides)):
        raise ValueError(f"{sides} is no box of a face")
    box = Box(*sides)
    return box if min(box.width, box.height) > 0 else None


def _add_release(builder: DatasetBuilder, part: Traversable, split: Split) -> None:
    for image in files(part / "images"):
        name = f"{part.name}/images/{image.name}"
        stem = image.name.rpartition(".")[0]
        annotation = part / "annotations" / f"{stem}_exp.npy"
        if annotation.is_file():
            data = read_bytes(annotation, str(annotation))
            with explained(annotation):
                label = entry(_LABELS, np.load(io.BytesIO(data)))
            builder.add(name, image, label, split)
        else:
            builder.drop(f"{part.name}/annotations/{stem}_exp.npy", "unknown", split, ABSENT)
