"""From what a network gives to the scores of faces."""

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.errors import ModelError
from fer_video.engine.frames.handovers import Batch
from fer_video.engine.network.card import ModelCard
from fer_video.engine.network.session import Session

_SMALLEST = 1e-7
"""The probability that stands for none at all, of which there is a logarithm."""
_ROUNDED = 0.01
"""How far outside 0..1 a probability may lie: a step of int8 is up to 1/128."""


def read_scores(session: Session, batch: Batch, card: ModelCard, most: int) -> NDArray[np.float32]:
    """Scores of faces.

    Args:
        session: a classifier's, or of its second half.
        batch: (n, ...) as the session takes it.
        card: how its output is read.
        most: faces that are read at once.

    Returns:
        (n, labels) float32 in the order of the card's labels, each row finite and summing to 1.

    Raises:
        ModelError: the network does not give a finite number for every face and label.
    """
    parts = [_read(session, batch[at : at + most], card) for at in range(0, len(batch), most)]
    return np.concatenate(parts) if parts else np.empty((0, len(card.labels)), np.float32)


def _read(session: Session, batch: Batch, card: ModelCard) -> NDArray[np.float32]:
    outputs = session.run(batch)[0]
    expected = len(batch), len(card.labels)
    if outputs.shape != expected:
        raise ModelError(
            f"{session.path}: its output is of shape {outputs.shape} for {len(batch)} faces where "
            f"{expected} was expected, since the card's field labels names {expected[1]} "
            f"({', '.join(card.labels)}); name one label an output, in their order"
        )
    scores = calibrated(outputs, card)
    if not np.isfinite(scores).all():
        raise ModelError(
            f"{session.path}: gives scores that are no finite numbers (of a face "
            f"{outputs[~np.isfinite(scores).all(axis=1)][0].tolist()}); the network is broken, or "
            "its card says mean, scale, activation or temperature wrong"
        )
    least, largest = outputs.min(), outputs.max()
    are_shares = -_ROUNDED <= least <= largest <= 1 + _ROUNDED
    if card.activation != "logits" and not are_shares:
        raise ModelError(
            f"{session.path}: gives numbers from {least:.3g} to {largest:.3g}, where those of its "
            f"card's activation {card.activation} are from 0 to 1; make that field logits"
        )
    return scores


def calibrated(outputs: NDArray[np.float32], card: ModelCard) -> NDArray[np.float32]:
    """A network's outputs as probabilities: softmax(logits / temperature) (Guo et al., 2017).

    Args:
        outputs: (n, labels) float32 as the graph gives them.
        card: says which activation they went through; it is undone first.

    Returns:
        (n, labels) float32, each row summing to 1; NaN throughout where an output is none, or
        the highest logit infinite.
    """
    logits = values = outputs.astype(np.float64)
    if card.activation != "logits":
        logits = np.log(np.maximum(values, _SMALLEST))
    if card.activation == "sigmoid":  # each is the probability of its label alone
        logits -= np.log(np.maximum(1 - values, _SMALLEST))
    logits /= card.temperature
    with np.errstate(invalid="ignore"):  # the caller tells of numbers that are none
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares.astype(np.float32)
