"""Annotated video and records of one source from now on, side by side, for the window's `r`."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from fer_video.engine.errors import OutputError
from fer_video.engine.frames import Frame, RecognizedFrame, SourceInfo
from fer_video.engine.output.records import JsonLines
from fer_video.engine.output.sinks import Sinks
from fer_video.engine.output.video import VideoWriter


def fresh_name(folder: Path, suffix: str, label: str = "") -> Path:
    """`fer-video 2026-11-25 08.15.00 LABEL.mp4`, or with a number where that is taken."""
    stem = f"fer-video {datetime.now().astimezone():%Y-%m-%d %H.%M.%S} {label}".strip()
    names = (
        folder / f"{stem}{number}{suffix}" for number in ("", *(f" {n}" for n in range(2, 99)))
    )
    return next(p for p in names if not (p.exists() or p.with_suffix(".jsonl").exists()))


class Recording:
    """Times and frames count from the first frame written, whenever that was."""

    def __init__(self, folder: Path, info: SourceInfo, label: str = "") -> None:
        """Create both files, with `label` in their names.

        Raises:
            OutputError: the folder cannot be written to.
        """
        self.path = fresh_name(folder, ".mp4", label)
        """Of the video; the records have the same name and end in .jsonl."""
        self._sinks = Sinks()
        try:
            self._sinks.add(VideoWriter(self.path, replace(info, audio=None)))
            self._sinks.add(JsonLines(self.path.with_suffix(".jsonl")))
        except OutputError:
            self._sinks.close()
            raise
        self._first: Frame | None = None

    def write(self, recognized: RecognizedFrame) -> None:
        """Append a frame.

        Raises:
            OutputError: it cannot be written; what was written before stays.
        """
        frame = recognized.frame
        if self._first is None:
            self._first = frame
        index, pts = frame.index - self._first.index, frame.pts - self._first.pts
        frame.picture.pts = pts  # its only reader is the encoder, and others are done with it
        moved = replace(frame, index=index, pts=pts, time=float(pts * frame.time_base), audio=())
        self._sinks.write(replace(recognized, frame=moved))

    def close(self) -> None:
        """Finish both files.

        Raises:
            OutputError: the end cannot be written.
        """
        self._sinks.close()
