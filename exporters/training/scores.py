"""What a network says about faces."""

from collections.abc import Iterable

import keras
import numpy as np
from numpy.typing import NDArray

from fer_video.exporters.augment.faces import Faces, both_views, normalise
from fer_video.exporters.data.datasets import Image
from fer_video.exporters.data.images import batched
from fer_video.exporters.training.calibration import undone
from fer_video.exporters.training.recipe import Recipe


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


def scores_of_views(
    model: keras.Model, faces: Faces, recipe: Recipe, *, mirrored: bool = False
) -> list[NDArray[np.float32]]:
    """What a network says about faces, each as its image frames it and as the engine cuts it.

    Args:
        model: of `architectures`.
        faces: of one data set.
        recipe: says how large and how wide they are cut.
        mirrored: the engine's cut is read mirrored, so that a mean of both views says more.

    Returns:
        (n, labels) of each view.
    """
    crop = (recipe.side, recipe.crop_scale, recipe.crop_shift)
    return [scores_of(model, view) for view in both_views(faces, *crop, mirrored=mirrored)]


def logits_of(model: keras.Model, scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the last layer's sigmoids or softmax took.

    Args:
        model: of `architectures`.
        scores: (n, labels) that it gave.
    """
    return undone(scores, sigmoid=model.layers[-1].activation is keras.activations.sigmoid)
