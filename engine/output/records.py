"""Records: one JSON object, or rows of CSV, for every frame, flushed as they go."""

import csv
import io
import json
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, get_args

from fer_video.engine.errors import OptionsError, OutputError
from fer_video.engine.frames import RecognizedFrame
from fer_video.engine.output.about import About
from fer_video.engine.output.files.extensions import refuse_other
from fer_video.engine.output.files.text_file import TextFile
from fer_video.engine.parts.evidence import PARTS
from fer_video.engine.run.pipeline import Pipeline
from fer_video.engine.sink import ClosingSink, ends_well

LANDMARKS = ("right_eye", "left_eye", "nose", "right_mouth", "left_mouth")
"""The person's right and left."""
Format = Literal["jsonl", "csv"]
"""How records are written: JSON Lines, or rows of CSV."""

_BYTE_ORDER_MARK = "\ufeff"
_EXTENSIONS: dict[str, Format] = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}
_BOX = ("left", "top", "width", "height")
_MEASURES = (
    *("eye_distance", "yaw", "sharpness"),
    *("exposure", "dynamic_range", "evenness"),
)
"""Columns of a face's quality; the reasons stand in one of their own."""
_OF_FRAME = ("source", "file", "frame", "time", "dropped_before", "at", "pixel_aspect")
"""Columns that hold for the whole frame, and stand in each of its rows."""


class JsonLines(ClosingSink):
    """A sink: one JSON object a line and frame."""

    def __init__(self, target: str | Path) -> None:
        """Create the file beside its target; `-` is stdout.

        Raises:
            OutputError: the place cannot be written.
        """
        self.lines = TextFile(target)
        """The file that is written."""

    def write(self, recognized: RecognizedFrame) -> None:
        """Write one line, which is `RecognizedFrame.to_dict`.

        Raises:
            OutputError: it cannot be written; the lines before it stay.
        """
        self.lines.write(json.dumps(recognized.to_dict()) + "\n")

    def close(self) -> None:
        """Move the file into place if a frame was written."""
        self.lines.close()


class Csv(ClosingSink):
    """A sink: one row a face, and one row with empty columns for a frame without faces.

    The columns depend on the network's labels alone, so that tables of several runs can be stacked.
    """

    def __init__(self, target: str | Path, *, excel: bool = False) -> None:
        """Create the file beside its target; `-` is stdout.

        Args:
            target: file's name.
            excel: write what a spreadsheet opens where numbers have decimal commas, as in German:
                semicolons between the columns, and a byte order mark, by which it knows UTF-8.

        Raises:
            OutputError: the place cannot be written.
        """
        self.lines = TextFile(target)
        """The file that is written."""
        self._excel = excel
        self._labels: tuple[str, ...] = ()
        """Of the network, once a frame is written."""

    def write(self, recognized: RecognizedFrame) -> None:
        """Write the rows of a frame, and before the first the header, which names its labels.

        Raises:
            OutputError: it cannot be written, or its labels cannot be columns of this table; the
                rows before it stay.
        """
        text = io.StringIO()
        self._labels = self._labels or _fit_for_columns(recognized.labels)
        if recognized.labels != self._labels:
            raise OutputError(
                f"a table of {', '.join(self._labels)} takes no frame of a network with "
                f"{', '.join(recognized.labels)}; write a table for each network"
            )
        between = ";" if self._excel else ","
        rows = csv.DictWriter(text, _columns(self._labels), lineterminator="\n", delimiter=between)
        if not self.lines.written:
            text.write(_BYTE_ORDER_MARK if self._excel else "")
            rows.writeheader()
        record = recognized.to_dict()
        frame = {name: record.get(name) for name in _OF_FRAME}
        frame |= {"damaged": "true" if "damaged" in record else None}
        frame |= dict(zip(("frame_width", "frame_height"), record["size"], strict=True))
        faces = [_to_cells(face) for face in record["faces"]] or [{"status": "no face"}]
        rows.writerows(self._spelt(frame | face) for face in faces)
        self.lines.write(text.getvalue())

    def close(self) -> None:
        """Move the file into place if a frame was written."""
        self.lines.close()

    def _spelt(self, cells: dict[str, Any]) -> dict[str, Any]:
        """The cells of a row, with decimal commas where those are asked for."""
        if not self._excel:
            return cells
        return {
            name: str(value).replace(".", ",") if isinstance(value, float) else value
            for name, value in cells.items()
        }


def _fit_for_columns(labels: tuple[str, ...]) -> tuple[str, ...]:
    """The labels, if no column of a table is called like one.

    Raises:
        OutputError: one is.
    """
    names = Counter(_columns(labels))
    for label in labels:
        if names[label] > 1:
            raise OutputError(
                f"a table cannot have the label {label}, since another column of it has that "
                "name; call the label otherwise in the network's card, or write `JsonLines`"
            )
    return labels


class Records(ClosingSink):
    """A sink of records, in the format that the target's extension or its user names.

    with open_pipeline("in.mp4") as pipeline, Records("out.csv", about=pipeline) as records:
        for result in pipeline:
            records.write(result)
    """

    def __init__(
        self,
        target: str | Path,
        *,
        format: Format | None = None,
        about: Pipeline | None = None,
    ) -> None:
        """Create the file beside its target.

        Args:
            target: .jsonl or .ndjson for one JSON object a frame, .csv for one row a face; `-` is
                stdout, and takes JSON Lines unless told otherwise.
            format: `jsonl` or `csv`, whatever the target is called.
            about: the pipeline whose results are written, to tell of the run in `out.about.json`
                beside `out.csv`: what was read by what and how, and whether it is complete. None
                writes no such file.

        Raises:
            OptionsError: neither the extension nor the format is known.
            OutputError: the place cannot be written.
        """
        kind = JsonLines if _format_of(target, format) == "jsonl" else Csv
        self._sink: JsonLines | Csv = kind(target)
        self._pipeline = about
        try:
            self._about = None if about is None else About(about, [self._sink.lines])
        except BaseException:
            self._sink.close()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close; what an error or Ctrl-C has ended is told to be incomplete."""
        if self._pipeline is not None and not ends_well(kind):
            self._pipeline.cut_short()
        super().__exit__(kind, error, trace)

    def write(self, recognized: RecognizedFrame) -> None:
        """Write the record of a frame.

        Raises:
            OutputError: it cannot be written; those before it stay.
        """
        self._sink.write(recognized)
        if self._about is not None:
            self._about.write(recognized)

    def close(self) -> None:
        """Move the file into place if a frame was written; safe to call twice.

        Raises:
            OutputError: it cannot be finished.
        """
        try:
            self._sink.close()
        finally:
            if self._about is not None:
                self._about.close()


def _format_of(target: str | Path, format: Format | None) -> Format:
    if format is not None:
        if format not in get_args(Format):
            raise OptionsError(f"format {format}: give one of {', '.join(get_args(Format))}")
        return format
    if str(target) == "-":
        return "jsonl"
    suffix = Path(target).suffix.lower()
    if suffix not in _EXTENSIONS:
        refuse_other(target, "jsonl", "csv")
        raise OptionsError(
            f"{target}: records are written as {' '.join(_EXTENSIONS)}; choose one of these "
            "extensions, or give a format: jsonl or csv"
        )
    return _EXTENSIONS[suffix]


def _columns(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Of a table; new ones come last, since some readers count them."""
    return (
        *("source", "file", "frame", "time", "id", *_BOX, "score"),
        *(f"{point}_{axis}" for point in LANDMARKS for axis in "xy"),
        *("expression", "confidence", *labels),
        *(f"raw_{label}" for label in labels),
        *("reused", "dropped_before", "status", "calibrated", "at"),
        *("frame_width", "frame_height", "pixel_aspect"),
        *(f"clipped_{side}" for side in _BOX),
        *_MEASURES,
        "quality_reasons",
        *(f"{part}_{what}" for part in PARTS for what in ("expression", "evidence")),
        "damaged",
    )


def _to_cells(face: dict[str, Any]) -> dict[str, Any]:
    quality = face.get("quality", {})
    points = face["landmarks"] or [("", "")] * len(LANDMARKS)
    clipped = face.get("clipped", face)["box"]
    cells: dict[str, Any] = (
        {name: face[name] for name in ("id", "score", "expression", "confidence", "status")}
        | dict(zip(_BOX, face["box"], strict=True))
        | {f"clipped_{side}": at for side, at in zip(_BOX, clipped, strict=True)}
        | {f"{name}_x": x for name, (x, _) in zip(LANDMARKS, points, strict=True)}
        | {f"{name}_y": y for name, (_, y) in zip(LANDMARKS, points, strict=True)}
        | face["scores"]
        | {f"raw_{name}": score for name, score in face["raw_scores"].items()}
        | {name: "true" for name in ("reused", "calibrated") if name in face}
        | {name: quality.get(name) for name in _MEASURES}
        | {"quality_reasons": " ".join(quality.get("reasons", ()))}
        | _to_part_cells(face.get("parts", {}), face["expression"])
    )
    return cells


def _to_part_cells(parts: dict[str, Any], shown: str) -> dict[str, Any]:
    """What each part says, and its evidence for the label that is shown; none for `UNCERTAIN`."""
    return {
        f"{name}_{what}": value
        for name in PARTS
        if name in parts
        for what, value in (
            ("expression", parts[name]["expression"]),
            ("evidence", parts[name]["evidence"].get(shown)),
        )
    }
