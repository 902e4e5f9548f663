"""Reads what the parts of a face say: the same crop with parts hidden, by the same network.

The parts are the players of a game whose prize is a label's score: see `shapley.py`. They play on
crops in which all around them is hidden, and that joins last; so sixteen crops tell what each part
adds, what it says alone, and what is said without it. The feature maps of two are computed, and
those of all sixteen are put together from these.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.faces.crop import crop_affine
from fer_video.engine.faces.evidence import PARTS, PartReading, Parts
from fer_video.engine.faces.expressions import Scores
from fer_video.engine.faces.face import Face, Landmarks
from fer_video.engine.faces.regions import part_masks, part_shares
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.handovers import Batch, ScoredFrame
from fer_video.engine.network.card import ModelCard
from fer_video.engine.network.classifier import Reads
from fer_video.engine.network.feed import rows_axis
from fer_video.engine.network.split import SplitClassifier
from fer_video.engine.parts.hiding import all_hidings, blurred
from fer_video.engine.parts.shapley import shapley


class ReadParts:
    """The stage; several threads may run it at once."""

    def __init__(self, classifier: Reads) -> None:
        """Read parts with `classifier`, which is cut in two now: no frame waits for that."""
        self._split = classifier.split

    def __call__(self, scored: ScoredFrame) -> ScoredFrame:
        """What the parts say of each face whose turn it is."""
        detected = scored.detected
        if not detected.parts_due:
            return scored
        faces = (face for face in detected.faces if face.id not in detected.reused)
        crops = zip(faces, scored.prepared.batch, scored.scores, strict=True)
        parts = {
            face.id: self._read(scored.frame, face, crop, scores)
            for face, crop, scores in crops
            if face.id is not None and face.id in detected.parts_due
        }
        return replace(scored, parts=parts)

    def _read(self, frame: Frame, face: Face, crop: Batch, scores: Scores) -> Parts:
        card = self._split.card
        landmarks = _landmarks_in_crop(frame, face, card)
        return parts_of(read_hidings(crop, landmarks, self._split), scores, card.labels)


def read_hidings(crop: Batch, landmarks: Landmarks, classifier: SplitClassifier) -> Scores:
    """Scores of a crop with each choice of its parts shown, and all else hidden.

    Feature maps are computed of two crops, with all parts hidden and with all shown. What belongs
    to the parts that are shown is put from the second's into the first's, for each of the sixteen.

    Args:
        crop: as `to_input` lays it out by the classifier's card, one face.
        landmarks: (5, 2), in pixels of the crop.
        classifier: that reads it.

    Returns:
        (2 ** parts, labels) float32: part i is shown where bit i of the row's number is set.
    """
    side, rows = classifier.card.input_height, rows_axis(classifier.card)
    masks = part_masks(side, landmarks).sum(axis=0, keepdims=True)
    two = all_hidings(crop, blurred(crop, rows), _beside_channels(masks, rows))
    hidden, shown = classifier.features(two)
    shares = _beside_channels(part_shares(classifier.cells, side, landmarks), classifier.rows)
    return classifier.classify(all_hidings(shown, hidden, shares))


def _beside_channels(masks: NDArray[np.float32], rows: int) -> NDArray[np.float32]:
    """(n, side, side) with an axis for the channels, before the rows or behind the columns."""
    return masks[:, None] if rows else masks[..., None]


def parts_of(seen: Scores, scores: Scores, labels: tuple[str, ...]) -> Parts:
    """What the parts of one face say.

    Args:
        seen: (2 ** parts, labels) float32: scores of its crop with all around the parts hidden, and
            with part i hidden, too, where bit i of the row's number is not set.
        scores: (labels,) float32: scores of the whole crop.
        labels: of the network.
    """
    values, everything = shapley(seen), len(seen) - 1
    readings = {
        name: PartReading(seen[1 << i], seen[everything ^ 1 << i], values[i], labels)
        for i, name in enumerate(PARTS)
    }
    return Parts(readings, scores - seen[everything], seen[0])


def _landmarks_in_crop(frame: Frame, face: Face, card: ModelCard) -> Landmarks:
    """(5, 2) float32, in pixels of the crop."""
    assert face.landmarks is not None  # else its parts are never due
    side = card.input_height
    affine = crop_affine(face, side, card.crop_scale, card.crop_shift, frame.pixel_aspect)
    points: Landmarks = np.linalg.solve(affine[:, :2], (face.landmarks - affine[:, 2]).T).T
    return points
