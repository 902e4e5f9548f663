"""Annotated video and records of one source from now on, side by side, for the window's `r`."""

from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path

from fer_video.engine.contracts.sink import ClosingSink
from fer_video.engine.errors import OutputError
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.output.files.partial import shortened
from fer_video.engine.output.film.video import VideoWriter
from fer_video.engine.output.records import JsonLines
from fer_video.engine.output.sinks import Sinks


def fresh_name(folder: Path, suffix: str, label: str = "") -> Path:
    """`fer-video 2026-11-25 08.15.00 LABEL.mp4`, or with a number where that is taken.

    The file is made at once, empty, so that no other process can take the same name.

    Raises:
        OutputError: the folder is missing or cannot be written to.
    """
    now = datetime.now().astimezone()
    stem = f"fer-video {now:%Y-%m-%d %H.%M.%S} {shortened(label)}".strip()
    names = (f"{stem}{'' if number == 1 else f' {number}'}{suffix}" for number in count(1))
    return next(filter(_taken, map(folder.joinpath, names)))


def _taken(path: Path) -> bool:
    """Whether a name was free, and so were records beside it; now the file is there."""
    try:
        if path.with_suffix(".jsonl").exists():
            return False
        path.touch(exist_ok=False)
    except FileExistsError:
        return False
    except OSError as error:
        raise OutputError(f"{path}: cannot be made ({error.strerror})") from error
    return True


class Recording(ClosingSink):
    """Times and frames count from the first frame written, whenever that was."""

    def __init__(self, folder: Path, info: SourceInfo, label: str = "") -> None:
        """Create both files, with `label` in their names.

        Raises:
            OutputError: the folder cannot be written to.
        """
        self.path = fresh_name(folder, ".mp4", label)
        """Of the video; the records have the same name and end in .jsonl."""
        self._sinks = Sinks()
        self._first: Frame | None = None
        try:
            silent = replace(info, audio=(), subtitles=(), chapters=())  # which are of all the film
            self._sinks.add(VideoWriter(self.path, silent))
            self._sinks.add(JsonLines(self.path.with_suffix(".jsonl")))
        except BaseException:
            self.close()
            raise

    def write(self, recognized: RecognizedFrame) -> None:
        """Append a frame.

        Raises:
            OutputError: it cannot be written; what was written before stays.
        """
        frame = recognized.frame
        if self._first is None:
            self._first = frame
        index, pts = frame.index - self._first.index, frame.pts - self._first.pts
        moved = replace(frame, index=index, pts=pts, time=float(pts * frame.time_base), audio=())
        dropped = 0 if frame is self._first else recognized.dropped_before
        self._sinks.write(replace(recognized, frame=moved, dropped_before=dropped))

    def close(self) -> None:
        """Finish both files; without a frame, leave neither.

        Raises:
            OutputError: the end cannot be written.
        """
        try:
            self._sinks.close()
        finally:
            if self.path.exists() and self.path.stat().st_size == 0:  # as `fresh_name` made it
                self.path.unlink()
