"""The five expressions of the packaged networks in their order, and what is read on a face."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.faces.evidence import Parts
from fer_video.engine.faces.face import Face
from fer_video.engine.faces.quality import Quality


class Expression:
    """Labels of the paper's five facial expressions; each is a plain string."""

    ANGRY: Final = "angry"
    DISGUST: Final = "disgust"
    HAPPY: Final = "happy"
    NEUTRAL: Final = "neutral"
    SURPRISE: Final = "surprise"


Scores: TypeAlias = NDArray[np.float32]
"""Scores of a face in the order of a network's labels: (labels,) float32, sum 1."""

EXPRESSIONS: tuple[str, ...] = (
    Expression.ANGRY,
    Expression.DISGUST,
    Expression.HAPPY,
    Expression.NEUTRAL,
    Expression.SURPRISE,
)
"""Labels of the packaged networks in order: the index is the class."""

UNCERTAIN = "uncertain"
"""The label of a reading that is less confident than was asked for, or than the network's card asks
for, and of a face seen worse than was asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What the classifier read on one face; `reading["happy"]` is the score of that label."""

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
    sure: bool = True
    """Whether the confidence is as high as was asked for, or as the network's card asks for; in a
    film this changes only once it has been otherwise for twice the time of smoothing."""
    reused: bool = False
    """Whether the raw scores are an earlier frame's, in which the face looked the same."""
    labels: tuple[str, ...] = EXPRESSIONS
    """Labels of the network, in the order of the scores."""
    calibrated: bool = False
    """Whether the scores are counted from the resting face."""
    parts: Parts | None = None
    """What each part of the face says, where that was asked for."""
    quality: Quality | None = None
    """How well the face is to be seen; None before that is measured."""
    rejected: bool = False
    """Whether the face is seen too badly for a label, by the reasons that were asked for."""

    @property
    def label(self) -> str:
        """What is shown and recorded: the expression, or `UNCERTAIN`."""
        return self.expression if self.sure and not self.rejected else UNCERTAIN

    @property
    def confidence(self) -> float:
        """The score of the expression, 0..1."""
        return self[self.expression]

    def __getitem__(self, label: str) -> float:
        """The score of an expression by its name, 0..1.

        Raises:
            KeyError: the network reads no such expression.
        """
        if label not in self.labels:
            raise KeyError(f"{label}: no such expression; it is one of {', '.join(self.labels)}")
        return float(self.scores[self.labels.index(label)])

    def __iter__(self) -> Iterator[str]:
        """Names of the scores, as a mapping has them."""
        return iter(self.labels)

    def keys(self) -> tuple[str, ...]:
        """Names of the scores, so that `dict(reading)` has each score by its name."""
        return self.labels

    def to_dict(self) -> dict[str, Any]:
        """The face as a record has it: plain values, pixels of the upright picture."""
        places = self.face.places()
        record: dict[str, Any] = {
            "id": self.face.id,
            "box": places["box"],
            "score": round(self.face.score, 4),
            "landmarks": places["landmarks"],
            "expression": self.label,
            "confidence": round(self.confidence, 4),
            "scores": self._named(self.scores),
            "raw_scores": self._named(self.raw_scores),
            "status": "low_quality" if self.rejected else "ok",
        }
        if self.quality is not None:
            record["quality"] = self.quality.to_dict()
        told = {"reused": self.reused, "calibrated": self.calibrated}
        record |= {name: True for name, holds in told.items() if holds}
        return record | ({} if self.parts is None else {"parts": self.parts.to_dict()})

    def _named(self, scores: NDArray[np.float32]) -> dict[str, float]:
        return {name: round(v, 4) for name, v in zip(self.labels, scores.tolist(), strict=True)}
