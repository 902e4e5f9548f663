"""What the readers of all layouts share: how files are found, tables read and samples collected."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import SupportsInt

import numpy as np

from fer_video.engine.errors import DataError
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.engine.faces.face import Box
from fer_video.exporters.data.archive import PICTURES, hidden, read_bytes
from fer_video.exporters.data.datasets import ABSENT, OTHER, Dataset, Dropped, Image, Sample, Split
from fer_video.exporters.data.labels import usual
from fer_video.exporters.data.layouts.table import Table

SPLITS: Mapping[str, Split] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation"), "valid"),
    **dict.fromkeys(("test", "testing"), "test"),
}
OFFICIAL: tuple[Split, ...] = ("train", "valid", "test")


@dataclass(slots=True)
class DatasetBuilder:
    """Collects the samples of one data set, and a record of what was left out and why."""

    samples: list[Sample] = field(default_factory=list)
    """What can be used so far."""
    dropped: list[Dropped] = field(default_factory=list)
    """What was left out so far, and why."""

    def add(
        self,
        name: str,
        image: Traversable | Image,
        label: str,
        split: Split,
        *,
        votes: Mapping[str, float] | None = None,
        box: Box | None = None,
        person: str = "",
        compound: str = "",
    ) -> None:
        """Keep an image of one of the five expressions that is there; others are put aside."""
        sample = Sample(name, image, usual(label), split, votes, box, person, compound)
        if sample.label not in EXPRESSIONS:
            self.dropped.append(Dropped(name, label, split, OTHER, sample))
        elif isinstance(image, np.ndarray) or image.is_file():
            self.samples.append(sample)
        else:
            self.drop(name, label, split, ABSENT)

    def drop(self, name: str, label: str, split: Split, reason: str) -> None:
        self.dropped.append(Dropped(name, label, split, reason))

    def build(self, name: str) -> Dataset:
        return Dataset(name, tuple(self.samples), tuple(self.dropped))


def folders(folder: Traversable) -> list[Traversable]:
    """Those inside it, but for hidden ones, by name."""
    return [entry for entry in _entries(folder) if entry.is_dir()]


def files(folder: Traversable, suffixes: tuple[str, ...] = PICTURES) -> list[Traversable]:
    """Those in it with one of these suffixes, but for hidden ones, by name."""
    return [entry for entry in _entries(folder) if entry.name.lower().endswith(suffixes)]


def files_below(folder: Traversable) -> Iterator[tuple[str, Traversable]]:
    """All files in it and in the folders inside it, but for hidden ones, by their paths in it.

    Links to folders are not followed: they may lead in a circle.
    """
    for item in _entries(folder):
        if not item.is_dir():
            yield item.name, item
        elif not (isinstance(item, Path) and item.is_symlink()):
            yield from ((f"{item.name}/{name}", file) for name, file in files_below(item))


def _entries(folder: Traversable) -> list[Traversable]:
    own = (entry for entry in folder.iterdir() if not hidden(entry.name))
    return sorted(own, key=lambda entry: entry.name)


def read_table(
    table: Traversable,
    add: Callable[[dict[str, str]], None],
    columns: Sequence[str] | None = None,
    delimiter: str = ",",
) -> None:
    """Read a table of values row by row.

    Args:
        table: a text file, see `Table`.
        add: called with each row, by the columns' names.
        columns: their names, where the table has no header, see `Table`.
        delimiter: between two values, unless a header shows another.

    Raises:
        DataError: naming the table and the row that is not as its layout has it.
    """
    data = read_bytes(table, str(table))
    with explained(table):
        rows = Table(data, columns, delimiter)
    for row in iter(lambda: _next(table, rows), None):
        with explained(table, rows):
            add(row)


def _next(table: Traversable, rows: Table) -> dict[str, str] | None:
    with explained(table, rows):
        return next(rows, None)


@contextmanager
def explained(file: Traversable, rows: Table | None = None) -> Iterator[None]:
    """Say in one line what is wrong with a file that is not as its layout has it.

    Raises:
        DataError: it begins with the file's name, and the line of the table.
    """
    try:
        yield
    except UnicodeDecodeError as error:
        raise DataError(f"{file}: is no text in UTF-8 ({error}); save it as CSV UTF-8") from error
    except (ValueError, LookupError, TypeError, ArithmeticError, EOFError, csv.Error) as error:
        where = str(file) if rows is None else f"{file}:{rows.line_num}"
        reason = repr(error) if isinstance(error, LookupError) else str(error)
        raise DataError(
            f"{where}: {reason}; it is not as its layout has it: restore the file, or take out "
            "what is wrong"
        ) from error


def entry(words: Sequence[str], number: SupportsInt | str) -> str:
    """The word for a label's number.

    Raises:
        ValueError: there is none of that number.
    """
    index = int(number)
    if not 0 <= index < len(words):
        raise ValueError(f"there is no label {index}")
    return words[index]
