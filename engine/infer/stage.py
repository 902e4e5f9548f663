"""[4] Reads the expressions: all faces of a frame in one batch."""

from fer_video.engine.frames import PreparedFrame, ScoredFrame
from fer_video.engine.network.classifier import Reads


class Infer:
    """The stage; several threads may run it at once."""

    def __init__(self, classifier: Reads) -> None:
        """Read faces with `classifier`."""
        self._classifier = classifier

    def __call__(self, prepared: PreparedFrame) -> ScoredFrame:
        """Scores for every face that is to be read."""
        return ScoredFrame(prepared, self._classifier(prepared.batch))
