"""What each stage hands over to the next; each hand-over holds the one before it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.address import without_secrets
from fer_video.engine.faces.evidence import Parts
from fer_video.engine.faces.expressions import EXPRESSIONS, Reading
from fer_video.engine.faces.face import Face
from fer_video.engine.faces.quality import Quality
from fer_video.engine.frames.frame import Frame

Batch: TypeAlias = NDArray[np.float32 | np.uint8]
"""Input of a network: pictures along the first axis."""


@dataclass(frozen=True, slots=True, eq=False)
class DetectedFrame:
    """A frame and where its faces are."""

    frame: Frame
    """The picture."""
    faces: tuple[Face, ...]
    """Faces in pixels of the frame, each with its identity."""
    reused: frozenset[int] = frozenset()
    """Identities of faces that look as they did when they were read: their last scores hold."""
    parts_due: frozenset[int] = frozenset()
    """Identities of faces of which it is to be read what their parts say."""


@dataclass(frozen=True, slots=True, eq=False)
class PreparedFrame:
    """A frame with its faces, and those that are to be read cut out for the classifier."""

    detected: DetectedFrame
    """The picture and where its faces are."""
    batch: Batch
    """Crops of the faces that are not reused, in order; as the classifier's card says, see
    `to_input`."""

    @property
    def frame(self) -> Frame:
        """The picture."""
        return self.detected.frame


@dataclass(frozen=True, slots=True, eq=False)
class ScoredFrame:
    """A frame with its faces, and what the network said of those that were read."""

    prepared: PreparedFrame
    """The picture, its faces and their crops."""
    scores: NDArray[np.float32]
    """(n, labels), of the faces that are not reused, in order; see `Classifier`."""
    parts: Mapping[int, Parts] = field(default_factory=dict)
    """What the parts say of the faces where that was read, by their identities."""
    qualities: tuple[Quality, ...] = ()
    """How well each of the faces is to be seen, in order; none before that is measured."""

    @property
    def frame(self) -> Frame:
        """The picture."""
        return self.detected.frame

    @property
    def detected(self) -> DetectedFrame:
        """Where the faces are."""
        return self.prepared.detected


@dataclass(frozen=True, slots=True, eq=False)
class RecognizedFrame:
    """A frame and what was read on each of its faces."""

    frame: Frame
    """The picture, drawn on if the options say so."""
    readings: tuple[Reading, ...]
    """What each face shows, in the detector's order: the surest face first."""
    labels: tuple[str, ...] = EXPRESSIONS
    """Labels of the network, in the order of each reading's scores."""
    dropped_before: int = 0
    """Number of frames of a live source that were dropped between the one before and this one."""

    def to_dict(self) -> dict[str, Any]:
        """The record of the frame, as `Records` writes it: plain values for JSON.

        Seconds, and pixels of the upright picture; docs/records.md tells every field.
        """
        frame = self.frame
        record: dict[str, Any] = {"source": without_secrets(frame.source)}
        if frame.file is not None:
            record["file"] = frame.file
        record |= {"frame": frame.index, "time": round(frame.time, 6)}
        record["size"] = [frame.width, frame.height]
        if frame.pixel_aspect != 1:
            record["pixel_aspect"] = round(frame.pixel_aspect, 6)
        if frame.damaged:
            record["damaged"] = True
        if frame.at is not None:
            record["at"] = frame.at.isoformat(timespec="milliseconds")
        record["faces"] = [self._face(reading) for reading in self.readings]
        return record | ({"dropped_before": self.dropped_before} if self.dropped_before else {})

    def _face(self, reading: Reading) -> dict[str, Any]:
        """The record of a face, and what of it lies in the picture where a part does not."""
        record, face = reading.to_dict(), reading.face
        clipped = face.within(self.frame.width, self.frame.height).places()
        return record | ({} if clipped == face.places() else {"clipped": clipped})

    def to_bgr(self) -> NDArray[np.uint8]:
        """(H, W, 3) uint8, BGR, full range: the picture with what is drawn on it, a copy."""
        return self.frame.to_bgr()
