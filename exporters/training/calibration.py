"""Temperature and bias of a network, fitted on validation images."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_BALANCED = 0.75
"""Share of `fit_bias`'s loss in which all classes weigh the same."""

_BIAS_STEPS = 400
"""Steps of gradient descent of `fit_bias`."""


def logits_of(outputs: NDArray[np.float32], sigmoid: bool) -> NDArray[np.float32]:
    """What the softmax takes: undoes a sigmoid or a softmax, as `calibrated` does it.

    Args:
        outputs: (n, labels) in 0..1.
        sigmoid: they are independent of each other, rather than summing to 1.
    """
    outputs = np.clip(outputs, 1e-7, 1 - 1e-7)
    logits = np.log(outputs)
    return logits - np.log1p(-outputs) if sigmoid else logits


def fit_temperature(logits: NDArray[np.float32], labels: NDArray[np.intp]) -> float:
    """The temperature with the smallest cross-entropy (Guo et al., 2017), on validation images.

    Args:
        logits: (n, labels).
        labels: (n,) index of the label.

    Returns:
        A divisor of the logits, 0.25..4 in steps of one per cent.
    """
    candidates = np.exp(np.linspace(np.log(0.25), np.log(4), 279))

    def crossentropy(temperature: float) -> float:
        scaled = logits / temperature
        scaled = scaled - scaled.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(scaled).sum(axis=1))
        return float(np.mean(log_sum - scaled[np.arange(len(labels)), labels]))

    return round(float(min(candidates, key=crossentropy)), 3)


def fit_bias(sets: Sequence[tuple[NDArray[np.float32], NDArray[np.intp]]]) -> NDArray[np.float32]:
    """What to add to the logits so that no class pays for being rare in training.

    Minimises cross-entropy on validation images, three quarters of it with all classes weighing the
    same, by gradient descent: a logit adjustment (Menon et al., 2021) that is fitted, not computed.

    Args:
        sets: logits (n, labels) and labels (n,) of each data set; the sets weigh the same.

    Returns:
        (labels,) float32 that sum to 0.
    """
    bias = np.zeros(sets[0][0].shape[1])
    for _ in range(_BIAS_STEPS):
        bias -= np.mean([_bias_gradient(logits + bias, labels) for logits, labels in sets], axis=0)
    return np.asarray(bias - bias.mean(), np.float32)


def _bias_gradient(logits: NDArray[np.float64], labels: NDArray[np.intp]) -> NDArray[np.float64]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    scores = powers / powers.sum(axis=1, keepdims=True)
    sizes = np.bincount(labels, minlength=scores.shape[1])
    weights = (1 - _BALANCED) / len(labels) + _BALANCED / (np.count_nonzero(sizes) * sizes[labels])
    return np.asarray(weights @ (scores - np.eye(scores.shape[1])[labels]), np.float64)
