"""The public layouts of FER2013, FER+, RAF-DB and AffectNet, and plain folders of classes."""

import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path

from fer_video.engine.errors import DataError
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.exporters.data.archive import PICTURES, inside, open_archive
from fer_video.exporters.data.datasets import ANOTHER_KIND, BESIDE, Dataset, Split
from fer_video.exporters.data.labels import usual
from fer_video.exporters.data.layouts.affectnet import read_affectnet
from fer_video.exporters.data.layouts.builder import (
    SPLITS,
    DatasetBuilder,
    entry,
    files_below,
    folders,
    read_table,
)
from fer_video.exporters.data.layouts.fer2013 import read_fer2013, read_ferplus
from fer_video.exporters.data.layouts.indexed import read_indexed
from fer_video.exporters.data.layouts.numbered import read_numbered
from fer_video.exporters.data.layouts.splitting import with_splits

_NAMED = 10
"""How many labels that were not asked for an error names."""

MEASURE = "`fer-video evaluate --model FILE.onnx` measures a network of other labels"
"""What to do with labels of one's own where the five are measured."""
CHOOSE = "say with --labels what to tell apart"
"""What to do with labels of one's own where they can be learnt."""

_OWN = ("folders", "indexed")
"""Layouts of one's own data sets, of which several may lie side by side. Of published ones the
first is meant: RAF-DB's `compound` beside `basic` is laid out alike."""

_RAFDB = ("", "surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral")


def read_dataset(
    path: Path, layout: str, labels: Sequence[str] = (), *, instead: str = MEASURE
) -> Dataset:
    """Read a data set's tables (not its pictures), reduced to the five expressions.

    Every image is in a split; where the data set brings none, `with_splits` tells which.

    Args:
        path: the data set's folder, the folder around it, or a .zip of either.
        layout: one of `LAYOUTS`.
        labels: further expressions whose faces are kept.
        instead: what is told to do where it has faces of other labels alone.

    Raises:
        DataError: there is no such folder, it is not laid out like that or holds several data
            sets, no face in it shows an expression that is kept, or a table names a file outside
            of it.
    """
    found = {place: dataset.showing(labels) for place, dataset in _read(path, layout).items()}
    return _only(found, path, layout, (*EXPRESSIONS, *labels), instead)


def read_labelled(
    path: Path, layout: str, labels: Sequence[str], *, instead: str = CHOOSE
) -> Dataset:
    """Read a data set as `read_dataset` does, reduced to labels of one's own.

    Args:
        path: see `read_dataset`.
        layout: see `read_dataset`.
        labels: all that is told apart, in order.
        instead: see `read_dataset`.

    Raises:
        DataError: see `read_dataset`.
    """
    found = {place: data.showing_only(labels) for place, data in _read(path, layout).items()}
    return _only(found, path, layout, labels, instead)


def _read(path: Path, layout: str) -> dict[str, Dataset]:
    """What may be the data set, in the folder itself, called "", and in those inside it."""
    if layout not in LAYOUTS:
        raise DataError(f"{layout}: no such layout; choose one of {', '.join(LAYOUTS)}")
    own, *inner = roots(path)
    read = {"": LAYOUTS[layout](own)} | {place.name: LAYOUTS[layout](place) for place in inner}
    found = {place: dataset for place, dataset in read.items() if dataset is not None}
    if not found:
        raise DataError(f"{path}: not in the layout {layout}; expected {EXPECTED[layout]}")
    return found


def _only(
    found: Mapping[str, Dataset], path: Path, layout: str, labels: Sequence[str], instead: str
) -> Dataset:
    """The one that has any face, with splits."""
    datasets = list(found.values())
    several = [place for place, dataset in found.items() if dataset.samples]
    if layout in _OWN and len(several) > 1 and several[0]:
        raise DataError(
            f"{path}: {_brief(several)} are a data set each; give each with a --data of its own"
        )
    if several:
        return with_splits(found[several[0]])
    if missing := [name for dataset in datasets for name in dataset.missing()]:
        raise DataError(
            f"{path}: none of the {len(missing)} images is there that it names, {missing[0]} among "
            "them; unpack their archive, or restore them"
        )
    wanted = ", ".join(dict.fromkeys(map(usual, labels)))
    others = max((dataset.others_shown() for dataset in datasets), key=len)
    there = f", but of {_brief(others)}; {instead}" if others else ""
    raise DataError(f"{path}: no image of {wanted} in the layout {layout}{there}")


def _brief(names: Sequence[str]) -> str:
    """The first few of them."""
    return ", ".join(names[:_NAMED]) + f" and {len(names) - _NAMED} more" * (len(names) > _NAMED)


def roots(path: Path) -> tuple[Traversable, ...]:
    """Where a data set may start: in its folder or .zip, or in a folder inside it.

    Raises:
        DataError: there is no such folder or .zip, or a path in the .zip leads outside.
    """
    if not path.exists():
        raise DataError(f"{path}: no such folder or .zip; give the data set's place with --data")
    root: Traversable = path if path.is_dir() else zipfile.Path(open_archive(path))
    return root, *folders(root)


def _read_rafdb(root: Traversable) -> Dataset | None:
    """EmoLabel/list_patition_label.txt and Image/aligned (Li, Deng and Du, 2017)."""
    table = root / "EmoLabel" / "list_patition_label.txt"
    if not table.is_file():
        return None
    builder = DatasetBuilder()

    def add(row: dict[str, str]) -> None:
        name = f"Image/aligned/{row['file'].removesuffix('.jpg')}_aligned.jpg"
        split = SPLITS[row["file"].split("_")[0]]
        builder.add(name, inside(root, name), entry(_RAFDB, row["label"]), split)

    read_table(table, add, ("file", "label"), delimiter=" ")
    return builder.build("rafdb")


def read_folders(root: Traversable, suffixes: tuple[str, ...] = PICTURES) -> Dataset | None:
    """class/* or split/class/*, of files with these suffixes; None where there are none.

    Folders inside a class's belong to it. A folder that is called like a split and holds no folders
    is a class.
    """
    builder = DatasetBuilder()
    parts: list[tuple[Traversable, Split]] = [
        (folder, SPLITS[folder.name.lower()])
        for folder in folders(root)
        if folder.name.lower() in SPLITS and folders(folder)
    ]
    others = [file for place in _beside(root, parts) for file in _left_out(place)]
    for part, split in parts or [(root, "all")]:
        for folder in folders(part):
            place = "/".join([*([part.name] if parts else []), folder.name])
            for path, file in files_below(folder):
                if path.lower().endswith(suffixes):
                    builder.add(f"{place}/{path}", file, folder.name, split)
                else:
                    others.append((f"{place}/{path}", folder.name, split, ANOTHER_KIND))
    if not (builder.samples or builder.dropped):
        return None
    for left_out in others:
        builder.drop(*left_out)
    return builder.build("folders")


def _beside(root: Traversable, parts: Sequence[tuple[Traversable, Split]]) -> list[Traversable]:
    """The folders beside those of splits, where there are any."""
    of_splits = {part.name for part, _ in parts}
    return [folder for folder in folders(root) if parts and folder.name not in of_splits]


def _left_out(folder: Traversable) -> list[tuple[str, str, Split, str]]:
    """Name, label, split and reason of each file in a folder that is of no split."""
    return [(f"{folder.name}/{p}", folder.name, "all", BESIDE) for p, _ in files_below(folder)]


def set_name(path: Path) -> str:
    """What figures and records call the data set in a place, also where that is called `.`."""
    return Path(os.path.abspath(path)).stem  # noqa: PTH100 - resolve() would follow links


LAYOUTS: Mapping[str, Callable[[Traversable], Dataset | None]] = {
    "fer2013": lambda root: read_fer2013(root) or read_folders(root),
    "ferplus": read_ferplus,
    "rafdb": lambda root: _read_rafdb(root) or read_numbered(root, _RAFDB, "rafdb"),
    "affectnet": read_affectnet,
    "indexed": read_indexed,
    "folders": read_folders,
}
"""Readers of the layouts by name; each returns None for a folder that is not laid out like that."""

EXPECTED: Mapping[str, str] = {
    "fer2013": "fer2013.csv, icml_face_data.csv, fer2013_labels.csv, or folders split/class",
    "ferplus": "FER2013Train, FER2013Valid and FER2013Test, each with label.csv",
    "rafdb": "EmoLabel/list_patition_label.txt and Image/aligned, or folders train/1 to test/7",
    "affectnet": "training.csv with Manually_Annotated_Images, or train_set/annotations",
    "indexed": "index.csv with the columns file and label, perhaps person, source and split",
    "folders": "a folder of pictures for each label, perhaps inside train, valid and test",
}
