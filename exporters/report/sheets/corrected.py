"""Reads what a person corrected: BORIS's aggregated events, or ELAN's tab-delimited export."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

from fer_video.engine.errors import DataError

_NOBODY = "No focal subject"
_NEEDED = ("Subject", "Behavior", "Start (s)", "Stop (s)")
_CLOCK = re.compile(r"(\d+):(\d+):(\d+(?:[.,]\d+)?)")
_SECONDS = re.compile(r"\d+[.,]\d+")


@dataclass(frozen=True, slots=True)
class Coded:
    """A stretch that a person coded."""

    line: int
    """Line of the file, from 1."""
    person: str
    """Name of the subject or tier; empty where nobody was named."""
    label: str
    """What the person coded."""
    start: float
    """Seconds at which it begins."""
    end: float
    """Seconds at which it ends."""
    video: str = ""
    """What BORIS calls the observation; empty where nothing is told of it."""


def read_corrected(path: Path) -> list[Coded]:
    """Read an export, whichever it is.

    Args:
        path: BORIS: Observations, Export events, Aggregated events, as CSV or TSV. ELAN: File,
            Export as, Tab-delimited text, with tier names, begin and end time, and the annotations.

    Raises:
        DataError: it cannot be read or is neither, or a line has no times, or an end before its
            start; with its number.
    """
    try:
        text = normalize("NFC", path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise DataError(f"{path}: cannot be read ({said})") from error
    lines = text.splitlines()
    if lines and all(name in lines[0] for name in _NEEDED):
        return _checked(path, _of_boris(path, lines))
    coded = _checked(path, _of_elan(path, lines))
    if not coded:
        raise DataError(
            f"{path}: holds nothing coded; give BORIS's aggregated events or ELAN's tab-delimited "
            "export"
        )
    return coded


def _checked(path: Path, coded: Iterable[Coded]) -> list[Coded]:
    """All of it, of which each has to end behind its start: the second time may be a duration."""
    checked = []
    for one in coded:
        if one.end < one.start:
            raise DataError(
                f"{path}, line {one.line}: {one.label} ends at {one.end} s, before it starts at "
                f"{one.start} s; export begin and end time"
            )
        checked.append(one)
    return checked


def _of_boris(path: Path, lines: Sequence[str]) -> Iterator[Coded]:
    """The stretches of a table, which an office may have saved again with semicolons and commas."""
    between = next((one for one in "\t;" if one in lines[0]), ",")
    rows = csv.DictReader(lines, delimiter=between, restval="")
    for row in rows:
        point = row.get("Behavior type", "").strip().upper().startswith("POINT")
        if point or not any(row[name].strip() for name in _NEEDED):
            continue
        try:
            start, end = (float(row[name].replace(",", ".")) for name in _NEEDED[2:])
        except ValueError as error:
            raise DataError(
                f"{path}, line {rows.line_num}: has no start and stop in seconds; export "
                "aggregated events, with times in seconds"
            ) from error
        person = row["Subject"].strip()
        name = "" if person == _NOBODY else person
        video = row.get("Observation id", "").strip()
        yield Coded(rows.line_num, name, row["Behavior"].strip(), start, end, video)


def _of_elan(path: Path, lines: Sequence[str]) -> Iterator[Coded]:
    for number, line in enumerate(lines, 1):
        cells = [cell.strip() for cell in line.split("\t")]
        clocks = [_seconds(*found.groups()) for found in map(_CLOCK.fullmatch, cells) if found]
        plain = (cell.replace(",", ".") for cell in cells[1:-1] if _SECONDS.fullmatch(cell))
        times = clocks or [*map(float, plain)]
        if len(times) >= 2:
            yield Coded(number, cells[0], cells[-1], times[0], times[1])
        elif number > 1 and line.strip():  # the first may be a header
            raise DataError(
                f"{path}, line {number}: has no begin and end time as hh:mm:ss.ms or ss.msec; "
                "export with both, or give BORIS's aggregated events"
            )


def _seconds(hours: str, minutes: str, seconds: str) -> float:
    return 3600 * int(hours) + 60 * int(minutes) + float(seconds.replace(",", "."))
