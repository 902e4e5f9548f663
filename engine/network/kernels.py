"""The kernel that turns a classifier's outputs into probabilities."""

from math import exp, log

import numpy as np
from numba import njit
from numpy.typing import NDArray

_SMALLEST = 1e-7


@njit(cache=True)
def softened(
    outputs: NDArray[np.float32], temperature: float, logged: bool, odds: bool
) -> NDArray[np.float32]:
    """softmax(logits / temperature) of each row.

    Args:
        outputs: (n, classes) float32.
        temperature: above 0.
        logged: the outputs are probabilities: their logarithms are taken.
        odds: and those of what they lack to 1 subtracted.

    Returns:
        (n, classes) float32, each row summing to 1.
    """
    scores = np.empty_like(outputs)
    logits = np.empty(outputs.shape[1], np.float64)
    for row in range(outputs.shape[0]):
        for column in range(outputs.shape[1]):
            value = float(outputs[row, column])
            logit = log(max(value, _SMALLEST)) if logged else value
            if odds:
                logit -= log(max(1 - value, _SMALLEST))
            logits[column] = logit / temperature
        most, total = logits.max(), 0.0
        for column in range(logits.size):
            logits[column] = exp(logits[column] - most)
            total += logits[column]
        for column in range(logits.size):
            scores[row, column] = logits[column] / total
    return scores
