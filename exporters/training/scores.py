"""What a network says about faces."""

from collections.abc import Iterable

import keras
import numpy as np
from numpy.typing import NDArray

from fer_video.exporters.augment.faces import normalise
from fer_video.exporters.data.datasets import Image
from fer_video.exporters.data.images import batched


def scores_of(
    model: keras.Model, crops: Iterable[Image], batch_size: int = 128
) -> NDArray[np.float32]:
    """What a network says about crops.

    Args:
        model: of `architectures`.
        crops: each (side, side, 3) uint8, RGB; the side is the model's.
        batch_size: crops that are held in memory at a time.

    Returns:
        (n, labels) float32.
    """
    scores = [_scores_of_batch(model, np.stack(b), batch_size) for b in batched(crops, batch_size)]
    return np.concatenate([np.empty((0, model.output_shape[-1]), np.float32), *scores])


def _scores_of_batch(
    model: keras.Model, crops: NDArray[np.uint8], batch_size: int
) -> NDArray[np.float32]:
    """The last batch is filled up, so that the network is compiled for one size alone."""
    missing = batch_size - len(crops)
    full = np.pad(crops, ((0, missing), (0, 0), (0, 0), (0, 0)))
    return np.asarray(model.predict_on_batch(normalise(full)), np.float32)[: len(crops)]
