"""Table: rows of CSV, one for each face of every frame."""

import csv
import io
from collections import Counter
from pathlib import Path
from typing import Any

from fer_video.engine.contracts.sink import ClosingSink
from fer_video.engine.errors import OutputError
from fer_video.engine.faces.evidence import PARTS
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.output.files.text_file import TextFile

LANDMARKS = ("right_eye", "left_eye", "nose", "right_mouth", "left_mouth")
"""The person's right and left."""
_BYTE_ORDER_MARK = "\ufeff"
_BOX = ("left", "top", "width", "height")
_MEASURES = (
    *("eye_distance", "yaw", "sharpness"),
    *("exposure", "dynamic_range", "evenness"),
)
"""Columns of a face's quality; the reasons stand in one of their own."""
_OF_FRAME = ("source", "file", "frame", "time", "dropped_before", "at", "pixel_aspect")
"""Columns that hold for the whole frame, and stand in each of its rows."""


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
