"""An expression network with its card, checked when it is loaded."""

from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.errors import ModelError
from fer_video.engine.frames.handovers import Batch
from fer_video.engine.network.card import ModelCard
from fer_video.engine.network.feed import to_input
from fer_video.engine.network.models import find_model
from fer_video.engine.network.scores import read_scores
from fer_video.engine.network.session import FLOAT32, Session, check_bytes
from fer_video.engine.network.split import SplitClassifier
from fer_video.engine.network.used import UsedNetwork
from fer_video.engine.options.session import SessionOptions

_LARGEST_BATCH = 32
"""Faces that are read at once; a crowd is read in several batches, so that memory stays small."""


class Classifier:
    """An expression network with its card, run once at construction."""

    def __init__(
        self, model: str | Path, options: SessionOptions, card: ModelCard | None = None
    ) -> None:
        """Load a classifier.

        Args:
            model: a name of the package or an .onnx file with a card inside or beside it.
            options: provider and threads.
            card: what to believe instead of what the file says of itself.

        Raises:
            ModelError: it is no classifier of expressions, or not the one of its card, or says
                nothing of itself.
            ProviderError: the provider asked for is not there.
        """
        self._options = options
        self._session = Session(find_model(model), options, card=card or True)
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

    @property
    def used(self) -> UsedNetwork:
        """The file that it was loaded from."""
        return UsedNetwork("expressions", self._session.path, self.card, self.provider)

    def __call__(self, batch: Batch) -> NDArray[np.float32]:
        """Scores of faces.

        Args:
            batch: (n, ...) as `to_input` lays it out by the card.

        Returns:
            (n, labels) float32 in the order of the card's labels, each row finite and summing to 1.

        Raises:
            ModelError: the network does not give a finite number for every face and label.
        """
        return read_scores(self._session, batch, self.card, self._most)

    @cached_property
    def split(self) -> SplitClassifier:
        """The network in two; cut when it is first asked for."""
        side = self.card.input_height
        blank = to_input(np.zeros((1, side, side, 4), np.uint8), self.card)
        return SplitClassifier(self._session.path, self._options, self.card, blank, self._most)


class Reads(Protocol):
    """Whatever reads expressions: a `Classifier`, or what stands for one."""

    @property
    def card(self) -> ModelCard:
        """How the network is fed."""
        ...

    def __call__(self, batch: Batch) -> NDArray[np.float32]:
        """Scores of faces, as `Classifier` gives them."""
        ...

    @property
    def split(self) -> SplitClassifier:
        """The network in two."""
        ...


def _check(session: Session) -> ModelCard:
    card, path = session.card, session.path
    if card is None:
        beside = Path(path).with_suffix(".json")
        raise ModelError(
            f"{path}: has no model card, so nobody knows how to feed it; write one to {beside} "
            f"with `fer-video models card {path}`"
        )
    if next(iter(session.outputs.values())) != FLOAT32:
        raise ModelError(
            f"{path}: its first output is {next(iter(session.outputs.values()))}; a classifier of "
            f"expressions gives its scores as {FLOAT32}"
        )
    if card.task != "expressions":
        raise ModelError(
            f"{path}: its card says task {card.task}, but a classifier of expressions is needed"
        )
    check_bytes(session)
    if (card.colour == "RGBX") != session.reads_bytes:
        kind = "uint8" if session.reads_bytes else "float32"
        raise ModelError(
            f"{path}: its card says {card.colour}, but it reads {kind}; RGBX goes with uint8, all "
            "else with float32"
        )
    if len(session.input_shape) != 4 or card.input_height != card.input_width:
        raise ModelError(
            f"{path}: takes {session.input_shape}; an expression network takes square pictures"
        )
    _check_input(session, card)
    return card


def _check_input(session: Session, card: ModelCard) -> None:
    height, width, channels = card.input_height, card.input_width, card.channels
    planes, pixels = (channels, height, width), (height, width, channels)
    said = planes if card.layout == "NCHW" else pixels
    declared = session.input_shape[1:]
    if not session.reads_bytes and any(
        isinstance(size, int) and size != own for size, own in zip(declared, said, strict=True)
    ):
        raise ModelError(
            f"{session.path}: its card's fields layout, colour, input_height and input_width say "
            f"{card.layout}, {card.colour}, {height} and {width}, but it takes "
            f"{session.input_shape}; correct them"
        )
