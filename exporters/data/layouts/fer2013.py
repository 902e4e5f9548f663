"""The layouts of FER2013: its table of pixels, pictures with its labels, and the votes of FER+."""

from collections.abc import Mapping
from functools import partial
from importlib.resources.abc import Traversable
from itertools import count
from math import isfinite

import numpy as np

from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.exporters.data.archive import inside
from fer_video.exporters.data.datasets import Dataset, Image, Split
from fer_video.exporters.data.labels import usual
from fer_video.exporters.data.layouts.builder import (
    OFFICIAL,
    SPLITS,
    DatasetBuilder,
    entry,
    read_table,
)

_FER2013 = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
_FERPLUS = (
    *("neutral", "happiness", "surprise", "sadness", "anger"),
    *("disgust", "fear", "contempt", "unknown", "no face"),
)
_USAGE: Mapping[str, Split] = dict(
    zip(("Training", "PublicTest", "PrivateTest"), OFFICIAL, strict=True)
)
_TABLES = ("fer2013.csv", "icml_face_data.csv")
"""Names of the table of the challenge, as it is passed on."""
MAJORITY = 5
"""How many of ten votes make a FER+ label."""
ORIGINAL = 3
"""How many votes the label of 2013 counts for in training."""
SUBTLE = ("angry", "disgust")
"""Labels of 2013 whose faces are not trained on where the votes call them neutral: a thousand faces
of restrained anger, from which a network learns that anger with a closed mouth is neutral."""


def read_ferplus(root: Traversable) -> Dataset | None:
    """FER2013{Train,Valid,Test}/label.csv: name, box, ten counts (Barsoum et al., 2016).

    The label is the choice with at least five of the ten votes. Of training images the label of
    2013 counts as `ORIGINAL` further votes, where its table is there: FER+ calls most of its anger
    and disgust something else, and the subtle and the posed ones are among those. Training images
    without a majority stay where more than five votes fall on the five expressions: their votes are
    a target to learn, though not a label to measure by.
    """
    folders = [root / f"FER2013{part}" for part in ("Train", "Valid", "Test")]
    if not all((folder / "label.csv").is_file() for folder in folders):
        return None
    original = _original_labels(root / "fer2013_labels.csv")
    builder = DatasetBuilder()
    for folder, split in zip(folders, OFFICIAL, strict=True):
        add = partial(_add_votes, builder, folder, split, original)
        read_table(folder / "label.csv", add, ("file", "box", *_FERPLUS))
    return builder.build("ferplus")


def _original_labels(table: Traversable) -> dict[str, str]:
    """The label of 2013 of each image; none where there is no table of them."""
    labels: dict[str, str] = {}
    if table.is_file():
        read_table(table, lambda row: labels.update({row["image"]: row["fer2013_label"]}))
    return labels


def _add_votes(
    builder: DatasetBuilder,
    folder: Traversable,
    split: Split,
    original: Mapping[str, str],
    row: dict[str, str],
) -> None:
    image, name = inside(folder, row["file"]), f"{folder.name}/{row['file']}"
    votes = {word: _count(row[word]) for word in _FERPLUS}
    if split == "train":
        votes = _with_original(votes, original.get(name, ""))
    label = max(votes, key=votes.__getitem__)
    if split == "train" and label == "neutral" and original.get(name) in SUBTLE:
        builder.drop(name, label, split, f"neutral by its votes, {original[name]} by 2013's label")
        return
    named = {usual(word): n for word, n in votes.items()}
    if votes[label] < MAJORITY:
        five = {word: n for word, n in named.items() if word in EXPRESSIONS}
        if split != "train" or sum(five.values()) <= MAJORITY:
            builder.drop(name, label, split, "no majority of the votes")
            return
        label = max(five, key=five.__getitem__)
    builder.add(name, image, label, split, votes=named)


def _count(text: str) -> float:
    votes = float(text)
    if not (isfinite(votes) and votes >= 0):
        raise ValueError(f"{text} is no number of votes")
    return votes


def _with_original(votes: dict[str, float], label: str) -> dict[str, float]:
    expression = usual(label)
    counts = expression in EXPRESSIONS
    return {
        word: number + (ORIGINAL if counts and usual(word) == expression else 0)
        for word, number in votes.items()
    }


def read_fer2013(root: Traversable) -> Dataset | None:
    """fer2013.csv: emotion, pixels, Usage (Goodfellow et al., 2013); a PNG table; folders."""
    for name in _TABLES:
        if (root / name).is_file():
            return _read_fer2013_pixels(root / name)
    if (root / "fer2013_labels.csv").is_file():
        return _read_fer2013_table(root)
    return None


def _read_fer2013_pixels(table: Traversable) -> Dataset:
    builder = DatasetBuilder()
    numbers = count(2)

    def add(row: dict[str, str]) -> None:
        image = _face(row["pixels"])
        label, name = entry(_FER2013, row["emotion"]), f"{table.name}:{next(numbers)}"
        builder.add(name, image, label, _split(row["Usage"]))

    read_table(table, add)
    return builder.build("fer2013")


def _face(levels: str) -> Image:
    """(48, 48, 3) uint8 of the gray levels that a row lists.

    Raises:
        ValueError: there are more or fewer, or one is no level.
    """
    pixels = np.array(levels.split(), np.int64)
    if pixels.size != 48 * 48:
        raise ValueError(f"{pixels.size} pixels, expected 48 x 48")
    if pixels.min() < 0 or pixels.max() > 255:
        raise ValueError(f"levels go from {pixels.min()} to {pixels.max()}, expected 0 to 255")
    return np.repeat(pixels.astype(np.uint8).reshape(48, 48, 1), 3, axis=2)


def _split(usage: str) -> Split:
    named = {word.lower(): split for word, split in _USAGE.items()}
    if usage.lower() not in named:
        raise ValueError(f"the Usage {usage} is none of {', '.join(_USAGE)}")
    return named[usage.lower()]


def _read_fer2013_table(root: Traversable) -> Dataset:
    builder = DatasetBuilder()

    def add(row: dict[str, str]) -> None:
        split = SPLITS[row["split"].removeprefix("FER2013").lower()]
        builder.add(row["image"], inside(root, row["image"]), row["fer2013_label"], split)

    read_table(root / "fer2013_labels.csv", add)
    return builder.build("fer2013")
