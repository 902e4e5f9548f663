"""Gathers the columns of one video line by line, and says at the end how long each frame lasts."""

from array import array
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from sys import intern
from typing import Any

import numpy as np

from fer_video.engine.errors import DataError
from fer_video.engine.faces.evidence import PARTS
from fer_video.engine.faces.expressions import UNCERTAIN
from fer_video.exporters.report.recorded.recording import STATUSES, UNREAD, Floats, Ints, Recording

_LONGEST_S = 1.0
_LONGEST_FRAMES = 10
"""A frame that lasts longer than both is not believed to its end: a stream was away."""


@dataclass(eq=False)
class Gathered:
    """Columns of one video while its lines are read."""

    path: Path
    source: str
    labels: tuple[str, ...] = ()
    labelled_at: int = 0
    """Line of the first face."""
    frames: "array[int]" = field(default_factory=lambda: array("q"))
    sizes: "array[int]" = field(default_factory=lambda: array("q"))
    damaged: "array[int]" = field(default_factory=lambda: array("b"))
    times: "array[float]" = field(default_factory=lambda: array("d"))
    dropped: "array[int]" = field(default_factory=lambda: array("q"))
    rows: "array[int]" = field(default_factory=lambda: array("q"))
    ids: "array[int]" = field(default_factory=lambda: array("q"))
    boxes: "array[float]" = field(default_factory=lambda: array("d"))
    detection: "array[float]" = field(default_factory=lambda: array("d"))
    scores: "array[float]" = field(default_factory=lambda: array("d"))
    raw: "array[float]" = field(default_factory=lambda: array("d"))
    expressions: "array[int]" = field(default_factory=lambda: array("q"))
    statuses: "array[int]" = field(default_factory=lambda: array("q"))
    calibrated: "array[int]" = field(default_factory=lambda: array("b"))
    parts: "array[int]" = field(default_factory=lambda: array("b"))
    quality: "array[float]" = field(default_factory=lambda: array("d"))
    reasons: list[str] = field(default_factory=list)

    def add(self, record: dict[str, Any], line: int) -> None:
        """Take a frame with its faces.

        Args:
            record: one line of the file.
            line: its number, from 1.

        Raises:
            DataError: it is a photograph, comes before a frame that is there, or is of another
                network.
            KeyError, ValueError, TypeError: it is no record.
        """
        if "file" in record:
            raise DataError(
                f"{self.path}, line {line}: is a photograph, which has no time; a report is made "
                "of records of video"
            )
        frame, time = record["frame"], record["time"]
        if self.frames and (frame <= self.frames[-1] or time < self.times[-1]):
            raise DataError(
                f"{self.path}, line {line}: frame {frame} at {time} s comes after frame "
                f"{self.frames[-1]} at {self.times[-1]} s; records of two runs are mixed: split "
                "the file here, and give both"
            )
        width, height = record.get("size", (0, 0))
        self.sizes.extend((width, height))
        self.frames.append(frame)
        self.damaged.append(bool(record.get("damaged", False)))
        self.times.append(time)
        self.dropped.append(record.get("dropped_before", 0))
        for face in record["faces"]:
            self._add_face(face, line)

    def _add_face(self, face: dict[str, Any], line: int) -> None:
        scores = face["scores"]
        if tuple(scores) != self.labels:
            self._meet(tuple(scores), line)
        label = face["expression"]
        unread = label == UNCERTAIN and label not in self.labels
        status = face.get("status", "ok").replace(" ", "_")
        self.rows.append(len(self.frames) - 1)
        self.ids.append(face["id"])
        left, top, width, height = face["box"]
        self.boxes.extend((left, top, width, height))
        self.detection.append(face["score"])
        self.scores.extend(scores.values())
        self.raw.extend(itemgetter(*self.labels)(face["raw_scores"]))
        self.expressions.append(UNREAD if unread else self.labels.index(label))
        self.statuses.append(STATUSES.index("uncertain" if unread and status == "ok" else status))
        self.calibrated.append(bool(face.get("calibrated", False)))
        parts = face.get("parts", _NONE)
        self.parts.extend(self._index(parts[name]) if name in parts else UNREAD for name in PARTS)
        self._add_quality(face.get("quality"))

    def _add_quality(self, quality: dict[str, Any] | None) -> None:
        reasons = [] if quality is None else quality["reasons"]
        self.quality.append(np.nan if quality is None else not reasons)
        self.reasons.append(intern(" ".join(reasons)))

    def _index(self, part: dict[str, Any]) -> int:
        return self.labels.index(part["expression"])

    def _meet(self, labels: tuple[str, ...], line: int) -> None:
        if self.labels or len(labels) < 2:
            raise DataError(
                f"{self.path}, line {line}: has the labels {', '.join(labels) or 'of none'}, but "
                f"line {self.labelled_at} has {', '.join(self.labels) or 'none'}; records of two "
                "networks are mixed: give each a file of its own"
            )
        self.labels, self.labelled_at = labels, line

    def finished(self, name: str, longest_frame: float | None) -> Recording:
        """The columns, with how long each frame lasts."""
        times = np.array(self.times)
        durations, lost = _durations(times, np.array(self.dropped), longest_frame)
        shape = (len(self.rows), len(self.labels))
        return Recording(
            name,
            self.source,
            self.path,
            self.labels,
            np.array(self.frames, np.int64),
            np.array(self.damaged, bool),
            times,
            durations,
            lost,
            np.array(self.rows, np.int64),
            np.array(self.ids, np.int64),
            np.array(self.boxes).reshape(-1, 4),
            np.array(self.detection),
            np.array(self.scores).reshape(shape),
            np.array(self.raw).reshape(shape),
            np.array(self.expressions, np.int64),
            np.array(self.statuses, np.int64),
            np.array(self.calibrated, bool),
            np.array(self.sizes, np.int64).reshape(-1, 2) if all(self.sizes) else None,
            _unless_all(np.array(self.parts, np.int64).reshape(-1, len(PARTS)), UNREAD),
            _unless_all(np.array(self.quality), np.nan),
            tuple(self.reasons),
        )


_NONE: dict[str, Any] = {}


def _unless_all(values: Any, nothing: float) -> Any:
    """The values, or None where there is nothing in any of them."""
    return None if np.array_equal(values, np.full_like(values, nothing), equal_nan=True) else values


def _durations(times: Floats, dropped: Ints, longest: float | None) -> tuple[Floats, Floats]:
    """Seconds that each frame lasts, and those lost before the next.

    A frame lasts until the next; where frames were dropped in between, they have lasted as long.
    The last lasts as long as the median of all.
    """
    intervals = np.diff(times)
    believed = intervals / (dropped[1:] + 1)
    usual = float(np.median(believed)) if len(believed) else 0.0
    if longest is None:
        longest = max(_LONGEST_S, _LONGEST_FRAMES * usual)
    believed = np.minimum(believed, longest)
    durations = np.append(believed, min(usual, longest))
    return durations, np.append(intervals - believed, 0.0)
