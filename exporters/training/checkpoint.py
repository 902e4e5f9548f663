"""Everything that a training needs to go on exactly where it was, in one file."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from fer_video.engine.errors import ModelError


def save_checkpoint(
    path: Path, model: keras.Model, average: list[np.ndarray], history: list[dict[str, Any]]
) -> None:
    """Write the weights, the optimizer's state, the averaged weights and the epochs so far.

    The file is complete or absent: a training that is killed while it writes keeps the last one.
    """
    arrays = _arrays("model", model.variables)
    arrays |= _arrays("optimizer", model.optimizer.variables)
    arrays |= _arrays("average", average)
    partial = path.with_suffix(".partial.npz")
    arrays["history"] = np.array(json.dumps(history))
    with partial.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    partial.replace(path)


def _arrays(kind: str, values: Iterable[Any]) -> dict[str, np.ndarray]:
    return {f"{kind}_{i}": keras.ops.convert_to_numpy(value) for i, value in enumerate(values)}


def load_checkpoint(
    path: Path, model: keras.Model
) -> tuple[list[np.ndarray], list[dict[str, Any]]]:
    """Restore a compiled model and its optimizer.

    Returns:
        The averaged weights and the epochs so far.

    Raises:
        ModelError: no such file, or one of another network.
    """
    if not path.is_file():
        raise ModelError(f"{path}: no checkpoint to resume from; train without --resume first")
    model.optimizer.build(model.trainable_variables)
    with np.load(path) as stored:
        _assign(path, "model", model.variables, stored)
        _assign(path, "optimizer", model.optimizer.variables, stored)
        average = [stored[f"average_{i}"] for i in range(len(model.get_weights()))]
        return average, json.loads(str(stored["history"]))


def _assign(path: Path, kind: str, variables: list[Any], stored: Any) -> None:
    names = [f"{kind}_{i}" for i in range(len(variables))]
    shapes = [stored[name].shape if name in stored else None for name in names]
    if shapes != [tuple(variable.shape) for variable in variables]:
        raise ModelError(f"{path}: the {kind} state is of another network; train without --resume")
    for name, variable in zip(names, variables, strict=True):
        variable.assign(stored[name])
