"""Tables as people have them: saved by spreadsheets, cut off, with blanks, marks and rubbish."""

import csv
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Sequence
from io import StringIO

_BETWEEN = (",", ";", "\t")
"""What stands between the columns: that which the header has most of."""
_RUBBISH = "\0\x1a\ufeff \t\r\n"
"""What some programs and disks leave at the end of a text, and in rows that say nothing."""


class Row(dict[str, str]):
    """The cells of a row by their columns' names, whose case and blanks do not matter."""

    def __missing__(self, name: str) -> str:
        """The cell of a column that is called almost so.

        Raises:
            ValueError: there is no such column, or the row ends before it.
        """
        for column, cell in self.items():
            if column.strip().lower() == name.lower():
                return cell
        found = ", ".join(column[:20] for column in [*self][:9]) or "nothing"
        raise ValueError(f"there is no {name}, only {found}")


class Table(Iterator[Row]):
    """The rows of a text, but for those that are empty; cells without the blanks around them."""

    def __init__(self, data: bytes, columns: Sequence[str] | None, delimiter: str) -> None:
        """Read the header.

        Args:
            data: of the file: UTF-8, or UTF-16 with its mark.
            columns: their names, where the first row does not give them; where one of its cells is
                the first of these names, it does.
            delimiter: between two values; where the first row is a header, it tells another.

        Raises:
            ValueError: it is no text.
        """
        lines = list(StringIO(_text(data).rstrip(_RUBBISH), newline=None))
        if delimiter == " ":
            lines = [f"{' '.join(line.split())}\n" for line in lines]
        elif lines and (columns is None or _names(lines[0], columns[0])):
            columns = None
            delimiter = max(_BETWEEN, key=lines[0].count)
        self._rows = csv.DictReader(iter(lines), columns, delimiter=delimiter)
        self._complete = columns is not None
        """Whether each row has to have as many cells as there are columns."""

    @property
    def line_num(self) -> int:
        """Number of the line that was read last, from 1."""
        return self._rows.line_num

    def __next__(self) -> Row:
        """The next row that says something.

        Raises:
            ValueError: it has more or fewer cells than it must.
        """
        for cells in self._rows:
            said = "".join(text for text in cells.values() if isinstance(text, str))
            if said.strip(_RUBBISH):
                return self._checked(cells)
        raise StopIteration

    def _checked(self, cells: dict[str, str]) -> Row:
        if self._complete and (None in cells or None in cells.values()):
            raise ValueError(f"{len(self._rows.fieldnames or ())} values are expected")
        named = {name: text for name, text in cells.items() if isinstance(text, str)}
        return Row({name: text.strip() for name, text in named.items()})


def _names(line: str, column: str) -> bool:
    """Whether a row has that for a cell, whatever its case: then it is a header."""
    cells = re.split("|".join(_BETWEEN), line)
    return column.lower() in (cell.strip(_RUBBISH + '"').lower() for cell in cells)


def _text(data: bytes) -> str:
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return data.decode("utf-16")
    return data.removeprefix(BOM_UTF8).decode()
