"""Reads what a person corrected: BORIS's aggregated events, or ELAN's tab-delimited export."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fer_video.engine.errors import DataError

_NOBODY = "No focal subject"
_NEEDED = ("Subject", "Behavior", "Start (s)", "Stop (s)")
_CLOCK = re.compile(r"(\d+):(\d+):(\d+(?:\.\d+)?)")
_SECONDS = re.compile(r"\d+\.\d+")


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
        DataError: it cannot be read or is neither, or a line has no times; with its number.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise DataError(f"{path}: cannot be read ({said})") from error
    lines = text.splitlines()
    if lines and all(name in lines[0] for name in _NEEDED):
        return list(_of_boris(path, lines))
    coded = list(_of_elan(path, lines))
    if not coded:
        raise DataError(
            f"{path}: holds nothing coded; give BORIS's aggregated events or ELAN's tab-delimited "
            "export"
        )
    return coded


def _of_boris(path: Path, lines: Sequence[str]) -> Iterator[Coded]:
    rows = csv.DictReader(lines, delimiter="\t" if "\t" in lines[0] else ",")
    for row in rows:
        if row.get("Behavior type", "STATE").strip().upper().startswith("POINT"):
            continue
        try:
            start, end = float(row["Start (s)"]), float(row["Stop (s)"])
        except (TypeError, ValueError) as error:
            raise DataError(
                f"{path}, line {rows.line_num}: has no start and stop in seconds; export "
                "aggregated events, with times in seconds"
            ) from error
        person = row["Subject"].strip()
        name = "" if person == _NOBODY else person
        video = (row.get("Observation id") or "").strip()
        yield Coded(rows.line_num, name, row["Behavior"].strip(), start, end, video)


def _of_elan(path: Path, lines: Sequence[str]) -> Iterator[Coded]:
    for number, line in enumerate(lines, 1):
        cells = [cell.strip() for cell in line.split("\t")]
        clocks = [_seconds(*found.groups()) for found in map(_CLOCK.fullmatch, cells) if found]
        times = clocks or [float(cell) for cell in cells[1:-1] if _SECONDS.fullmatch(cell)]
        if len(times) >= 2:
            yield Coded(number, cells[0], cells[-1], times[0], times[1])
        elif number > 1 and line.strip():  # the first may be a header
            raise DataError(
                f"{path}, line {number}: has no begin and end time as hh:mm:ss.ms or ss.msec; "
                "export with both, or give BORIS's aggregated events"
            )


def _seconds(hours: str, minutes: str, seconds: str) -> float:
    return 3600 * int(hours) + 60 * int(minutes) + float(seconds)
