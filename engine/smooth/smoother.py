"""Scores and labels that a person can read: smoothed in time, for each face by itself."""

from fer_video.engine.faces.expressions import EXPRESSIONS, Scores
from fer_video.engine.faces.low_pass import MEMORY, LowPass


class ScoreSmoother:
    """A first-order low-pass over the scores of each face, and a label with hysteresis.

    A change of expression shows after about 0.8 of the time constant (`perf.steadiness` measures
    it).
    """

    def __init__(
        self,
        seconds: float,
        labels: tuple[str, ...] = EXPRESSIONS,
        *,
        margin: float = 0.05,
        memory: float = MEMORY,
    ) -> None:
        """Begin without any face.

        Args:
            seconds: time constant of the low-pass.
            labels: of the network, in the order of its scores.
            margin: by how much, 0..1, another label must lead before the label changes.
            memory: seconds without being seen after which a face begins anew.
        """
        self._low_pass = LowPass(seconds, memory)
        self._labels = labels
        self._margin = margin
        self._shown: dict[int, int] = {}
        """Index of the label that is shown of each face."""

    def __call__(self, identity: int, raw: Scores, time: float) -> tuple[Scores, str]:
        """Take in what was read on a face.

        Args:
            identity: of the face, the same from frame to frame.
            raw: its scores in this frame.
            time: of the frame, in seconds.

        Returns:
            The smoothed scores, and the label that is shown.
        """
        if not self._low_pass.knows(identity, time):
            self._shown = {
                i: one for i, one in self._shown.items() if self._low_pass.knows(i, time)
            }
            self._shown[identity] = int(raw.argmax())
        scores, shown = self._low_pass(identity, raw, time), self._shown[identity]
        leader = int(scores.argmax())
        if scores[leader] - scores[shown] > self._margin:
            self._shown[identity] = leader
        return scores, self._labels[self._shown[identity]]
