"""A first-order low-pass over numbers of each face."""

from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

MEMORY = 0.5
"""Seconds without being seen after which a face begins anew."""


@dataclass(slots=True)
class _State:
    values: NDArray[np.float32]
    """The smoothed numbers of one face."""
    time: float
    """When the face was last seen, in seconds of the video."""


class LowPass:
    """Smooths arrays over time, for each face by itself.

    Time is measured in seconds, not in frames, so that 10 and 60 frames a second look alike.
    """

    def __init__(self, seconds: float) -> None:
        """Begin without any face.

        Args:
            seconds: time constant; 0 smooths nothing.
        """
        self._seconds = seconds
        self._states: dict[int, _State] = {}

    def knows(self, identity: int, time: float) -> bool:
        """Whether a face at this time goes on from what it was before."""
        state = self._states.get(identity)
        return state is not None and 0 <= time - state.time <= MEMORY

    def __call__(
        self, identity: int, values: NDArray[np.float32], time: float
    ) -> NDArray[np.float32]:
        """Take in the numbers of a face, and give them smoothed.

        Args:
            identity: of the face, the same from frame to frame.
            values: of this frame; always of one shape.
            time: of the frame, in seconds.
        """
        if not self.knows(identity, time):
            self._forget(time)
            self._states[identity] = _State(values, time)
        state = self._states[identity]
        past = time - state.time
        share = np.float32(1 - exp(-past / self._seconds) if self._seconds else 1)
        state.values = state.values + share * (values - state.values)
        state.time = time
        return state.values

    def _forget(self, time: float) -> None:
        """Drop faces that went, so that a long run holds no more than a short one."""
        self._states = {
            identity: state
            for identity, state in self._states.items()
            if 0 <= time - state.time <= MEMORY
        }
