"""What the parts of a face say over time: held between readings, smoothed as the scores are."""

from collections.abc import Mapping

from fer_video.engine.faces.evidence import Parts
from fer_video.engine.faces.expressions import Scores
from fer_video.engine.faces.low_pass import LowPass


class PartsOverTime:
    """Gives each frame what the parts of its faces say, from readings now and then.

    Evidences sum up to the scores of the very frame, though they are older: what has changed since
    is shared by all players alike, as long as nobody knows whose it is.
    """

    def __init__(self, seconds: float, labels: tuple[str, ...]) -> None:
        """Begin without any face.

        Args:
            seconds: time constant of the smoothing; 0 is none.
            labels: of the network, in the order of its scores.
        """
        self._low_pass, self._labels = LowPass(seconds), labels
        self._held: dict[int, Parts] = {}
        """The last reading of each face."""

    def take(self, readings: Mapping[int, Parts], time: float) -> None:
        """Take in what was read in a frame, and forget faces that went.

        Args:
            readings: by the identities of the faces.
            time: of the frame, in seconds.
        """
        if not (readings or self._held):
            return
        kept = {i: parts for i, parts in self._held.items() if self._low_pass.knows(i, time)}
        self._held = kept | dict(readings)

    def __call__(self, identity: int, raw: Scores, time: float) -> Parts | None:
        """What the parts of a face say in a frame; None as long as nothing was read of them.

        Args:
            identity: of the face, the same from frame to frame.
            raw: its scores in this frame, as the network gives them.
            time: of the frame, in seconds.
        """
        held = self._held.get(identity)
        if held is None:
            return None
        rows = self._low_pass(identity, held.to_rows(), time)
        return Parts.from_rows(rows, self._labels).summing_up_to(raw)
