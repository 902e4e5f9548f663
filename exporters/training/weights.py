"""Weights from .keras files, into networks that are built here, so that no file brings code to run.

A .keras file is an archive of weights (HDF5) and of a description of its network (JSON). To build
what a description asks for is to run what a stranger wrote: a Lambda layer holds Python code, and
files of whole models in plain HDF5 hold it where Keras did not look before 3.11.3. So descriptions
are only compared with the networks of this project, and weights alone are read.
"""

import json
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import keras
import numpy as np

from fer_video.engine.errors import ModelError
from fer_video.engine.network.fields import MOST_LABELS


@dataclass(frozen=True, slots=True)
class Description:
    """What a .keras file says of its network."""

    name: str
    """Name of the network."""
    side: int | None
    """Height of its input, in pixels; None where it takes any."""
    outputs: int | None
    """Units of its last layer; None where that has none, or more than a card has labels."""
    layers: tuple[str, ...]
    """Classes of all layers, in order, with those of the networks inside it."""


def describe(weights: Path) -> Description:
    """Read a .keras file's description, of which nothing is built.

    Raises:
        ModelError: there is no such file, or it is no .keras file.
    """
    if not weights.is_file():
        raise ModelError(f"{weights}: no such file; `fer-video train` writes one")
    try:
        with zipfile.ZipFile(weights) as archive:
            return _described(json.loads(archive.read("config.json")))
    except Exception as error:  # zipfile, zlib and a stranger's JSON raise all kinds
        raise ModelError(
            f"{weights}: cannot be read as a .keras file ({first_line(error)}); give the one that "
            "`fer-video train` wrote (an .h5 file of a whole model may hold code and is not read)"
        ) from error


def _described(config: dict[str, Any]) -> Description:
    name, layers = config["config"]["name"], config["config"]["layers"]
    shape, units = layers[0]["config"]["batch_shape"], layers[-1]["config"].get("units")
    outputs = units if isinstance(units, int) and 0 < units <= MOST_LABELS else None
    return Description(str(name), shape[1], outputs, tuple(_classes(config)))


def _classes(config: dict[str, Any]) -> Iterator[str]:
    for layer in config["config"]["layers"]:
        yield str(layer["class_name"])
        if "layers" in layer["config"]:
            yield from _classes(layer)


def read_weights(model: keras.Model, weights: Path) -> None:
    """Fill a network that was built here with the weights of a .keras file.

    Args:
        model: of this project.
        weights: what `fer-video train` wrote.

    Raises:
        ModelError: there is no such file, it is no .keras file, or it is one of another network.
    """
    _check_layers(model, weights)
    fill(model, weights, "give the file that `fer-video train` wrote")


def fill(model: keras.Model, weights: Path, advice: str) -> None:
    """Read all weights of a network, and nothing else, from a file of any format of Keras.

    Args:
        model: whose weights are replaced.
        weights: the file.
        advice: what an error says to do.

    Raises:
        ModelError: the file cannot be read, or lacks a weight, or holds one that is no number.
    """
    if not weights.is_file():
        raise ModelError(f"{weights}: no such file; {advice}")
    try:
        with warnings.catch_warnings(action="ignore"):  # one a layer that does not fit
            model.load_weights(weights)
    except Exception as error:  # Keras, h5py and zipfile share no base class
        raise ModelError(
            f"{weights}: does not hold the weights of {model.name} ({first_line(error)}); {advice}"
        ) from error
    check_numbers(model, weights, advice)


def check_numbers(model: keras.Model, weights: Path, advice: str) -> None:
    """Refuse weights that are not finite, of which a network learns and says nothing.

    Args:
        model: that was filled.
        weights: the file that it was filled from.
        advice: what an error says to do.

    Raises:
        ModelError: there is one.
    """
    if not all(np.isfinite(array).all() for array in model.get_weights()):
        raise ModelError(f"{weights}: holds weights that are no numbers; {advice}")


def _check_layers(model: keras.Model, weights: Path) -> None:
    found, own = describe(weights), _described(keras.saving.serialize_keras_object(model))
    if found.name != own.name:
        raise ModelError(
            f"{weights}: holds {found.name}, not {own.name}; choose the network with --model"
        )
    for other, wanted in zip_longest(found.layers, own.layers, fillvalue="nothing"):
        if other != wanted:
            raise ModelError(
                f"{weights}: has {other} where {own.name} has {wanted}; it is another network of "
                "that name, give the file that `fer-video train` wrote"
            )


def first_line(error: Exception) -> str:
    """What an error of a library says, without its further lines."""
    return str(error).strip().partition("\n")[0] or type(error).__name__
