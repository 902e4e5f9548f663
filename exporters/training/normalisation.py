"""Batch normalisation of weights that have none of its statistics, as networks of ONNX files do."""

from collections.abc import Iterable, Iterator
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from fer_video.exporters.augment.faces import normalise

_LEAST = 1e-4
"""Variance from which a channel counts as one that says something."""


def layers_of(model: keras.Model) -> Iterator[Any]:
    """All layers, in order, with those of the networks inside it."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from layers_of(layer)
        else:
            yield layer


def lacks_statistics(model: keras.Model) -> bool:
    """Whether batch normalisation has none of its own: that of a network out of an ONNX file, where
    they are folded, also after it was trained on with them kept as they were."""
    found = [x for x in layers_of(model) if isinstance(x, keras.layers.BatchNormalization)]
    return not any(np.any(layer.moving_mean) for layer in found)


def keep_normalisation(model: keras.Model) -> None:
    """Use batch normalisation's own statistics in training, too, and do not train it."""
    for layer in layers_of(model):
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False


def renew_normalisation(model: keras.Model, batches: Iterable[NDArray[np.uint8]]) -> None:
    """Give batch normalisation the statistics of what it reads, and scales and offsets with which
    the network goes on saying what it said.

    Training goes on from there as if nothing had been folded: the batches' own statistics, which it
    uses, are near to these.

    Args:
        model: of `build_network`, filled from a file in which they are folded.
        batches: crops to measure by, each (n, side, side, 3) uint8, RGB.
    """
    crops = [normalise(batch) for batch in batches]
    for network in _networks(model):
        found = [x for x in network.layers if isinstance(x, keras.layers.BatchNormalization)]
        if found:
            _renew(found, keras.Model(network.input, [layer.input for layer in found]), crops)


def _networks(model: keras.Model) -> list[keras.Model]:
    """The network and those inside it, all of which read faces."""
    return [model, *(layer for layer in model.layers if isinstance(layer, keras.Model))]


def _renew(layers: list[Any], read: keras.Model, crops: list[NDArray[np.float32]]) -> None:
    moments = [_moments(read.predict_on_batch(batch)) for batch in crops]
    for layer, (mean, square) in zip(layers, np.mean(moments, axis=0), strict=True):
        _change(layer, mean, np.maximum(square - mean**2, _LEAST))


def _moments(maps: Any) -> NDArray[Any]:
    """(layers, 2) arrays of (channels,): mean and mean square of what each layer reads."""
    rows = np.empty((len(maps), 2), object)
    for row, read in zip(rows, maps, strict=True):
        values = np.asarray(read, np.float64)
        row[:] = values.mean(axis=(0, 1, 2)), (values**2).mean(axis=(0, 1, 2))
    return rows


def _change(layer: Any, mean: NDArray[np.float64], variance: NDArray[np.float64]) -> None:
    """Change the statistics, and with them scale and offset, so that the outputs stay."""
    scale, offset, old_mean, old_variance = layer.get_weights()
    slope = scale / np.sqrt(old_variance + layer.epsilon)
    offset = offset + slope * (mean - old_mean)
    layer.set_weights([slope * np.sqrt(variance + layer.epsilon), offset, mean, variance])
