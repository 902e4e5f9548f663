"""Scores and labels that a person can read: smoothed in time, for each face by itself."""

from dataclasses import dataclass
from typing import TypeAlias

from fer_video.engine.faces.expressions import EXPRESSIONS, Scores
from fer_video.engine.faces.low_pass import LowPass
from fer_video.engine.frames.frame import ROUNDED

HELD = 2
"""Time constants of the smoothing for which a face must be less confident than asked for, or so no
more, before it is shown: where one expression follows another, neither scores high for that
long."""

Shown: TypeAlias = tuple[Scores, str, bool]
"""What is shown of a face: its scores, a label, and whether it is sure enough of that one."""


@dataclass(slots=True)
class _State:
    label: int
    """Index of the label that is shown of a face."""
    sure: bool
    """Whether it is confident enough for that label."""
    held: float
    """When its confidence last said so, too, in seconds of the video."""


class ScoreSmoother:
    """A first-order low-pass over the scores of each face, and a label that holds.

    A change of expression shows after about 0.8 of the time constant (`perf.studies.steadiness`
    measures it), a change into or out of `uncertain` after twice the time constant.
    """

    def __init__(
        self,
        seconds: float,
        labels: tuple[str, ...] = EXPRESSIONS,
        *,
        min_confidence: float = 0.0,
        margin: float = 0.05,
    ) -> None:
        """Begin without any face.

        Args:
            seconds: time constant of the low-pass; 0 takes each picture alone.
            labels: of the network, in the order of its scores.
            min_confidence: 0..1, from which on a face is sure.
            margin: by how much, 0..1, another label must lead before the label changes.
        """
        self.labels = labels
        self._low_pass = LowPass(seconds)
        self._min_confidence = min_confidence
        self._hold = max(HELD * seconds - ROUNDED, 0.0)
        self._margin = margin
        self._states: dict[int, _State] = {}

    def alone(self, raw: Scores) -> Shown:
        """What a photograph shows of a face, and the first picture of a film.

        Args:
            raw: its scores.
        """
        return raw, self.labels[int(raw.argmax())], bool(raw.max() >= self._min_confidence)

    def __call__(self, identity: int, raw: Scores, time: float) -> Shown:
        """What a film shows of a face.

        Args:
            identity: of the face, the same from frame to frame.
            raw: its scores in this frame.
            time: of the frame, in seconds.
        """
        if not self._hold:
            return self.alone(raw)
        if not self._low_pass.knows(identity, time):
            self._begin(identity, raw, time)
        scores, state = self._low_pass(identity, raw, time), self._states[identity]
        leader = int(scores.argmax())
        if scores[leader] - scores[state.label] > self._margin:
            state.label = leader
        if (scores[state.label] >= self._min_confidence) == state.sure:
            state.held = time
        elif time - state.held >= self._hold:
            state.sure, state.held = not state.sure, time
        return scores, self.labels[state.label], state.sure

    def _begin(self, identity: int, raw: Scores, time: float) -> None:
        """Take in a face that is new, and drop those that went."""
        known = self._low_pass.knows
        self._states = {i: one for i, one in self._states.items() if known(i, time)}
        _, label, sure = self.alone(raw)
        self._states[identity] = _State(self.labels.index(label), sure, time)
