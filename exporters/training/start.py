"""Weights that a training begins with, and what becomes of their last layer."""

from collections.abc import Sequence
from pathlib import Path

import keras

from fer_video.engine.errors import ModelError
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.engine.network.card import ModelCard
from fer_video.engine.network.session import Session
from fer_video.engine.options.session import SessionOptions
from fer_video.exporters.data.labels import usual
from fer_video.exporters.training.architectures import HEAD, SIDE, build_network, load_weights
from fer_video.exporters.training.record import read_labels
from fer_video.exporters.training.shipped import fill_from_onnx
from fer_video.exporters.training.weights import describe


def labels_of(weights: Path) -> tuple[str, ...]:
    """What a trained network tells apart, by its card or its training's record.

    Args:
        weights: an .onnx file, which without a card is taken for one of the five expressions, or
            a .keras file, with run.json beside it.

    Raises:
        ModelError: it is no network of expressions, or its record cannot be read.
    """
    if weights.suffix != ".onnx":
        return read_labels(weights.parent)
    card = card_in(weights)
    if card is not None and card.task != "expressions":
        raise ModelError(f"{weights}: finds faces; give a network that reads what they show")
    return EXPRESSIONS if card is None else tuple(map(usual, card.labels))


def name_of(weights: Path) -> str:
    """What a trained network is called by its card or its description; "" where that is not there.

    Args:
        weights: an .onnx or .keras file.

    Raises:
        ModelError: the file cannot be read.
    """
    if weights.suffix != ".onnx":
        return describe(weights).name
    card = card_in(weights)
    return "" if card is None else card.name


def card_in(weights: Path) -> ModelCard | None:
    """The card of an .onnx file; None where it has none."""
    return Session(weights, SessionOptions("cpu")).card


def take_weights(model: keras.Model, labels: Sequence[str], network: str, weights: Path) -> None:
    """Fill a network with the weights of another that was trained, whatever that tells apart.

    Its last layer gets the columns of the labels that both have, by their names; those of the
    others stay as they are.

    Args:
        model: of `build_network`.
        labels: what it tells apart, in order.
        network: one of `cards.NETWORKS`, which both are.
        weights: see `labels_of`.

    Raises:
        ModelError: no such file, or one of another network.
    """
    theirs = labels_of(weights)
    source = trained_network(network, weights, model.input_shape[1], len(theirs))
    own = {layer.name: layer for layer in model.layers}
    for layer in source.layers:
        if layer.name != HEAD:
            own[layer.name].set_weights(layer.get_weights())
    head, trained = own[HEAD].get_weights(), source.get_layer(HEAD).get_weights()
    for array, other in zip(head, trained, strict=True):
        for place, label in enumerate(labels):
            if label in theirs:
                array[..., place] = other[..., theirs.index(label)]
    own[HEAD].set_weights(head)


def check_weights(network: str, weights: Path) -> None:
    """Refuse weights that `take_weights` would, before data is read for hours.

    Raises:
        ModelError: no such file, or one of another network.
    """
    trained_network(network, weights, SIDE, len(labels_of(weights)))


def trained_network(network: str, weights: Path, side: int, count: int) -> keras.Model:
    """The network as it was trained.

    Args:
        network: one of `cards.NETWORKS`.
        weights: see `labels_of`.
        side: of the crops that it reads, in pixels.
        count: how many labels it tells apart.

    Raises:
        ModelError: no such file, or one of another network.
    """
    if weights.suffix != ".onnx":
        source = load_weights(network, weights)
    else:
        source = build_network(network, side=side, labels=count)
        fill_from_onnx(source, weights)
    if source.output_shape[-1] != count:
        raise ModelError(
            f"{weights}: has {source.output_shape[-1]} outputs, but its record has {count} labels; "
            "keep the weights with the run.json that `fer-video train` wrote for them"
        )
    return source


def taken_over(theirs: Sequence[str], labels: Sequence[str]) -> str:
    """What becomes of the last layer, to be said behind the weights; "" where all of it is taken.

    Args:
        theirs: labels of the weights.
        labels: of the network that begins with them.
    """
    new = [label for label in labels if label not in theirs]
    if not new and len(theirs) == len(labels):
        return ""
    kept = [label for label in labels if label in theirs]
    parts = (("taken for", kept), ("new for", new))
    told = (f"{word} {', '.join(names)}" for word, names in parts if names)
    return f"; the last layer is {' and '.join(told)}"
