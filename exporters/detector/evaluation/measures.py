"""What a face detector finds, what it invents, how steadily it points, and how fast it is."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np

from fer_video.engine.capture.open import open_source
from fer_video.engine.detect.stage import Detector
from fer_video.engine.faces.face import Box, Face
from fer_video.engine.frames.frame import Frame, Plane
from fer_video.engine.frames.handovers import Batch
from fer_video.engine.network.session import Session
from fer_video.engine.options.session import SessionOptions
from fer_video.exporters.detector.data.teacher import LabelledPicture
from fer_video.exporters.evaluation.comparison import time_in_turns

Figures: TypeAlias = dict[str, float]

MATCH_IOU = 0.4
"""Intersection over union from which a box counts as that of a labelled face."""

HEIGHTS = {"<16": 16.0, "16-32": 32.0, "32-64": 64.0, ">=64": np.inf}
"""Faces by the height of their box, in the network's pixels: name and upper bound."""

LANDMARK_HEIGHT = 48
"""Height of a face, in the network's pixels, from which its landmarks count for their distance."""

EYES_APART = 0.25
"""Distance of the eyes, in widths of the box, under which a face is a profile, whose landmarks do
not count either."""


@dataclass(slots=True)
class Agreement:
    """A detector against a teacher, over pictures."""

    pictures: int = 0
    """How many pictures were looked at."""
    faces: dict[str, int] = field(default_factory=lambda: dict.fromkeys(HEIGHTS, 0))
    """How many faces the teacher is sure of, by height."""
    found: dict[str, int] = field(default_factory=lambda: dict.fromkeys(HEIGHTS, 0))
    """How many of the teacher's faces the detector finds, by height."""
    unmatched: int = 0
    """False positives: boxes where the teacher sees nothing, or a second one on a face."""
    landmark_errors: list[float] = field(default_factory=list)
    """Mean distance of each found face's landmarks, in shares of the distance between its eyes."""

    def figures(self) -> Figures:
        """Recall by height, unmatched boxes a picture, and the landmarks' mean distance."""
        recalls = {
            f"recall {name} px": self.found[name] / count
            for name, count in self.faces.items()
            if count
        }
        errors = self.landmark_errors
        return recalls | {
            "unmatched boxes a picture": self.unmatched / max(self.pictures, 1),
            "landmark distance": float(np.mean(errors)) if errors else float("nan"),
        }


@dataclass(frozen=True, slots=True)
class FrameCounts:
    """What a detector sees in a video of one face, or of none."""

    frames: int
    """How many frames the video has."""
    with_a_face: int
    """How many frames show a face, or several."""
    with_several: int
    """How many frames show more than one face."""


def measure_agreement(
    detector: Detector, pictures: Iterable[LabelledPicture], size: int
) -> Agreement:
    """Compare a detector with the teacher's labels.

    Args:
        detector: sees pictures at `size`.
        pictures: with labels.
        size: longer side, in pixels, for the faces' heights.
    """
    result = Agreement()
    for picture in pictures:
        zoom = size / max(picture.luma.shape)
        found = detector(picture.luma, full_range=True)
        _count(result, picture, list(found), zoom)
    return result


def _count(result: Agreement, picture: LabelledPicture, found: list[Face], zoom: float) -> None:
    result.pictures += 1
    for face in picture.faces:
        height = face.box.height * zoom
        name = next(name for name, bound in HEIGHTS.items() if height < bound)
        result.faces[name] += 1
        match = _closest(face.box, found)
        if match is None:
            continue
        found.remove(match)
        result.found[name] += 1
        if height >= LANDMARK_HEIGHT:
            result.landmark_errors.extend(_landmark_error(face, match))
    ignored = [face.box for face in picture.ignored]
    result.unmatched += sum(all(face.box.iou(box) < MATCH_IOU for box in ignored) for face in found)


def _closest(box: Box, faces: Sequence[Face]) -> Face | None:
    best = max(faces, key=lambda face: face.box.iou(box), default=None)
    return best if best is not None and best.box.iou(box) >= MATCH_IOU else None


def _landmark_error(truth: Face, found: Face) -> Iterator[float]:
    if truth.landmarks is None or found.landmarks is None:
        return
    eyes = float(np.hypot(*(truth.landmarks[0] - truth.landmarks[1])))
    if eyes < EYES_APART * truth.box.width:
        return
    distances = np.hypot(*(truth.landmarks - found.landmarks).T)
    yield float(distances.mean()) / eyes


def count_video(detector: Detector, video: Path | str) -> FrameCounts:
    """How many frames of a video show a face, and how many show several.

    Raises:
        SourceError: it cannot be read.
    """
    source = open_source(video)
    try:
        return count_frames(detector, source.frames())
    finally:
        source.close()


def count_frames(detector: Detector, frames: Iterable[Frame]) -> FrameCounts:
    """How many of some frames show a face, and how many show several."""
    counts = [len(detector(frame.luma, full_range=frame.colour.full_range)) for frame in frames]
    return FrameCounts(len(counts), sum(n > 0 for n in counts), sum(n > 1 for n in counts))


def box_jitter(detector: Detector, luma: Plane, noise: float = 4.0, repeats: int = 30) -> float:
    """How far the box of a still face moves from frame to frame, in shares of its size.

    Args:
        detector: finds one face in `luma`.
        luma: (H, W) uint8, full range.
        noise: standard deviation of the sensor's noise, in grey levels.
        repeats: frames, each with noise of its own.

    Returns:
        The largest change of a side or of the centre, averaged over the frames; infinite where a
        frame shows no face.
    """
    rng = np.random.default_rng(0)
    boxes = []
    for _ in range(repeats):
        noisy = luma + noise * rng.standard_normal(luma.shape, np.float32)
        faces = detector(np.clip(noisy, 0, 255).astype(np.uint8), full_range=True)
        if not faces:
            return float("inf")
        box = faces[0].box
        centre = (box.left + box.width / 2, box.top + box.height / 2)
        boxes.append((*centre, box.width, box.height))
    rows = np.array(boxes)
    moves = np.abs(np.diff(rows, axis=0)) / np.sqrt(rows[:-1, 2:].prod(1, keepdims=True))
    return float(moves.max(1).mean())


def milliseconds(models: Sequence[Path], height: int = 192, width: int = 320) -> list[float]:
    """Time that each network takes for a picture of this size, measured in turns on one thread.

    Returns:
        The median of each, see `time_in_turns`.
    """
    sessions = [Session(model, SessionOptions(provider="cpu")) for model in models]
    return time_in_turns([(session, _blank(session, height, width)) for session in sessions])


def _blank(session: Session, height: int, width: int) -> Batch:
    grey = session.card is not None and session.card.colour == "GRAY"
    kind = np.uint8 if session.reads_bytes else np.float32
    return np.zeros((1, 1 if grey else 3, height, width), kind)
