"""Records: one JSON object, or rows of CSV, for every frame, flushed as they go."""

import csv
import io
import json
import sys
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.errors import OutputError
from fer_video.engine.expressions import EXPRESSIONS, Reading
from fer_video.engine.frames import RecognizedFrame
from fer_video.engine.output.partial import Partial

LANDMARKS = ("right_eye", "left_eye", "nose", "right_mouth", "left_mouth")
"""The person's right and left."""

_LABELS = tuple(str(expression) for expression in EXPRESSIONS)
_COLUMNS = (
    *("file", "frame", "time", "id", "left", "top", "width", "height", "score"),
    *(f"{point}_{axis}" for point in LANDMARKS for axis in "xy"),
    *("expression", "confidence", *EXPRESSIONS),
    *(f"raw_{expression}" for expression in EXPRESSIONS),
)


def to_record(recognized: RecognizedFrame, *, named: bool = False) -> dict[str, Any]:
    """A frame as the JSON Lines contract has it: pixels of the upright picture, seconds.

    Args:
        recognized: the frame.
        named: say which source it is of.
    """
    frame = recognized.frame
    record: dict[str, Any] = {"source": frame.source} if named else {}
    record |= {} if frame.file is None else {"file": frame.file}
    return record | {
        "frame": frame.index,
        "time": round(frame.time, 6),
        "faces": [_to_face(reading) for reading in recognized.readings],
    }


def _to_face(reading: Reading) -> dict[str, Any]:
    face, box = reading.face, reading.face.box
    return {
        "id": face.id,
        "box": [round(value, 2) for value in (box.left, box.top, box.width, box.height)],
        "score": round(face.score, 4),
        "landmarks": None
        if face.landmarks is None
        else [[round(x, 2), round(y, 2)] for x, y in face.landmarks.tolist()],
        "expression": str(reading.label),
        "confidence": round(reading.confidence, 4),
        "scores": _named(reading.scores),
        "raw_scores": _named(reading.raw_scores),
    } | ({"reused": True} if reading.reused else {})


def _named(scores: NDArray[np.float32]) -> dict[str, float]:
    return {name: round(v, 4) for name, v in zip(_LABELS, scores.tolist(), strict=True)}


class TextFile:
    """A text file that always ends with a whole line."""

    def __init__(self, target: str | Path) -> None:
        """Create the file beside its target; `-` is stdout.

        Raises:
            OutputError: the place cannot be written.
        """
        self._target = str(target)
        self._partial = None if self._target == "-" else Partial(target)
        self.written = 0
        """Bytes, in whole lines."""
        self._file: IO[bytes] = sys.stdout.buffer
        if self._partial is not None:
            try:
                self._file = self._partial.path.open("wb", buffering=0)
            except OSError as error:
                raise self._explain(error) from error

    def write(self, text: str) -> None:
        """Append whole lines and flush them.

        Raises:
            OutputError: they cannot be written; those before them stay.
        """
        data = memoryview(text.encode())
        size = len(data)
        try:
            while data:
                data = data[self._file.write(data) :]
            self._file.flush()
        except OSError as error:
            raise self._explain(error) from error
        self.written += size

    def close(self) -> None:
        """Move the file into place if something was written; else leave no trace."""
        if self._partial is None:
            return
        if not self._partial.direct:
            self._file.truncate(self.written)
        self._file.close()
        if self.written:
            self._partial.commit()
        else:
            self._partial.discard()

    def _explain(self, error: OSError) -> OutputError:
        if isinstance(error, BrokenPipeError):
            return OutputError("stdout: nobody reads it any more; what was read is good")
        return OutputError(
            f"{self._target}: cannot be written ({error.strerror}); check the disk's space and "
            "the permissions"
        )


class _Records:
    """What both kinds share: a text file that is moved into place at the end of a `with` block."""

    _lines: TextFile

    def close(self) -> None:
        """Move the file into place if a frame was written."""
        self._lines.close()

    def __enter__(self) -> Self:
        """For `with`."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()


class JsonLines(_Records):
    """A sink: one JSON object a line and frame."""

    def __init__(self, target: str | Path, *, named: bool = False) -> None:
        """Create the file beside its target; `-` is stdout.

        Args:
            target: the file.
            named: every record says which source it is of.

        Raises:
            OutputError: the place cannot be written.
        """
        self._lines = TextFile(target)
        self._named = named
        self._next: dict[str, int] = {}

    def write(self, recognized: RecognizedFrame) -> None:
        """Write one line; it says how many frames of a live source were dropped before it."""
        record, frame = to_record(recognized, named=self._named), recognized.frame
        expected = self._next.get(frame.source, 0)
        if frame.index > expected and frame.file is None:
            record["dropped_before"] = frame.index - expected
        self._next[frame.source] = frame.index + 1
        self._lines.write(json.dumps(record) + "\n")


class Csv(_Records):
    """A sink: one row a face, and one row with empty columns for a frame without faces."""

    def __init__(self, target: str | Path, *, named: bool = False) -> None:
        """Create the file beside its target; `-` is stdout.

        Args:
            target: the file.
            named: every row begins with the source that it is of.

        Raises:
            OutputError: the place cannot be written.
        """
        self._lines = TextFile(target)
        self._named = named

    def write(self, recognized: RecognizedFrame) -> None:
        """Write the rows of a frame, and the header before the first."""
        text, first = io.StringIO(), ("source",) if self._named else ()
        rows = csv.DictWriter(text, (*first, *_COLUMNS), lineterminator="\n")
        if not self._lines.written:
            rows.writeheader()
        record = to_record(recognized, named=self._named)
        frame = {name: record.get(name) for name in (*first, "file", "frame", "time")}
        rows.writerows(frame | _to_columns(face) for face in record["faces"] or [{}])
        self._lines.write(text.getvalue())


def _to_columns(face: dict[str, Any]) -> dict[str, Any]:
    if not face:
        return {}
    points = face["landmarks"] or [("", "")] * len(LANDMARKS)
    columns: dict[str, Any] = (
        {name: face[name] for name in ("id", "score", "expression", "confidence")}
        | dict(zip(("left", "top", "width", "height"), face["box"], strict=True))
        | {f"{name}_x": x for name, (x, _) in zip(LANDMARKS, points, strict=True)}
        | {f"{name}_y": y for name, (_, y) in zip(LANDMARKS, points, strict=True)}
        | face["scores"]
        | {f"raw_{name}": score for name, score in face["raw_scores"].items()}
    )
    return columns
