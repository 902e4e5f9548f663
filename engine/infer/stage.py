"""Reads the expressions: all faces of a frame in one batch."""

from collections.abc import Sequence

import numpy as np

from fer_video.engine.frames.handovers import PreparedFrame, ScoredFrame
from fer_video.engine.network.classifier import Reads


class Infer:
    """The stage; several threads may run it at once."""

    def __init__(self, classifier: Reads) -> None:
        """Read faces with `classifier`."""
        self._classifier = classifier

    def __call__(self, prepared: PreparedFrame) -> ScoredFrame:
        """Scores for every face that is to be read."""
        return ScoredFrame(prepared, self._classifier(prepared.batch))

    def together(self, several: Sequence[PreparedFrame]) -> list[ScoredFrame]:
        """The same for the faces of several frames, read as if they were of one."""
        if len(several) == 1:
            return [self(several[0])]
        scores = self._classifier(np.concatenate([prepared.batch for prepared in several]))
        ends = np.cumsum([len(prepared.batch) for prepared in several])
        return list(map(ScoredFrame, several, np.split(scores, ends[:-1])))
