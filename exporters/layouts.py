"""The public layouts of FER2013, FER+, RAF-DB and AffectNet, and plain folders of classes."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np

from fer_video.engine.errors import DataError
from fer_video.engine.expressions import EXPRESSIONS, Expression
from fer_video.engine.faces import Box
from fer_video.exporters.datasets import ABSENT, Dataset, Dropped, Image, Sample, Split

PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
SPLITS: Mapping[str, Split] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation"), "valid"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_ALIASES: Mapping[str, Expression] = {
    **dict.fromkeys(("angry", "anger"), Expression.ANGRY),
    **dict.fromkeys(("disgust", "disgusted"), Expression.DISGUST),
    **dict.fromkeys(("happy", "happiness"), Expression.HAPPY),
    **dict.fromkeys(("neutral", "neutrality"), Expression.NEUTRAL),
    **dict.fromkeys(("surprise", "surprised"), Expression.SURPRISE),
}
_FER2013 = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
_FERPLUS = (
    *("neutral", "happiness", "surprise", "sadness", "anger"),
    *("disgust", "fear", "contempt", "unknown", "no face"),
)
_RAFDB = ("", "surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral")
_AFFECTNET = (
    *("neutral", "happy", "sad", "surprise", "fear", "disgust", "anger"),
    *("contempt", "none", "uncertain", "no face"),
)
_OFFICIAL: tuple[Split, ...] = ("train", "valid", "test")
_AFFECTNET_PARTS: Mapping[str, Split] = {
    **dict.fromkeys(("training.csv", "train_set"), "train"),
    **dict.fromkeys(("validation.csv", "val_set"), "test"),
}
_USAGE: Mapping[str, Split] = dict(
    zip(("Training", "PublicTest", "PrivateTest"), _OFFICIAL, strict=True)
)
MAJORITY = 5
"""Votes of ten that make a FER+ label."""
ORIGINAL = 3
"""Votes that the label of 2013 counts for in training."""


@dataclass(slots=True)
class _Shelf:
    """Collects what a reader finds."""

    samples: list[Sample] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)

    def add(
        self,
        name: str,
        image: Traversable | Image,
        label: str,
        split: Split,
        *,
        votes: tuple[float, ...] | None = None,
        box: Box | None = None,
    ) -> None:
        """Keep an image of one of the five expressions that is there."""
        expression = _ALIASES.get(label.lower())
        if expression is None:
            self.drop(name, label, split, "another expression")
        elif isinstance(image, np.ndarray) or image.is_file():
            self.samples.append(Sample(name, image, expression, split, votes, box))
        else:
            self.drop(name, label, split, ABSENT)

    def drop(self, name: str, label: str, split: Split, reason: str) -> None:
        self.dropped.append(Dropped(name, label, split, reason))

    def dataset(self, name: str, where: Path) -> Dataset:
        if not self.samples:
            raise DataError(f"{where}: no image of {', '.join(EXPRESSIONS)} in the layout {name}")
        return Dataset(name, tuple(self.samples), tuple(self.dropped))


def read_dataset(path: Path, layout: str) -> Dataset:
    """Read a data set's tables (not its pictures), reduced to the five expressions.

    Args:
        path: the data set's folder, the folder around it, or a .zip of either.
        layout: one of `LAYOUTS`.

    Raises:
        DataError: there is no such folder, or it is not laid out like that.
    """
    if layout not in LAYOUTS:
        raise DataError(f"{layout}: no such layout; choose one of {', '.join(LAYOUTS)}")
    for folder in roots(path):
        dataset = LAYOUTS[layout](folder, path)
        if dataset is not None:
            return dataset
    raise DataError(f"{path}: not in the layout {layout}; expected {EXPECTED[layout]}")


def roots(path: Path) -> tuple[Traversable, ...]:
    """Where a data set may start: in its folder or .zip, or in a folder inside it.

    Raises:
        DataError: there is no such folder or .zip.
    """
    if not path.exists():
        raise DataError(f"{path}: no such folder or .zip; give the data set's place with --data")
    root: Traversable = path if path.is_dir() else _open_zip(path)
    return root, *_folders(root)


def _open_zip(path: Path) -> Traversable:
    try:
        return zipfile.Path(zipfile.ZipFile(path))
    except (OSError, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: neither a folder nor a readable .zip ({error})") from error


def _folders(folder: Traversable) -> list[Traversable]:
    return sorted((f for f in folder.iterdir() if f.is_dir()), key=lambda f: f.name)


def _files(folder: Traversable, suffixes: tuple[str, ...] = PICTURES) -> list[Traversable]:
    files = (f for f in folder.iterdir() if f.name.lower().endswith(suffixes))
    return sorted(files, key=lambda f: f.name)


def _rows(table: Traversable) -> Iterator[dict[str, str]]:
    return csv.DictReader(io.StringIO(table.read_text(encoding="utf-8")))


def _read_ferplus(root: Traversable, where: Path) -> Dataset | None:
    """FER2013{Train,Valid,Test}/label.csv: name, box, ten counts (Barsoum et al., 2016).

    The label is the choice with at least five of the ten votes. Training images without such a
    majority stay where more than five votes fall on the five expressions: their votes are a target
    to learn, though not a label to measure by. Of training images the label of 2013 counts as
    `ORIGINAL` further votes, where its table is there: FER+ calls most of its anger and disgust
    something else, and the subtle and the posed ones are among those.
    """
    folders = [root / f"FER2013{part}" for part in ("Train", "Valid", "Test")]
    if not all((folder / "label.csv").is_file() for folder in folders):
        return None
    table = root / "fer2013_labels.csv"
    original = {r["image"]: r["fer2013_label"] for r in _rows(table)} if table.is_file() else {}
    shelf = _Shelf()
    for folder, split in zip(folders, _OFFICIAL, strict=True):
        for file, _, *counts in csv.reader(io.StringIO((folder / "label.csv").read_text())):
            name = f"{folder.name}/{file}"
            votes = dict(zip(_FERPLUS, map(float, counts), strict=True))
            if split == "train":
                votes = _with_original(votes, original.get(name, ""))
            _add_votes(shelf, name, folder / file, votes, split)
    return shelf.dataset("ferplus", where)


def _with_original(votes: dict[str, float], label: str) -> dict[str, float]:
    expression = _ALIASES.get(label)
    return {
        word: count + (ORIGINAL if expression and _ALIASES.get(word) == expression else 0)
        for word, count in votes.items()
    }


def _add_votes(
    shelf: _Shelf, name: str, image: Traversable, votes: dict[str, float], split: Split
) -> None:
    label = max(votes, key=votes.__getitem__)
    five = {e: votes[word] for word, e in _ALIASES.items() if word in votes}
    shares = tuple(five[e] for e in EXPRESSIONS)
    if votes[label] < MAJORITY:
        if split != "train" or sum(shares) <= MAJORITY:
            shelf.drop(name, label, split, "no majority of the votes")
            return
        label = str(max(five, key=five.__getitem__))
    shelf.add(name, image, label, split, votes=shares)


def _read_fer2013(root: Traversable, where: Path) -> Dataset | None:
    """fer2013.csv: emotion, pixels, Usage (Goodfellow et al., 2013); a PNG table; folders."""
    if (root / "fer2013.csv").is_file():
        return _read_fer2013_pixels(root / "fer2013.csv", where)
    if (root / "fer2013_labels.csv").is_file():
        return _read_fer2013_table(root, where)
    return read_folders(root, where)


def _read_fer2013_pixels(table: Traversable, where: Path) -> Dataset:
    shelf = _Shelf()
    for number, row in enumerate(_rows(table), start=2):
        name = f"{table.name}:{number}"
        pixels = np.array(row["pixels"].split(), np.uint8)
        if pixels.size != 48 * 48:
            raise DataError(f"{name}: {pixels.size} pixels, expected 48 x 48; the table is damaged")
        image = np.repeat(pixels.reshape(48, 48, 1), 3, axis=2)
        split = _USAGE[row["Usage"]]
        shelf.add(name, image, _FER2013[int(row["emotion"])], split)
    return shelf.dataset("fer2013", where)


def _read_fer2013_table(root: Traversable, where: Path) -> Dataset:
    shelf = _Shelf()
    for row in _rows(root / "fer2013_labels.csv"):
        split = SPLITS[row["split"].removeprefix("FER2013").lower()]
        image = root.joinpath(*row["image"].split("/"))
        shelf.add(row["image"], image, row["fer2013_label"], split)
    return shelf.dataset("fer2013", where)


def _read_rafdb(root: Traversable, where: Path) -> Dataset | None:
    """EmoLabel/list_patition_label.txt and Image/aligned (Li, Deng and Du, 2017)."""
    table = root / "EmoLabel" / "list_patition_label.txt"
    if not table.is_file():
        return None
    shelf = _Shelf()
    for line in table.read_text().splitlines():
        file, number = line.split()
        name = f"Image/aligned/{file.removesuffix('.jpg')}_aligned.jpg"
        split = SPLITS[file.split("_")[0]]
        image = root.joinpath(*name.split("/"))
        shelf.add(name, image, _RAFDB[int(number)], split)
    return shelf.dataset("rafdb", where)


def _read_affectnet(root: Traversable, where: Path) -> Dataset | None:
    """The manual lists, or the release of images/ and annotations/ (Mollahosseini et al., 2017).

    AffectNet publishes no test images; its validation part is the test split everywhere.
    """
    shelf = _Shelf()
    for name, split in _AFFECTNET_PARTS.items():
        if name.endswith(".csv") and (root / name).is_file():
            _add_affectnet_list(shelf, root, root / name, split)
        elif (root / name / "annotations").is_dir():
            _add_affectnet_release(shelf, root / name, split)
    found = shelf.samples or shelf.dropped
    return shelf.dataset("affectnet", where) if found else None


def _add_affectnet_list(shelf: _Shelf, root: Traversable, table: Traversable, split: Split) -> None:
    images = root / "Manually_Annotated_Images"
    for row in _rows(table):
        name = row["subDirectory_filePath"]
        box = Box(*(float(row[f"face_{side}"]) for side in ("x", "y", "width", "height")))
        image = images.joinpath(*name.split("/"))
        shelf.add(name, image, _AFFECTNET[int(row["expression"])], split, box=box)


def _add_affectnet_release(shelf: _Shelf, part: Traversable, split: Split) -> None:
    for image in _files(part / "images"):
        name = f"{part.name}/images/{image.name}"
        stem = image.name.rpartition(".")[0]
        annotation = part / "annotations" / f"{stem}_exp.npy"
        if annotation.is_file():
            label = _AFFECTNET[int(np.load(io.BytesIO(annotation.read_bytes())))]
            shelf.add(name, image, label, split)
        else:
            shelf.drop(f"{part.name}/annotations/{stem}_exp.npy", "unknown", split, ABSENT)


def read_folders(
    root: Traversable, where: Path, suffixes: tuple[str, ...] = PICTURES
) -> Dataset | None:
    """class/* or split/class/*, of files with these suffixes; None where there are none."""
    shelf = _Shelf()
    parts: list[tuple[Traversable, Split]] = [
        (folder, SPLITS[folder.name.lower()])
        for folder in _folders(root)
        if folder.name.lower() in SPLITS
    ]
    for part, split in parts or [(root, "all")]:
        for folder in _folders(part):
            for image in _files(folder, suffixes):
                name = "/".join([*([part.name] if parts else []), folder.name, image.name])
                shelf.add(name, image, folder.name, split)
    return shelf.dataset("folders", where) if shelf.samples else None


LAYOUTS: Mapping[str, Callable[[Traversable, Path], Dataset | None]] = {
    "fer2013": _read_fer2013,
    "ferplus": _read_ferplus,
    "rafdb": _read_rafdb,
    "affectnet": _read_affectnet,
    "folders": read_folders,
}
"""Each reads a root folder, or returns None where it does not look like that layout."""

EXPECTED: Mapping[str, str] = {
    "fer2013": "fer2013.csv, fer2013_labels.csv, or folders split/class",
    "ferplus": "FER2013Train, FER2013Valid and FER2013Test, each with label.csv",
    "rafdb": "EmoLabel/list_patition_label.txt and Image/aligned",
    "affectnet": "training.csv with Manually_Annotated_Images, or train_set/annotations",
    "folders": f"folders {', '.join(EXPRESSIONS)}, perhaps inside train and test",
}
