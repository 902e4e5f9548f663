"""What a face detector finds, what it invents, how steadily it points, and how fast it is."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.capture.open import open_source
from fer_video.engine.detect.stage import Detector
from fer_video.engine.faces import Box, Face
from fer_video.engine.frames import Batch, Frame, Plane
from fer_video.engine.network.session import Session
from fer_video.engine.options import SessionOptions
from fer_video.exporters.detector.teacher import LabelledPicture

Figures: TypeAlias = dict[str, float]

MATCH = 0.4
"""Intersection over union from which a box is that of the face."""

HEIGHTS = {"<16": 16.0, "16-32": 32.0, "32-64": 64.0, ">=64": np.inf}
"""Faces by the height of their box, in the network's pixels: name and upper bound."""

LANDMARK_HEIGHT = 48
"""Faces less high, in the network's pixels, do not count for the landmarks' distance."""

EYES_APART = 0.25
"""Nor do profiles: faces whose eyes are less than so many widths of the box apart."""


@dataclass(slots=True)
class Agreement:
    """A detector against a teacher, over pictures."""

    pictures: int = 0
    faces: dict[str, int] = field(default_factory=lambda: dict.fromkeys(HEIGHTS, 0))
    """That the teacher is sure of, by height."""
    found: dict[str, int] = field(default_factory=lambda: dict.fromkeys(HEIGHTS, 0))
    unmatched: int = 0
    """Boxes where the teacher sees nothing, or a second one on a face."""
    landmark_errors: list[float] = field(default_factory=list)
    """Mean distance of a found face's landmarks, in shares of the distance between its eyes."""

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
class ClipCounts:
    """What a detector sees in a clip of one face, or of none."""

    frames: int
    with_a_face: int
    with_several: int


def agree(detector: Detector, pictures: Iterable[LabelledPicture], size: int) -> Agreement:
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
    doubtful = [face.box for face in picture.doubtful]
    result.unmatched += sum(all(face.box.iou(box) < MATCH for box in doubtful) for face in found)


def _closest(box: Box, faces: Sequence[Face]) -> Face | None:
    best = max(faces, key=lambda face: face.box.iou(box), default=None)
    return best if best is not None and best.box.iou(box) >= MATCH else None


def _landmark_error(truth: Face, found: Face) -> Iterator[float]:
    if truth.landmarks is None or found.landmarks is None:
        return
    eyes = float(np.hypot(*(truth.landmarks[0] - truth.landmarks[1])))
    if eyes < EYES_APART * truth.box.width:
        return
    distances = np.hypot(*(truth.landmarks - found.landmarks).T)
    yield float(distances.mean()) / eyes


def count_clip(detector: Detector, clip: Path | str) -> ClipCounts:
    """How many frames of a clip show a face, and how many show several.

    Raises:
        SourceError: the clip cannot be read.
    """
    source = open_source(clip)
    try:
        return count_frames(detector, source.frames())
    finally:
        source.close()


def count_frames(detector: Detector, frames: Iterable[Frame]) -> ClipCounts:
    """The same for frames from anywhere."""
    counts = [len(detector(frame.luma, full_range=frame.colour.full_range)) for frame in frames]
    return ClipCounts(len(counts), sum(n > 0 for n in counts), sum(n > 1 for n in counts))


def unsteadiness(detector: Detector, luma: Plane, noise: float = 4.0, repeats: int = 30) -> float:
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


def race(models: Sequence[Path], height: int = 192, width: int = 320) -> list[float]:
    """Milliseconds that each network takes for a picture, one thread, in turns so that all share
    the machine's moods.

    Returns:
        The median of 200 runs, for each model.
    """
    sessions = [Session(model, SessionOptions(provider="cpu")) for model in models]
    times: NDArray[np.float64] = np.empty((len(models), 200))
    inputs = [_blank(session, height, width) for session in sessions]
    for turn in range(-10, times.shape[1]):
        for lane, (session, picture) in enumerate(zip(sessions, inputs, strict=True)):
            start = perf_counter()
            session.run(picture)
            if turn >= 0:
                times[lane, turn] = perf_counter() - start
    return [float(value) for value in np.median(times, axis=1) * 1e3]


def _blank(session: Session, height: int, width: int) -> Batch:
    grey = session.card is not None and session.card.colour == "GRAY"
    kind = np.uint8 if session.reads_bytes else np.float32
    return np.zeros((1, 1 if grey else 3, height, width), kind)
