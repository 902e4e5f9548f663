"""Tables for people: columns that say what they are and in which unit, written as CSV."""

import csv
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from fer_video.exporters.data.atomic import replacing

Values = Sequence[Any] | NDArray[Any]
FILE = "Name of the video"
PERSON = "Name of the person, or the number of the identity"
VALENCE = "Happy minus the strongest negative expression"
_DECIMALS = 6
"""As many as the records' times have."""
_CHUNK = 20_000
"""Rows that are turned into text at a time, so that a long table takes no memory of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column of a table."""

    name: str
    """Its name, snake_case, with the unit where it has one."""
    values: Values
    """One a row; None or NaN where there is nothing."""
    told: str
    """What it holds, a noun phrase."""
    unit: str = ""
    """What it is counted in; empty for names, counts and truths."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Columns of one length under a name."""

    name: str
    """Name of its file, without the extension."""
    columns: tuple[Column, ...]
    """In order."""

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return len(self.columns[0].values)


def write_csv(table: Table, path: Path) -> None:
    """Write a table as CSV with a header (UTF-8, commas, a point in numbers, empty for nothing).

    Raises:
        OutputError: it cannot be written.
    """
    with replacing(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(column.name for column in table.columns)
        for start in range(0, table.rows, _CHUNK):
            cells = (_cells(column.values[start : start + _CHUNK]) for column in table.columns)
            rows.writerows(zip(*cells, strict=True))


def _cells(values: Values) -> list[Any]:
    """Values as `csv` writes them, what is no number as nothing, and truths as R and pandas read
    them."""
    if isinstance(values, np.ndarray):
        return _cells_of_array(values)
    return [_cell(value) for value in values]


def _cells_of_array(values: NDArray[Any]) -> list[Any]:
    """As `_cells`, fast where there are no holes."""
    if values.dtype.kind != "f":
        return cast("list[Any]", values.tolist())
    cells: list[Any] = np.round(values, _DECIMALS).tolist()
    for hole in np.flatnonzero(~np.isfinite(values)).tolist():
        cells[hole] = ""
    return cells


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DECIMALS) if math.isfinite(value) else ""
    return value


def described(tables: Sequence[Table]) -> dict[str, Mapping[str, Mapping[str, str]]]:
    """What columns.json says: of each column of each table its meaning and its unit."""
    return {table.name: dict(_described(table)) for table in tables}


def _described(table: Table) -> Iterator[tuple[str, dict[str, str]]]:
    for column in table.columns:
        yield column.name, {"description": column.told, "unit": column.unit}


def slugs(labels: Sequence[str]) -> list[str]:
    """Labels as parts of columns' names: snake_case, or as they are where two would be alike."""
    made = [re.sub(r"\W+", "_", label.strip().lower()).strip("_") for label in labels]
    return made if len(set(made)) == len(made) and all(made) else list(labels)
