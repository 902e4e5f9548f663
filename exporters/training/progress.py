"""Where a training stands, as it tells whoever watches it."""

from dataclasses import dataclass
from typing import Any, TypeAlias

Epoch: TypeAlias = dict[str, Any]
"""Figures of one epoch: epoch, loss, seconds, score, and the accuracy on each validation set."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a training stands."""

    epoch: int
    """Number of the epoch, from 1."""
    epochs: int
    """Most epochs of the phase."""
    step: int
    """Number of the step in its epoch, from 1."""
    steps: int
    """Steps an epoch."""
    loss: float
    """Mean training loss of the epoch so far."""
    remaining: float
    """Estimated seconds to the end of the phase."""
