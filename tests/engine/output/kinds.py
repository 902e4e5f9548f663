"""Every kind of sink, what is written into them, and what is found afterwards."""

import csv
import json
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np

from fer_video.engine.contracts.sink import ClosingSink
from fer_video.engine.faces.expressions import Expression, Reading
from fer_video.engine.faces.face import Box, Face
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.frames.picture import to_frame
from fer_video.engine.output.film.video import VideoWriter
from fer_video.engine.output.recording import Recording
from fer_video.engine.output.records import JsonLines, Records
from fer_video.engine.output.sinks import BySource, Sinks
from fer_video.engine.output.table import Csv
from tests.media import to_picture

RATE = Fraction(5)
INFO = SourceInfo("test", 64, 48, RATE, 1 / RATE, None, False)
SCORES = np.array([0.01, 0.0, 0.93, 0.05, 0.01], np.float32)


@dataclass(frozen=True)
class Kind:
    """A sink, as the tests below open it."""

    open: Callable[[Path], ClosingSink]
    """Into an empty folder."""
    targets: tuple[str, ...]
    """Names of its files there; none where it chooses them by the clock."""
    disk: int = 80_000
    """Bytes that a file may have, so that it is full after some of `frames`, but not at once."""


def video(name: str) -> Kind:
    return Kind(lambda folder: VideoWriter(folder / name, INFO, "ultrafast"), (name,))


def together(folder: Path) -> Sinks:
    sinks = Sinks()
    sinks.add(VideoWriter(folder / "a.mp4", INFO, "ultrafast"))
    sinks.add(JsonLines(folder / "a.jsonl"))
    sinks.add(Csv(folder / "a.csv"))
    return sinks


def by_source(folder: Path) -> BySource:
    """Nothing ever comes from the second source."""
    sinks = BySource()
    sinks.add("test", VideoWriter(folder / "a.mkv", INFO, "ultrafast"))
    sinks.add("other", VideoWriter(folder / "b.mkv", INFO, "ultrafast"))
    return sinks


class DrawnOn(ClosingSink):
    """Writes the array of each result, as if somebody had drawn on it."""

    def __init__(self, video: VideoWriter, *, alone: bool) -> None:
        """Into this video; `alone`, the arrays bring neither a result nor a time."""
        self._video, self._alone = video, alone

    def write(self, recognized: RecognizedFrame) -> None:
        if self._alone:
            self._video.write(recognized.to_bgr())
        else:
            self._video.write(recognized, recognized.to_bgr())

    def close(self) -> None:
        self._video.close()


def drawn_on(folder: Path) -> DrawnOn:
    return DrawnOn(VideoWriter(folder / "a.mp4", INFO, "ultrafast"), alone=False)


def arrays(folder: Path) -> DrawnOn:
    return DrawnOn(VideoWriter(folder / "a.mp4", preset="ultrafast", rate=RATE), alone=True)


KINDS = {
    **{name: video(f"a.{name}") for name in ("mp4", "m4v", "mov", "mkv", "ts", "flv")},
    "drawn on": Kind(drawn_on, ("a.mp4",)),
    "arrays": Kind(arrays, ("a.mp4",)),
    "Records": Kind(lambda folder: Records(folder / "a.csv"), ("a.csv",), 2000),
    "JsonLines": Kind(lambda folder: JsonLines(folder / "a.jsonl"), ("a.jsonl",), 2000),
    "Csv": Kind(lambda folder: Csv(folder / "a.csv"), ("a.csv",), 2000),
    "Recording": Kind(lambda folder: Recording(folder, INFO), ()),
    "Sinks": Kind(together, ("a.mp4", "a.jsonl", "a.csv")),
    "BySource": Kind(by_source, ("a.mkv",)),
}


def frames(width: int = 64, height: int = 48) -> Iterator[RecognizedFrame]:
    """Sixty of noise, which fills any disk, with a face in each; new ones each time."""
    rng = np.random.default_rng(0)
    for index in range(60):
        frame = to_frame(
            to_picture(rng.integers(0, 256, (height, width, 3), np.uint8)),
            index=index,
            pts=index,
            time_base=1 / RATE,
            source="test",
        )
        face = Face(Box(4, 4, 30, 30), 0.9, None, id=1)
        yield RecognizedFrame(frame, (Reading(face, SCORES, Expression.HAPPY, SCORES),))


def played(path: Path) -> Iterator[av.VideoFrame]:
    """As players do: a last packet that is cut off is left out."""
    with av.open(str(path)) as container, suppress(av.error.InvalidDataError):
        yield from container.decode(video=0)


def count(path: Path) -> int:
    """Frames in a result; a text ends with a whole line."""
    if path.suffix not in (".jsonl", ".csv"):
        return sum(1 for _ in played(path))
    text = path.read_text()
    assert text.endswith("\n")
    if path.suffix == ".csv":
        return len(list(csv.DictReader(text.splitlines())))
    records = [json.loads(line) for line in text.splitlines()]
    assert [record["frame"] for record in records] == list(range(len(records)))
    return len(records)


def counts(folder: Path) -> list[int]:
    return [count(path) for path in folder.iterdir()]


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """Let no file grow beyond `size` bytes; Python ignores the signal, so that writing fails."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
