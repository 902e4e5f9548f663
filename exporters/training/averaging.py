"""The weights that a training keeps: a mean of its steps, perhaps mixed with the first."""

from typing import Any, TypeAlias

from numpy.typing import NDArray

EVERY = 8
"""Steps between two updates: to read the weights of a GPU takes as long as a step."""

_Weights: TypeAlias = list[NDArray[Any]]


class Average:
    """Polyak averaging; early on the decay is smaller, so that the start is forgotten."""

    def __init__(self, first: _Weights, decay: float) -> None:
        """Begin with the weights that training begins with.

        Args:
            first: of all layers, in order.
            decay: a step, 0..1; 0 keeps the last weights.
        """
        self._first, self._decay = first, decay
        self.weights: _Weights = first
        """The average so far."""

    def update(self, weights: _Weights, *, steps: int, since: int) -> None:
        """Take in what training has come to.

        Args:
            weights: as they are now.
            steps: since the beginning.
            since: steps since the last update.
        """
        decay = min(self._decay, steps / (steps + 10)) ** since
        self.weights = [
            average + (1 - decay) * (now - average)
            for average, now in zip(self.weights, weights, strict=True)
        ]

    def blended(self, share: float) -> _Weights:
        """The mean of the average, which has this share in it, and the first weights."""
        return [
            (1 - share) * first + share * average
            for first, average in zip(self._first, self.weights, strict=True)
        ]
