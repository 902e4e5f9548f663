"""Counts how often the recorded label of a person changed from each to each."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fer_video.exporters.report.analysis.episodes import Run


def count_transitions(runs: Sequence[Run], labels: Sequence[str]) -> NDArray[np.int64]:
    """How often the recorded label changed from each to each.

    Returns:
        (labels, labels) counts; rows are the label before, columns the one after.
    """
    counts = np.zeros((len(labels), len(labels)), np.int64)
    for before, after in _changes(runs):
        counts[labels.index(before), labels.index(after)] += 1
    return counts


def _changes(runs: Sequence[Run]) -> Iterator[tuple[str, str]]:
    for before, after in pairwise(runs):
        if after.joined:
            yield before.label, after.label
