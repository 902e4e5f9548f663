"""Records: one JSON object, or rows of CSV, for every frame, flushed as they go."""

import csv
import io
import json
import sys
from collections import Counter
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.errors import OutputError
from fer_video.engine.expressions import Reading
from fer_video.engine.frames import RecognizedFrame
from fer_video.engine.output.partial import Partial
from fer_video.engine.sink import ClosingSink

LANDMARKS = ("right_eye", "left_eye", "nose", "right_mouth", "left_mouth")
"""The person's right and left."""


def _columns(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Of a CSV file; new ones come last, since some readers count them."""
    return (
        *("file", "frame", "time", "id", "left", "top", "width", "height", "score"),
        *(f"{point}_{axis}" for point in LANDMARKS for axis in "xy"),
        *("expression", "confidence", *labels),
        *(f"raw_{label}" for label in labels),
        *("reused", "dropped_before"),
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
        "scores": _named(reading.labels, reading.scores),
        "raw_scores": _named(reading.labels, reading.raw_scores),
    } | ({"reused": True} if reading.reused else {})


def _named(labels: tuple[str, ...], scores: NDArray[np.float32]) -> dict[str, float]:
    return {str(name): round(v, 4) for name, v in zip(labels, scores.tolist(), strict=True)}


class Gaps:
    """Tells how many frames of a live source were dropped before each that came through."""

    def __init__(self) -> None:
        """Expect the first frame of every source."""
        self._next: dict[str, int] = {}

    def before(self, recognized: RecognizedFrame) -> dict[str, int]:
        """The field `dropped_before` of a frame's record, where some were dropped."""
        frame = recognized.frame
        gap = frame.index - self._next.get(frame.source, 0)
        self._next[frame.source] = frame.index + 1
        return {"dropped_before": gap} if gap > 0 and frame.file is None else {}


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
                self._partial.discard()
                raise self._explain(error) from error

    def write(self, text: str) -> None:
        """Append whole lines and flush them.

        Raises:
            OutputError: they cannot be written; those before them stay.
        """
        data = memoryview(text.encode(errors="backslashreplace"))  # of a name that is no UTF-8
        size = len(data)
        try:
            while data:
                data = data[self._file.write(data) :]
            self._file.flush()
        except OSError as error:
            raise self._explain(error) from error
        self.written += size

    def close(self) -> None:
        """Move the file into place if something was written; else leave no trace.

        Raises:
            OutputError: it cannot be finished; the message says where it is.
        """
        if self._partial is None or self._file.closed:
            return
        try:
            with self._file:
                if not self._partial.direct:
                    self._file.truncate(self.written)
        except OSError as error:
            raise OutputError(
                f"{self._target}: cannot be finished ({error.strerror}); "
                f"what was written is in {self._partial.path}"
            ) from error
        if self.written:
            self._partial.commit()
        else:
            self._partial.discard()

    def _explain(self, error: OSError) -> OutputError:
        if isinstance(error, BrokenPipeError):
            name = "stdout" if self._partial is None else self._target
            return OutputError(f"{name}: nobody reads it any more; what was read is good")
        return OutputError(
            f"{self._target}: cannot be written ({error.strerror}); check the disk's space and "
            "the permissions"
        )


class JsonLines(ClosingSink):
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
        self._named, self._gaps = named, Gaps()

    def write(self, recognized: RecognizedFrame) -> None:
        """Write one line; it says how many frames of a live source were dropped before it."""
        record = to_record(recognized, named=self._named) | self._gaps.before(recognized)
        self._lines.write(json.dumps(record) + "\n")

    def close(self) -> None:
        """Move the file into place if a frame was written."""
        self._lines.close()


class Csv(ClosingSink):
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
        self._named, self._gaps = named, Gaps()
        self._labels: tuple[str, ...] = ()
        """Of the network, once a frame is written."""

    def write(self, recognized: RecognizedFrame) -> None:
        """Write the rows of a frame, and before the first the header, which names its labels.

        What is true of the whole frame, how many were dropped before it among that, stands in
        each of its rows.

        Raises:
            OutputError: it cannot be written, or its labels cannot be columns of this table.
        """
        text, first = io.StringIO(), ("source",) if self._named else ()
        self._labels = self._labels or _fit_for_columns(recognized.labels)
        if recognized.labels != self._labels:
            raise OutputError(
                f"a table of {', '.join(self._labels)} takes no frame of a network with "
                f"{', '.join(recognized.labels)}; write a table for each network"
            )
        rows = csv.DictWriter(text, (*first, *_columns(self._labels)), lineterminator="\n")
        if not self._lines.written:
            rows.writeheader()
        record = to_record(recognized, named=self._named) | self._gaps.before(recognized)
        whole = (*first, "file", "frame", "time", "dropped_before")
        frame = {name: record.get(name) for name in whole}
        rows.writerows(frame | _to_columns(face) for face in record["faces"] or [{}])
        self._lines.write(text.getvalue())

    def close(self) -> None:
        """Move the file into place if a frame was written."""
        self._lines.close()


def _fit_for_columns(labels: tuple[str, ...]) -> tuple[str, ...]:
    """The labels, if no column of a table is called like one.

    Raises:
        OutputError: one is.
    """
    names = Counter(("source", *_columns(labels)))
    for label in labels:
        if names[label] > 1:
            raise OutputError(
                f"a table cannot have the label {label}, since another column of it has that "
                "name; call the label otherwise in the network's card, or write `JsonLines`"
            )
    return labels


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
        | ({"reused": "true"} if "reused" in face else {})
    )
    return columns
