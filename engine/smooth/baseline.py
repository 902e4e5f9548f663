"""A person's resting face as the zero from which expressions are read.

Some faces look angry or disgusted to a network when they rest. What it says of a face while that
face rests is subtracted from all that it says of it later, as logits, so that the resting face
reads as neutral and a change from it as what has changed.
"""

from dataclasses import dataclass, field

import numpy as np

from fer_video.engine.expressions import EXPRESSIONS, Expression, Scores
from fer_video.engine.options import ON_KEY

_SMALLEST = np.float32(1e-4)
_REST = np.array([0.9 if name is Expression.NEUTRAL else 0.025 for name in EXPRESSIONS], np.float32)
"""Scores of a resting face once its baseline is known."""
_MEMORY = 2.0
"""Seconds without being seen after which a face is forgotten; the tracker forgets sooner."""


@dataclass(slots=True)
class _Face:
    round: int
    """In which it rests, or has rested."""
    since: float
    seen: float
    rows: list[Scores] = field(default_factory=list)
    """Logarithms of its scores while it rests."""
    shift: Scores | None = None
    """What is added to the logarithms of its scores from then on."""


class NeutralBaseline:
    """Learns each face's resting scores in its first seconds, and again whenever asked to."""

    def __init__(self, seconds: float = 0.0) -> None:
        """Know no face yet.

        Args:
            seconds: how long each face rests from when it is first seen; 0 leaves all scores as
                they are until `begin`.
        """
        self._round, self._seconds = 0, seconds
        self._faces: dict[int, _Face] = {}
        self._others: list[NeutralBaseline] = []

    def clone(self) -> "NeutralBaseline":
        """One for another source, which rests when this one is asked to."""
        other = NeutralBaseline(self._seconds)
        self._others.append(other)
        return other

    def begin(self, seconds: float = ON_KEY) -> None:
        """From now on every face rests for so long, then counts from there; from any thread."""
        self._round, self._seconds = self._round + 1, seconds
        for other in self._others:
            other.begin(seconds)

    def __call__(self, identity: int, raw: Scores, time: float) -> Scores:
        """Take in what was read on a face, and give it as the change from the resting face.

        Args:
            identity: of the face, the same from frame to frame.
            raw: its scores in this frame.
            time: of the frame, in seconds.
        """
        if not self._seconds:
            return raw
        face = self._faces.get(identity)
        if face is None or face.round != self._round:
            self._forget(time)
            face = self._faces[identity] = _Face(self._round, time, time)
        face.seen = time
        logs = np.log(np.maximum(raw, _SMALLEST))
        if face.shift is None:
            face.rows.append(logs)
            if time - face.since < self._seconds:
                return raw
            face.shift = np.log(_REST) - np.median(face.rows, axis=0)
            face.rows.clear()
        powers = np.exp(logs + face.shift)
        return np.asarray(powers / powers.sum(), np.float32)

    def _forget(self, time: float) -> None:
        """Faces that went, so that a long run holds no more than a short one."""
        self._faces = {
            identity: face
            for identity, face in self._faces.items()
            if 0 <= time - face.seen <= _MEMORY
        }
