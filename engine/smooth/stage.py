"""What is said of a face, from a network's scores: since its rest, smoothed over time."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.faces.evidence import Parts
from fer_video.engine.faces.expressions import EXPRESSIONS, Reading
from fer_video.engine.faces.face import Face
from fer_video.engine.faces.quality import Quality, Reason
from fer_video.engine.frames.handovers import RecognizedFrame, ScoredFrame
from fer_video.engine.smooth.baseline import NeutralBaseline
from fer_video.engine.smooth.parts import PartsOverTime
from fer_video.engine.smooth.smoother import ScoreSmoother


class Smooth:
    """Adds to each frame what its faces show; takes frames in order, one at a time."""

    def __init__(
        self,
        min_confidence: float = 0.0,
        smoother: ScoreSmoother | None = None,
        baseline: NeutralBaseline | None = None,
        labels: tuple[str, ...] = EXPRESSIONS,
        parts: PartsOverTime | None = None,
        reject: Collection[Reason] = (),
    ) -> None:
        """Begin without any face.

        Args:
            min_confidence: see `Reading`.
            smoother: of the scores of a video's faces, over time; None smooths nothing.
            baseline: counts the scores from the resting face, before that; None does not.
            labels: of the network, in the order of its scores.
            parts: of a video's faces, over time; None where they are not read.
            reject: reasons, of a face's quality, for which it is not labelled.
        """
        self._labels = labels
        self._min_confidence = min_confidence
        self._smoother = smoother
        self._baseline = baseline
        self._parts = parts
        self._reject = frozenset(reject)
        self._last: dict[int, NDArray[np.float32]] = {}
        """Raw scores of the faces of the last frame, by identity."""

    def __call__(self, scored: ScoredFrame) -> RecognizedFrame:
        """What every face of the frame shows, by its last scores where they hold."""
        frame, faces, reused = scored.frame, scored.detected.faces, scored.detected.reused
        fresh = iter(scored.scores)
        scores = [self._last[i] if (i := face.id) in reused else next(fresh) for face in faces]
        named = zip(faces, scores, strict=True)
        self._last = {face.id: row for face, row in named if face.id is not None}
        if self._parts is not None and not frame.still:
            self._parts.take(scored.parts, frame.time)
        qualities = scored.qualities or [None] * len(faces)
        readings = (
            self._read(scored, face, row, quality)
            for face, row, quality in zip(faces, scores, qualities, strict=True)
        )
        return RecognizedFrame(frame, tuple(readings), self._labels)

    def _read(
        self, scored: ScoredFrame, face: Face, raw: NDArray[np.float32], quality: Quality | None
    ) -> Reading:
        frame = scored.frame
        scores, in_video, calibrated = raw, not frame.still, False
        if self._baseline is not None and face.id is not None and in_video:
            scores = self._baseline(face.id, raw, frame.time)
            calibrated = self._baseline.has_rested(face.id)
        expression = self._labels[int(scores.argmax())]
        if self._smoother is not None and face.id is not None and in_video:
            scores, expression = self._smoother(face.id, scores, frame.time)
        return Reading(
            face,
            scores,
            expression,
            raw,
            self._min_confidence,
            reused=face.id in scored.detected.reused,
            labels=self._labels,
            calibrated=calibrated,
            parts=self._parts_of(scored, face, raw),
            quality=quality,
            rejected=quality is not None and not self._reject.isdisjoint(quality.reasons),
        )

    def _parts_of(self, scored: ScoredFrame, face: Face, raw: NDArray[np.float32]) -> Parts | None:
        if face.id is None:
            return None
        if self._parts is None or scored.frame.still:
            return scored.parts.get(face.id)
        return self._parts(face.id, raw, scored.frame.time)
