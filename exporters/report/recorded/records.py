"""Reads records of video, JSON Lines, into columns, and says how long each frame lasts."""

import json
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from sys import intern
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.errors import DataError, OptionsError
from fer_video.engine.expressions import UNCERTAIN
from fer_video.engine.parts.evidence import PARTS

STATUSES = ("ok", "low_quality", "uncertain", "excluded", "no_face", "dropped")
"""What a stretch of a person's time may be; all but the first are missing."""
REASONS = ("no_face", "low_quality", "uncertain", "dropped", "excluded")
"""Why time is missing, in the order of the tables' columns."""
UNREAD = -1
"""In place of a label's index: no label was given."""
_LONGEST_S = 1.0
_LONGEST_FRAMES = 10
"""A frame that lasts longer than both is not believed to its end: a stream was away."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """The records of one video in columns: F frames, and N faces found in them."""

    name: str
    """What tables call the video: the name of its file, or its whole path where two share one."""
    source: str
    """The video as the run named it: a path, a camera or an address."""
    origin: Path
    """File of the records."""
    labels: tuple[str, ...]
    """Labels of the network, in the order of the scores; none where no face was found."""
    frames: Ints
    """Numbers of the frames, increasing: (F,)."""
    damaged: Flags
    """Whether the decoder made up a part of the frame: (F,)."""
    times: Floats
    """Seconds at which the frames begin, increasing: (F,)."""
    durations: Floats
    """Seconds that the frames last: (F,)."""
    lost: Floats
    """Seconds between a frame's end and the next frame, whose pictures nobody has: (F,)."""
    rows: Ints
    """Place of each face's frame among the frames, never decreasing: (N,)."""
    ids: Ints
    """Identities of the faces: (N,)."""
    boxes: Floats
    """Left, top, width and height in pixels of the upright picture: (N, 4)."""
    detection: Floats
    """Confidence of the detector, 0..1: (N,)."""
    scores: Floats
    """Smoothed scores: (N, labels)."""
    raw: Floats
    """Scores of the frame alone: (N, labels)."""
    expressions: Ints
    """Index of the recorded label, or `UNREAD`: (N,)."""
    statuses: Ints
    """Index into `STATUSES`: (N,)."""
    calibrated: bool = False
    """Whether the scores of any face are counted from its resting face."""
    size: tuple[int, int] | None = None
    """Width and height of the upright picture at the beginning, in whose pixels the boxes are;
    None where the records do not tell."""
    parts: Ints | None = None
    """Index of the label that each of `PARTS` speaks for, or `UNREAD`: (N, parts); None where no
    part of any face was read."""
    quality: Floats | None = None
    """Whether each face is well to be seen, 1, or hard, 0; NaN where that was not measured: (N,).
    None where it was of no face."""
    reasons: tuple[str, ...] = ()
    """Why each face is hard to see: words with blanks between."""

    @property
    def end(self) -> float:
        """Seconds at which the last frame ends."""
        return float(self.times[-1] + self.durations[-1])


def read_records(paths: Sequence[Path], longest_frame: float | None = None) -> list[Recording]:
    """Read what runs wrote with `--json`, video by video.

    Args:
        paths: files of JSON Lines; one may hold several sources, as a run of several writes them.
        longest_frame: seconds of a frame that are believed; what is left until the next frame is
            lost. None for a second, or ten usual frames where those last longer.

    Raises:
        DataError: a file cannot be read, a line is no record of video, or two networks or two
            runs are mixed; with the file's name and the number of the line.
        OptionsError: the longest frame is of no time.
    """
    if longest_frame is not None and not longest_frame > 0:
        raise OptionsError(f"longest frame {longest_frame}: give seconds above 0")
    gathered = [video for path in paths for video in _read(path)]
    _check_labels(gathered)
    names = _names(gathered)
    return [
        video.finished(name, longest_frame) for video, name in zip(gathered, names, strict=True)
    ]


@dataclass(eq=False)
class _Gathered:
    """Columns of one video while its lines are read."""

    path: Path
    source: str
    labels: tuple[str, ...] = ()
    labelled_at: int = 0
    """Line of the first face."""
    calibrated: bool = False
    size: tuple[int, int] | None = None
    frames: "array[int]" = field(default_factory=lambda: array("q"))
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
    parts: "array[int]" = field(default_factory=lambda: array("b"))
    quality: "array[float]" = field(default_factory=lambda: array("d"))
    reasons: list[str] = field(default_factory=list)

    def add(self, record: dict[str, Any], line: int) -> None:
        """Take a frame with its faces."""
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
        if self.size is None and "size" in record:
            width, height = record["size"]
            self.size = (int(width), int(height))
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
        self.calibrated = self.calibrated or "calibrated" in face
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
            self.calibrated,
            self.size,
            _unless_all(np.array(self.parts, np.int64).reshape(-1, len(PARTS)), UNREAD),
            _unless_all(np.array(self.quality), np.nan),
            tuple(self.reasons),
        )


_NONE: dict[str, Any] = {}


def _unless_all(values: Any, nothing: float) -> Any:
    """The values, or None where there is nothing in any of them."""
    return None if np.array_equal(values, np.full_like(values, nothing), equal_nan=True) else values


def _read(path: Path) -> list[_Gathered]:
    """The videos of a file, in the order in which they appear."""
    videos: dict[str, _Gathered] = {}
    for number, line in _lines(path):
        try:
            record = json.loads(line)
            source = str(record.get("source", path.stem))
            if source not in videos:
                videos[source] = _Gathered(path, source)
            videos[source].add(record, number)
        except json.JSONDecodeError as error:
            raise DataError(
                f"{path}, line {number}: is cut off, or no JSON ({error.msg}); remove the line, "
                "or run the video again"
            ) from error
        except (KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
            if isinstance(error, DataError):
                raise
            raise DataError(
                f"{path}, line {number}: is no record of a frame ({type(error).__name__}: "
                f"{error}); give what a run wrote with --json"
            ) from error
    if not videos:
        raise DataError(f"{path}: holds no record; run the video again with --json {path}")
    return list(videos.values())


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not empty, with their numbers from 1."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                if not line.isspace():
                    yield number, line
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "it is no text"
        raise DataError(
            f"{path}: cannot be read ({said}); give what a run wrote with --json"
        ) from error


def _check_labels(videos: Sequence[_Gathered]) -> None:
    """One table holds the scores of one set of labels; videos without faces go with any."""
    labelled = [video for video in videos if video.labels]
    for video in labelled:
        first = labelled[0]
        if video.labels != first.labels:
            raise DataError(
                f"{video.path}, line {video.labelled_at}: has the labels "
                f"{', '.join(video.labels)}, but {first.path} has {', '.join(first.labels)}; make "
                "a report of each"
            )
    for video in videos:
        video.labels = labelled[0].labels if labelled else ()


def _names(videos: Sequence[_Gathered]) -> list[str]:
    """Names of the videos' files, or their whole sources where those would be the same."""
    short = [Path(video.source).name or video.source for video in videos]
    names = [
        name if short.count(name) == 1 else video.source
        for name, video in zip(short, videos, strict=True)
    ]
    for name, video in zip(names, videos, strict=True):
        if names.count(name) > 1:
            raise DataError(
                f"{video.path}: is of {name}, and so is another file of records; give one of them"
            )
    return names


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
