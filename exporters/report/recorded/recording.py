"""A recording: the records of one video in columns, and what its time may be."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.output.files.targets import file_names

STATUSES = ("ok", "low_quality", "uncertain", "excluded", "no_face", "dropped")
"""What a stretch of a person's time may be; all but the first are missing."""
REASONS = ("no_face", "low_quality", "uncertain", "dropped", "excluded")
"""Why time is missing, in the order of the tables' columns."""
UNREAD = -1
"""In place of a label's index: no label was given."""
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """The records of one video in columns: F frames, and N faces found in them."""

    name: str
    """What tables call the video: the name of its file, its whole path where two share one, or the
    file of its records where they share that, too."""
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
    calibrated: Flags
    """Whether the scores of each face are counted from its resting face: (N,)."""
    sizes: Ints | None = None
    """Width and height of each frame's upright picture, in whose pixels its boxes are: (F, 2); None
    where the records do not tell."""
    parts: Ints | None = None
    """Index of the label that each of `PARTS` speaks for, or `UNREAD`: (N, parts); None where no
    part of any face was read."""
    quality: Floats | None = None
    """Whether each face is well to be seen, 1, or hard, 0; NaN where that was not measured: (N,).
    None where it was of no face."""
    reasons: tuple[str, ...] = ()
    """Why each face is hard to see: words with blanks between."""

    @property
    def called(self) -> frozenset[str]:
        """What people may call the video in tables: its name, as the run named it, or the file of
        its records; with composed letters (NFC)."""
        return frozenset(
            normalize("NFC", one) for one in (self.name, self.source, str(self.origin))
        )

    @property
    def end(self) -> float:
        """Seconds at which the last frame ends."""
        return float(self.times[-1] + self.durations[-1])


def file_stems(recordings: Sequence[Recording]) -> list[str]:
    """Names of files of each video, without what comes behind, and with the folders in its name, by
    which videos of one name are told apart: `P01/in.mp4` becomes `P01_in`."""
    return file_names([_flat(one.name) for one in recordings])


def _flat(name: str) -> str:
    if "://" in name:
        return name
    *folders, last = re.split(r"[/\\]", name)
    stem = last if " " in Path(last).suffix else Path(last).stem
    return "_".join([*folders, f"{stem}.file"])  # `file_names` takes this one off


def spelt(name: str) -> str:
    """A file's name as text that every table can hold: a byte that is no UTF-8 as `\\udce9`."""
    return name.encode(errors="backslashreplace").decode()
