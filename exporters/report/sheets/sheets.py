"""Reads the small tables that people fill in by hand, and says in which line something is wrong."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

from fer_video.engine.errors import DataError
from fer_video.exporters.report.recorded.recording import Recording

_TIME = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:[.,]\d+)?)")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of a table."""

    path: Path
    """The file."""
    line: int
    """Number of its line, from 1."""
    cells: dict[str, str]
    """What stands in each column, without the blanks around it; empty where nothing does."""

    def refused(self, why: str) -> DataError:
        """The error to raise: file, line and cause."""
        return DataError(f"{self.path}, line {self.line}: {why}")

    def needed(self, name: str) -> str:
        """What stands in a column.

        Raises:
            DataError: nothing does.
        """
        if not self.cells[name]:
            raise self.refused(f"has no {name}; give one")
        return self.cells[name]

    def time(self, name: str) -> float | None:
        """Seconds, of 12.5 or of 0:00:12.5; None where nothing stands in the column.

        Raises:
            DataError: it is no time.
        """
        if not self.cells.get(name):
            return None
        found = _TIME.fullmatch(self.cells[name])
        if found is None:
            raise self.refused(f"{name} {self.cells[name]} is no time; give seconds or h:mm:ss.s")
        hours, minutes, seconds = (
            float((part or "0").replace(",", ".")) for part in found.groups()
        )
        return 3600 * hours + 60 * minutes + seconds

    def video(self, videos: Sequence[Recording]) -> Recording:
        """The video that the column `file` names, see `Recording.called`.

        Raises:
            DataError: there is none of that name, or several are.
        """
        file = self.needed("file")
        meant = [video for video in videos if self.is_of(video)]
        if len(meant) == 1:
            return meant[0]
        names = ", ".join(video.name for video in meant or videos)
        if meant:
            raise self.refused(f"{file} is several videos; name one of {names}")
        raise self.refused(f"no records are of {file}; they are of {names}")

    def is_of(self, video: Recording) -> bool:
        """Whether the column `file` names a video."""
        return self.cells["file"] in video.called


def read_sheet(
    path: Path, needed: Sequence[str], only: Sequence[Recording] | None = None
) -> list[SheetRow]:
    """Rows of a CSV with a header, separated by commas, or by semicolons as some offices write it.

    Args:
        path: the file; other columns than those needed may be in it.
        needed: columns that have to be there.
        only: videos to which the column `file` narrows the rows; None for all rows.

    Raises:
        DataError: it cannot be read, a column is missing, or a row has more cells than there are.
    """
    try:
        text = normalize("NFC", path.read_text(encoding="utf-8-sig"))  # macOS decomposes letters
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "it is no UTF-8 text; save it as CSV UTF-8"
        raise DataError(f"{path}: cannot be read ({said})") from error
    header = text.partition("\n")[0]
    rows = csv.reader(text.splitlines(), delimiter=";" if ";" in header else ",")
    names = [name.strip().lower() for name in next(rows, [])]
    for name in needed:
        if name not in names:
            raise DataError(f"{path}, line 1: has no column {name}; give {','.join(needed)}")
    found = _rows(path, names, ((rows.line_num, row) for row in rows))
    return [row for row in found if only is None or any(map(row.is_of, only))]


def _rows(
    path: Path, names: Sequence[str], rows: Iterator[tuple[int, list[str]]]
) -> Iterator[SheetRow]:
    for line, row in rows:
        cells = [cell.strip() for cell in row]
        if any(cells):
            padded = [*cells, *[""] * (len(names) - len(cells))]
            made = SheetRow(path, line, dict(zip(names, padded, strict=False)))
            if any(cells[len(names) :]):
                raise made.refused(
                    "has more cells than the header; put text with a comma in quotes, such as "
                    '"Smith, Ann"'
                )
            yield made
