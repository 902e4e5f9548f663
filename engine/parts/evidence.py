"""What each part of a face says of its expression."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

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
    """Scores of the crop with this part hidden: (labels,) float32, sum 1."""
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
    """Shapley value of all that is around the parts."""
    baseline: NDArray[np.float32]
    """Scores of the crop with everything hidden: (labels,) float32."""
