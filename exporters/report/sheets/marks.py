"""Marks in time that a person sets: what to leave out, what happened, which condition it was."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

from fer_video.exporters.report.recorded.recording import Recording
from fer_video.exporters.report.sheets.sheets import SheetRow, read_sheet

Kind = Literal["exclude", "event", "condition"]
MARK_COLUMNS = ("file", "start", "end", "kind", "label")


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of a video, or a moment of it."""

    video: str
    """Name of the video."""
    start: float
    """Seconds at which it begins."""
    end: float
    """Seconds at which it ends; of a moment, those at which it begins."""
    kind: Kind
    """`exclude`: what is read in it does not count. `event`: something happened. `condition`: a
    part of the video that is summed up by itself, with all others of its label."""
    label: str
    """Name of the event or condition; may be empty for what is left out."""


def read_marks(path: Path, videos: Sequence[Recording], *, of_more: bool = False) -> list[Mark]:
    """Read `file,start,end,kind,label`; times in seconds or h:mm:ss.s.

    Args:
        path: the table.
        videos: that are marked.
        of_more: whether the table may name other videos, too, whose rows are passed over.

    Raises:
        DataError: it cannot be read, a mark is none, or two marks of one kind overlap; events may,
            if they are called differently.
    """
    rows = read_sheet(path, MARK_COLUMNS, videos if of_more else None)
    marks = [_mark(row, videos) for row in rows]
    for place, (row, mark) in enumerate(zip(rows, marks, strict=True)):
        for earlier, other in zip(rows[:place], marks[:place], strict=True):
            if _clash(mark, other):
                raise row.refused(
                    f"{mark.kind} {mark.label} from {mark.start} to {mark.end} s overlaps "
                    f"{other.kind} {other.label} of line {earlier.line}; give each its own time"
                )
    return marks


def _mark(row: SheetRow, videos: Sequence[Recording]) -> Mark:
    video, kind, start, end = (
        row.video(videos),
        row.needed("kind").lower(),
        row.time("start"),
        row.time("end"),
    )
    if kind not in get_args(Kind):
        raise row.refused(f"kind {kind}: choose of {', '.join(get_args(Kind))}")
    if start is None:
        raise row.refused("has no start; give seconds")
    if kind != "exclude":
        row.needed("label")
    if kind != "event" and end is None:
        raise row.refused("has no end; give seconds")
    end = start if end is None else end
    if end < start or (end == start and kind != "event"):
        raise row.refused(f"ends at {end} s, which is not after its start at {start} s")
    first = float(video.times[0])
    if start >= video.end or end < first or (end == first and kind != "event"):
        raise row.refused(
            f"is from {start} to {end} s, but the records of {video.name} are of {first:.3f} to "
            f"{video.end:.3f} s of the film"
        )
    return Mark(video.name, start, end, cast("Kind", kind), row.cells["label"])


def _clash(one: Mark, other: Mark) -> bool:
    alike = (one.video, one.kind) == (other.video, other.kind)
    if not alike or (one.kind == "event" and one.label != other.label):
        return False
    if one.start == other.start:
        return True
    return one.start < other.end and other.start < one.end


def frames_in(recording: Recording, marks: Sequence[Mark]) -> NDArray[np.bool_]:
    """Whether each frame begins within one of the marks: (F,)."""
    within = np.zeros(len(recording.times), bool)
    for mark in marks:
        within |= (recording.times >= mark.start) & (recording.times < mark.end)
    return within
