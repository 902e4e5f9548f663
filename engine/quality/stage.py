"""Says how well each face is to be seen, and why one is hard to read."""

from dataclasses import replace

import numpy as np

from fer_video.engine.faces.face import Face
from fer_video.engine.faces.low_pass import LowPass
from fer_video.engine.faces.quality import Quality
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.handovers import ScoredFrame
from fer_video.engine.quality.measures import measure

_SECONDS = 0.3
"""Time constant by which a head's turn is smoothed."""


class Assess:
    """Adds how well each face is seen, reused ones too; takes frames in order, one at a time."""

    def __init__(self) -> None:
        """Begin without any face."""
        self._turns = LowPass(_SECONDS)

    def __call__(self, scored: ScoredFrame) -> ScoredFrame:
        """The frame with the quality of its faces."""
        qualities = (self._assess(scored.frame, face) for face in scored.detected.faces)
        return replace(scored, qualities=tuple(qualities))

    def _assess(self, frame: Frame, face: Face) -> Quality:
        quality = measure(frame, face)
        if quality.turn is None or face.id is None or frame.still:
            return quality
        turn = self._turns(face.id, np.array([abs(quality.turn)], np.float32), frame.time)
        return replace(quality, turn=float(turn[0]))
