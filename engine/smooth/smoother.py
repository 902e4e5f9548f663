"""Scores and labels that a person can read: smoothed in time, for each face by itself."""

from dataclasses import dataclass
from math import exp

import numpy as np

from fer_video.engine.expressions import EXPRESSIONS, Scores


@dataclass(slots=True)
class _State:
    scores: Scores
    """The smoothed scores of one face."""
    label: int
    """Index of the expression that is shown."""
    time: float
    """When the face was last seen, in seconds of the video."""


class ScoreSmoother:
    """A first-order low-pass over the scores of each face, and a label with hysteresis.

    Time is measured in seconds, not in frames, so that 10 and 60 frames a second look alike. A
    change of expression shows after about 0.8 of the time constant (`perf.steadiness` measures it).
    """

    def __init__(self, seconds: float, margin: float = 0.05, memory: float = 0.5) -> None:
        """Begin without any face.

        Args:
            seconds: time constant of the low-pass.
            margin: by how much, 0..1, another expression must lead before the label changes.
            memory: seconds without being seen after which a face begins anew.
        """
        self._seconds = seconds
        self._margin = margin
        self._memory = memory
        self._states: dict[int, _State] = {}

    def __call__(self, identity: int, raw: Scores, time: float) -> tuple[Scores, str]:
        """Take in what was read on a face.

        Args:
            identity: of the face, the same from frame to frame.
            raw: its scores in this frame.
            time: of the frame, in seconds.

        Returns:
            The smoothed scores, and the expression that is shown.
        """
        state = self._states.get(identity)
        if state is None or not 0 <= time - state.time <= self._memory:
            self._forget(time)
            state = self._states[identity] = _State(raw, int(raw.argmax()), time)
        share = np.float32(1 - exp(-(time - state.time) / self._seconds))
        state.scores = state.scores + share * (raw - state.scores)
        state.time = time
        leader = int(state.scores.argmax())
        if state.scores[leader] - state.scores[state.label] > self._margin:
            state.label = leader
        return state.scores, EXPRESSIONS[state.label]

    def _forget(self, time: float) -> None:
        """Drop faces that went, so that a long run holds no more than a short one."""
        self._states = {
            identity: state
            for identity, state in self._states.items()
            if 0 <= time - state.time <= self._memory
        }
