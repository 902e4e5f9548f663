"""What is said of a face, from a network's scores: since its rest, smoothed over time."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.faces.evidence import Parts
from fer_video.engine.faces.expressions import Reading
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
        smoother: ScoreSmoother | None = None,
        baseline: NeutralBaseline | None = None,
        parts: PartsOverTime | None = None,
        reject: Collection[Reason] = (),
    ) -> None:
        """Begin without any face.

        Args:
            smoother: says what a face shows, in a film over time; None takes the label of the
                highest score of the five expressions.
            baseline: counts the scores from the resting face, before that; None does not.
            parts: of a video's faces, over time; None where they are not read.
            reject: reasons, of a face's quality, for which it is not labelled.
        """
        self._smoother = smoother or ScoreSmoother(0.0)
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
        return RecognizedFrame(frame, tuple(readings), self._smoother.labels)

    def _read(
        self, scored: ScoredFrame, face: Face, raw: NDArray[np.float32], quality: Quality | None
    ) -> Reading:
        (scores, expression, sure), calibrated = self._smoother.alone(raw), False
        if face.id is not None and not scored.frame.still:
            since_rest, calibrated = self._since_rest(face.id, raw, scored.frame.time)
            scores, expression, sure = self._smoother(face.id, since_rest, scored.frame.time)
        return Reading(
            face,
            scores,
            expression,
            raw,
            sure=sure,
            reused=face.id in scored.detected.reused,
            labels=self._smoother.labels,
            calibrated=calibrated,
            parts=self._parts_of(scored, face, raw),
            quality=quality,
            rejected=quality is not None and not self._reject.isdisjoint(quality.reasons),
        )

    def _since_rest(
        self, identity: int, raw: NDArray[np.float32], time: float
    ) -> tuple[NDArray[np.float32], bool]:
        """The scores as changes from the resting face, and whether they are that by now."""
        if self._baseline is None:
            return raw, False
        return self._baseline(identity, raw, time), self._baseline.has_rested(identity)

    def _parts_of(self, scored: ScoredFrame, face: Face, raw: NDArray[np.float32]) -> Parts | None:
        if face.id is None:
            return None
        if self._parts is None or scored.frame.still:
            return scored.parts.get(face.id)
        return self._parts(face.id, raw, scored.frame.time)
