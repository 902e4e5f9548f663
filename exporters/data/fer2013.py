"""The layouts of FER2013: its table of pixels, pictures with its labels, and the votes of FER+."""

import csv
import io
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np

from fer_video.engine.errors import DataError
from fer_video.engine.expressions import EXPRESSIONS
from fer_video.exporters.data.builder import ALIASES, OFFICIAL, SPLITS, DatasetBuilder, rows
from fer_video.exporters.data.datasets import Dataset, Split

_FER2013 = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
_FERPLUS = (
    *("neutral", "happiness", "surprise", "sadness", "anger"),
    *("disgust", "fear", "contempt", "unknown", "no face"),
)
_USAGE: Mapping[str, Split] = dict(
    zip(("Training", "PublicTest", "PrivateTest"), OFFICIAL, strict=True)
)
MAJORITY = 5
"""How many of ten votes make a FER+ label."""
ORIGINAL = 3
"""How many votes the label of 2013 counts for in training."""


def read_ferplus(root: Traversable, where: Path) -> Dataset | None:
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
    table = root / "fer2013_labels.csv"
    original = {r["image"]: r["fer2013_label"] for r in rows(table)} if table.is_file() else {}
    builder = DatasetBuilder()
    for folder, split in zip(folders, OFFICIAL, strict=True):
        for file, _, *counts in csv.reader(io.StringIO((folder / "label.csv").read_text())):
            name = f"{folder.name}/{file}"
            votes = dict(zip(_FERPLUS, map(float, counts), strict=True))
            if split == "train":
                votes = _with_original(votes, original.get(name, ""))
            _add_votes(builder, name, folder / file, votes, split)
    return builder.build("ferplus", where)


def _with_original(votes: dict[str, float], label: str) -> dict[str, float]:
    expression = ALIASES.get(label)
    return {
        word: count + (ORIGINAL if expression and ALIASES.get(word) == expression else 0)
        for word, count in votes.items()
    }


def _add_votes(
    builder: DatasetBuilder, name: str, image: Traversable, votes: dict[str, float], split: Split
) -> None:
    label = max(votes, key=votes.__getitem__)
    five = {e: votes[word] for word, e in ALIASES.items() if word in votes}
    shares = tuple(five[e] for e in EXPRESSIONS)
    if votes[label] < MAJORITY:
        if split != "train" or sum(shares) <= MAJORITY:
            builder.drop(name, label, split, "no majority of the votes")
            return
        label = str(max(five, key=five.__getitem__))
    builder.add(name, image, label, split, votes=shares)


def read_fer2013(root: Traversable, where: Path) -> Dataset | None:
    """fer2013.csv: emotion, pixels, Usage (Goodfellow et al., 2013); a PNG table; folders."""
    if (root / "fer2013.csv").is_file():
        return _read_fer2013_pixels(root / "fer2013.csv", where)
    if (root / "fer2013_labels.csv").is_file():
        return _read_fer2013_table(root, where)
    return None


def _read_fer2013_pixels(table: Traversable, where: Path) -> Dataset:
    builder = DatasetBuilder()
    for number, row in enumerate(rows(table), start=2):
        name = f"{table.name}:{number}"
        pixels = np.array(row["pixels"].split(), np.uint8)
        if pixels.size != 48 * 48:
            raise DataError(f"{name}: {pixels.size} pixels, expected 48 x 48; the table is damaged")
        image = np.repeat(pixels.reshape(48, 48, 1), 3, axis=2)
        split = _USAGE[row["Usage"]]
        builder.add(name, image, _FER2013[int(row["emotion"])], split)
    return builder.build("fer2013", where)


def _read_fer2013_table(root: Traversable, where: Path) -> Dataset:
    builder = DatasetBuilder()
    for row in rows(root / "fer2013_labels.csv"):
        split = SPLITS[row["split"].removeprefix("FER2013").lower()]
        image = root.joinpath(*row["image"].split("/"))
        builder.add(row["image"], image, row["fer2013_label"], split)
    return builder.build("fer2013", where)
