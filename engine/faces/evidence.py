"""What each part of a face says of its expression."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Evidence: TypeAlias = NDArray[np.float32]
"""(labels,) float32: by how much something raises each label's score; it may be negative."""

PARTS: Final = ("left_eye", "right_eye", "nose", "mouth")
"""Names of the parts, left and right being the person's own; an eye has its brow with it."""


@dataclass(frozen=True, slots=True, eq=False)
class PartReading:
    """What one part of a face says."""

    scores: NDArray[np.float32]
    """Scores of a crop that shows this part alone: (labels,) float32, sum 1."""
    hidden: NDArray[np.float32]
    """Scores of a crop that shows the other parts alone: (labels,) float32, sum 1."""
    evidence: Evidence
    """Shapley value of the part for each label: (labels,) float32."""
    labels: tuple[str, ...]
    """Labels of the network, in the order of the scores."""

    @property
    def expression(self) -> str:
        """The label that the part alone speaks for."""
        return self.labels[int(self.scores.argmax())]

    @property
    def confidence(self) -> float:
        """The score of that label, 0..1."""
        return float(self.scores.max())


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """What the parts of a face say: evidences and baseline sum up to the face's raw scores."""

    of: Mapping[str, PartReading]
    """What each of `PARTS` says, by its name."""
    rest: Evidence
    """What all that is around the parts adds when it joins them, for each label."""
    baseline: NDArray[np.float32]
    """Scores of the crop with everything hidden: (labels,) float32."""

    def to_rows(self) -> NDArray[np.float32]:
        """(rows, labels) float32: all of it in one array, as `from_rows` takes it."""
        rows = [
            (part.scores, part.hidden, part.evidence) for part in map(self.of.get, PARTS) if part
        ]
        return np.array([row for three in rows for row in three] + [self.rest, self.baseline])

    @classmethod
    def from_rows(cls, rows: NDArray[np.float32], labels: tuple[str, ...]) -> "Parts":
        """The parts that `to_rows` gave, or a mixture of several.

        Args:
            rows: (rows, labels) float32.
            labels: of the network, in the order of the scores.
        """
        of = {
            name: PartReading(rows[3 * i], rows[3 * i + 1], rows[3 * i + 2], labels)
            for i, name in enumerate(PARTS)
        }
        return cls(of, rows[-2], rows[-1])

    def summing_up_to(self, scores: NDArray[np.float32]) -> "Parts":
        """The same with evidences changed alike, so that they and the baseline sum up to scores.

        Args:
            scores: (labels,) float32, of the face.
        """
        said = sum((part.evidence for part in self.of.values()), self.rest + self.baseline)
        share = (scores - said) / np.float32(len(self.of) + 1)
        of = {name: replace(part, evidence=part.evidence + share) for name, part in self.of.items()}
        return replace(self, of=of, rest=self.rest + share)

    def to_dict(self) -> dict[str, Any]:
        """What of it stands in records: plain values, evidences in millionths."""
        labels = next(iter(self.of.values())).labels
        parts: dict[str, Any] = {
            name: {
                "expression": part.expression,
                "confidence": round(part.confidence, 4),
                "evidence": _named(part.evidence, labels),
            }
            for name, part in self.of.items()
        }
        return parts | {
            "rest": {"evidence": _named(self.rest, labels)},
            "baseline": _named(self.baseline, labels),
        }


def _named(values: NDArray[np.float32], labels: tuple[str, ...]) -> dict[str, float]:
    return {name: round(value, 6) for name, value in zip(labels, values.tolist(), strict=True)}
