"""Records: one JSON object, or rows of CSV, for every frame, flushed as they go."""

import json
from pathlib import Path
from types import TracebackType
from typing import Literal, get_args

from fer_video.engine.contracts.sink import ClosingSink, ends_well
from fer_video.engine.errors import OptionsError
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.output.about import About
from fer_video.engine.output.files.extensions import refuse_other
from fer_video.engine.output.files.text_file import TextFile
from fer_video.engine.output.table import Csv
from fer_video.engine.run.pipeline import Pipeline

Format = Literal["jsonl", "csv"]
"""How records are written: JSON Lines, or rows of CSV."""
_EXTENSIONS: dict[str, Format] = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}


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
