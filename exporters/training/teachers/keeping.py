"""Learning without forgetting (Li and Hoiem, 2016): a network that learns new data sets goes on
saying what it said of those that it knows, or says it as surely as it was right."""

from collections.abc import Sequence
from dataclasses import replace

import keras
import numpy as np
from numpy.typing import NDArray

from fer_video.exporters.augment.faces import Faces, chosen
from fer_video.exporters.training.calibration import fit_temperature
from fer_video.exporters.training.recipe import Recipe
from fer_video.exporters.training.scores import logits_of, scores_of_views


def with_own_scores(
    faces: Faces, model: keras.Model, recipe: Recipe, temperature: float = 1.0
) -> Faces:
    """Mix what a network says of faces into their targets.

    It reads each as its image frames it, and mirrored as the engine cuts it. A face that shows none
    of the labels keeps its flat target.

    Args:
        faces: of a data set that the network learnt.
        model: the network that training goes on from.
        recipe: how training goes on; `kept` is the share of what is mixed in.
        temperature: what the network's logits are divided by first.
    """
    said = [keras.ops.softmax(z / np.float32(temperature)) for z in _logits(faces, model, recipe)]
    own = np.mean([keras.ops.convert_to_numpy(scores) for scores in said], axis=0)
    mixed = (1 - recipe.kept) * faces.targets + recipe.kept * own
    targets = np.where(faces.known[:, None], mixed, faces.targets).astype(np.float32)
    return replace(faces, targets=targets)


def temperature_of(valid: Sequence[Faces], model: keras.Model, recipe: Recipe) -> float:
    """The temperature by which a network is as sure of faces as it is right.

    Args:
        valid: validation faces; those that show none of the labels do not count.
        model: the network.
        recipe: says how faces are cut.
    """
    sets = [chosen(faces, faces.known) for faces in valid]
    views = [(logits, faces.labels) for faces in sets for logits in _logits(faces, model, recipe)]
    return fit_temperature(*(np.concatenate(parts) for parts in zip(*views, strict=True)))


def _logits(faces: Faces, model: keras.Model, recipe: Recipe) -> list[NDArray[np.float32]]:
    said = scores_of_views(model, faces, recipe, mirrored=True)
    return [logits_of(model, scores) for scores in said]
