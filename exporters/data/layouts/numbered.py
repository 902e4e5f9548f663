"""Folders of classes that are called by their numbers: RAF-DB as it is passed on, train/1 to 7."""

from collections.abc import Sequence
from importlib.resources.abc import Traversable

from fer_video.exporters.data.datasets import Dataset
from fer_video.exporters.data.layouts.builder import (
    SPLITS,
    DatasetBuilder,
    entry,
    explained,
    files,
    folders,
)


def read_numbered(root: Traversable, words: Sequence[str], name: str) -> Dataset | None:
    """split/number/*; None where there is none.

    Args:
        root: where the data set starts.
        words: of the labels, by their numbers.
        name: of the data set.

    Raises:
        DataError: a number has no word.
    """
    builder = DatasetBuilder()
    for part in folders(root):
        split = SPLITS.get(part.name.lower())
        if split is None:
            continue
        for folder in folders(part):
            if folder.name.isdecimal():
                with explained(folder):
                    word = entry(words, folder.name)
                for image in files(folder):
                    builder.add(f"{part.name}/{folder.name}/{image.name}", image, word, split)
    return builder.build(name) if builder.samples or builder.dropped else None
