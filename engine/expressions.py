"""The five expressions of the packaged networks in their order, and what is read on a face."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.faces import Face


class Expression(StrEnum):
    """One of the five facial expressions of the paper; its value is its label."""

    ANGRY = "angry"
    DISGUST = "disgust"
    HAPPY = "happy"
    NEUTRAL = "neutral"
    SURPRISE = "surprise"


Scores: TypeAlias = NDArray[np.float32]
"""Scores of a face in the order of a network's labels: (labels,) float32, sum 1."""

EXPRESSIONS: tuple[Expression, ...] = tuple(Expression)
"""Labels of the packaged networks in order: the index is the class."""

UNCERTAIN = "uncertain"
"""The label of a reading that is less confident than was asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What the classifier read on one face."""

    face: Face
    """Where the face is, and who it is."""
    scores: NDArray[np.float32]
    """Scores in the order of `labels`, smoothed in time and counted from the resting face where
    that is asked for: (labels,) float32, sum 1."""
    expression: str
    """What the face shows: the label of the highest score, or the one that led until now by
    hysteresis."""
    raw_scores: NDArray[np.float32]
    """Scores of this frame alone, as the network gives them: (labels,) float32."""
    min_confidence: float = 0.0
    """Confidence, 0..1, below which the label is `UNCERTAIN`."""
    reused: bool = False
    """Whether the raw scores are an earlier frame's, in which the face looked the same."""
    labels: tuple[str, ...] = EXPRESSIONS
    """Labels of the network, in the order of the scores."""

    @property
    def label(self) -> str:
        """What is shown and recorded: the expression, or `UNCERTAIN`."""
        return self.expression if self.confidence >= self.min_confidence else UNCERTAIN

    @property
    def confidence(self) -> float:
        """The score of the expression, 0..1."""
        return float(self.scores[self.labels.index(self.expression)])
