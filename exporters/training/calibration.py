"""Temperature, bias and least confidence of a network, fitted on validation images."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

_BALANCED = 0.75
"""Share of `fit_bias`'s loss in which all classes weigh the same."""

_BIAS_STEPS = 400
"""Steps of gradient descent of `fit_bias`."""

_UNSURE = 0.1
"""Largest share of the faces that show one of the labels and may be `uncertain`."""


_Floats: TypeAlias = NDArray[np.floating[Any]]

LabelledLogits: TypeAlias = tuple[NDArray[np.float32], NDArray[np.intp]]
"""Logits (n, labels) of faces, and the index of each one's label (n,)."""


def calibration(
    known: Sequence[LabelledLogits], others: Sequence[LabelledLogits], *, adjust: bool
) -> tuple[NDArray[np.float32], dict[str, float]]:
    """All that is fitted to validation images.

    Args:
        known: faces of each data set that show one of the labels.
        others: faces that show none of them.
        adjust: fit a bias, too.

    Returns:
        What to add to the logits, (labels,) float32, and what run.json says: the temperature, and
        what `sureness` tells.
    """
    bias = fit_bias(known) if adjust else np.zeros(known[0][0].shape[1], np.float32)
    logits = [of_set + bias for of_set, _ in known]
    labels = np.concatenate([labels for _, labels in known])
    temperature = fit_temperature(np.concatenate(logits), labels)
    told = sureness(logits, [of_set + bias for of_set, _ in others], temperature)
    return bias, {"temperature": temperature} | told


def undone(outputs: NDArray[np.float32], sigmoid: bool) -> NDArray[np.float32]:
    """The logits that a sigmoid or a softmax took, as `calibrated` finds them.

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


def fit_bias(sets: Sequence[LabelledLogits]) -> NDArray[np.float32]:
    """What to add to the logits so that no class pays for being rare in training.

    Minimises cross-entropy on validation images, three quarters of it with all classes weighing the
    same, by gradient descent: a logit adjustment (Menon et al., 2021) that is fitted, not computed.

    Args:
        sets: faces of each data set; the sets weigh the same.

    Returns:
        (labels,) float32 that sum to 0; 0 of a label that no face shows, of which nothing is known.
    """
    bias = np.zeros(sets[0][0].shape[1])
    shown = np.isin(np.arange(len(bias)), np.concatenate([labels for _, labels in sets]))
    for _ in range(_BIAS_STEPS):
        step = np.mean([_bias_gradient(logits + bias, labels) for logits, labels in sets], axis=0)
        bias -= np.where(shown, step, 0)
    return np.asarray(np.where(shown, bias - bias[shown].mean(), 0), np.float32)


def sureness(
    known: Sequence[_Floats], others: Sequence[_Floats], temperature: float
) -> dict[str, float]:
    """What run.json says of `uncertain`: from which confidence on a face is not, and how many are.

    Args:
        known: logits (n, labels), with their bias, of the faces of each data set that show one of
            the labels; the sets weigh the same.
        others: the same of faces that show none of them.
        temperature: of `fit_temperature`.
    """
    sure, unsure = ([_softmax(logits / temperature) for logits in sets] for sets in (known, others))
    least = fit_min_confidence(sure, unsure)
    told = {"min_confidence": least, "uncertain": share_unsure(sure, least)}
    if sum(map(len, others)):
        told["uncertain, showing none"] = share_unsure(unsure, least)
    return told


def fit_min_confidence(known: Sequence[_Floats], others: Sequence[_Floats]) -> float:
    """The confidence under which a face is to count as `uncertain`, on validation images.

    As high as leaves nine in ten of the faces recognised that show one of the labels. Without faces
    that show none of them it is 0: nothing then says that a low confidence tells such faces.

    Args:
        known: scores (n, labels), calibrated, of the faces of each data set that show one of the
            labels; the sets weigh the same.
        others: the same of faces that show none of them.

    Returns:
        0..1, in steps of one per cent.
    """
    if not sum(map(len, others)):
        return 0.0
    candidates = np.arange(101) / 100
    return float(max(c for c in candidates if share_unsure(known, c) <= _UNSURE))


def share_unsure(scores: Sequence[_Floats], min_confidence: float) -> float:
    """Share of the faces that are less confident, as a mean over the data sets that have any.

    Args:
        scores: (n, labels) of each data set.
        min_confidence: 0..1.
    """
    shares = [np.mean(part.max(axis=1) < min_confidence) for part in scores if len(part)]
    return float(np.mean(shares))


def _bias_gradient(logits: NDArray[np.float64], labels: NDArray[np.intp]) -> NDArray[np.float64]:
    scores = _softmax(logits)
    sizes = np.bincount(labels, minlength=scores.shape[1])
    weights = (1 - _BALANCED) / len(labels) + _BALANCED / (np.count_nonzero(sizes) * sizes[labels])
    return np.asarray(weights @ (scores - np.eye(scores.shape[1])[labels]), np.float64)


def _softmax(logits: _Floats) -> _Floats:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
