"""An expression network with its card, checked when it is loaded."""

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.errors import ModelError
from fer_video.engine.expressions import EXPRESSIONS
from fer_video.engine.frames import Batch
from fer_video.engine.network.card import ModelCard
from fer_video.engine.network.feed import to_input
from fer_video.engine.network.kernels import softmax_with_temperature
from fer_video.engine.network.models import find_model
from fer_video.engine.network.session import FLOAT32, Session
from fer_video.engine.options import SessionOptions

_LARGEST_BATCH = 32
"""Faces that are read at once; a crowd is read in several batches, so that memory stays small."""


class Classifier:
    """An expression network with its card, run once at construction."""

    def __init__(self, model: str, options: SessionOptions) -> None:
        """Load a classifier.

        Args:
            model: a name of the package or an .onnx file with a card inside or beside it.
            options: provider and threads.

        Raises:
            ModelError: it is no classifier of the five expressions, or says nothing of itself.
            ProviderError: the provider asked for is not there.
        """
        self._session = Session(find_model(model), options)
        self.card = _check(self._session)
        """How the network is fed and its output read."""
        self._most = 1 if self._session.input_shape[0] == 1 else _LARGEST_BATCH
        side = self.card.input_height
        blank = np.zeros((self._session.batch_sizes[-1], side, side, 4), np.uint8)
        for size in self._session.batch_sizes:
            self(to_input(blank[:size], self.card))

    @property
    def provider(self) -> str:
        """What the network runs on."""
        return self._session.provider

    def __call__(self, batch: Batch) -> NDArray[np.float32]:
        """Scores of faces.

        Args:
            batch: (n, ...) as `to_input` lays it out by the card.

        Returns:
            (n, 5) float32 in the order of `EXPRESSIONS`, each row finite and summing to 1.

        Raises:
            ModelError: the network does not give five finite numbers for every face.
        """
        parts = [
            self._read(batch[start : start + self._most])
            for start in range(0, len(batch), self._most)
        ]
        return np.concatenate(parts) if parts else np.empty((0, len(EXPRESSIONS)), np.float32)

    def _read(self, batch: Batch) -> NDArray[np.float32]:
        outputs = self._session.run(batch)[0]
        if outputs.shape != (len(batch), len(EXPRESSIONS)):
            raise ModelError(
                f"{self._session.path}: its output is of shape {outputs.shape} for {len(batch)} "
                f"faces where {(len(batch), len(EXPRESSIONS))} was expected; is it a classifier of "
                "expressions?"
            )
        scores = calibrated(outputs, self.card)
        if not np.isfinite(scores).all():
            raise ModelError(
                f"{self._session.path}: gives scores that are no finite numbers (of a face "
                f"{outputs[~np.isfinite(scores).all(axis=1)][0].tolist()}); the network is broken, "
                "or its card says mean, scale, activation or temperature wrong"
            )
        return scores


class Reads(Protocol):
    """Whatever reads expressions: a `Classifier`, or what stands for one."""

    @property
    def card(self) -> ModelCard:
        """How the network is fed."""
        ...

    def __call__(self, batch: Batch) -> NDArray[np.float32]:
        """Scores of faces, as `Classifier` gives them."""
        ...


def calibrated(outputs: NDArray[np.float32], card: ModelCard) -> NDArray[np.float32]:
    """A network's outputs as probabilities: softmax(logits / temperature) (Guo et al., 2017).

    Args:
        outputs: (n, 5) float32 as the graph gives them.
        card: says which activation they went through; it is undone first.
    """
    logged, odds = card.activation != "logits", card.activation == "sigmoid"
    scores: NDArray[np.float32] = softmax_with_temperature(outputs, card.temperature, logged, odds)
    return scores


def _check(session: Session) -> ModelCard:
    card, path = session.card, session.path
    if card is None:
        beside = Path(path).with_suffix(".json")
        raise ModelError(
            f"{path}: has no model card, so nobody knows how to feed it; export it with "
            f"`fer-video export`, or write a card to {beside}"
        )
    if next(iter(session.outputs.values())) != FLOAT32:
        raise ModelError(
            f"{path}: its first output is {next(iter(session.outputs.values()))}; a classifier of "
            f"expressions gives its scores as {FLOAT32}"
        )
    if card.task != "expressions" or card.labels != tuple(EXPRESSIONS):
        raise ModelError(
            f"{path}: its card says {card.task} ({', '.join(card.labels)}), but a classifier of "
            f"{', '.join(EXPRESSIONS)} is needed"
        )
    if (card.colour == "RGBX") != session.reads_bytes:
        kind = "uint8" if session.reads_bytes else "float32"
        raise ModelError(
            f"{path}: its card says {card.colour}, but it reads {kind}; RGBX goes with uint8, all "
            "else with float32"
        )
    if card.colour == "GRAY":
        raise ModelError(f"{path}: its card says GRAY; an expression network reads RGB or BGR")
    if len(session.input_shape) != 4 or card.input_height != card.input_width:
        raise ModelError(
            f"{path}: takes {session.input_shape}; an expression network takes square pictures"
        )
    return card
