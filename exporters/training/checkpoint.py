"""Everything that a training needs to go on exactly where it was, in one file."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from fer_video.engine.errors import ModelError
from fer_video.exporters.data.arrays import read_arrays
from fer_video.exporters.data.atomic import replacing


def save_checkpoint(
    path: Path, model: keras.Model, average: list[np.ndarray], history: list[dict[str, Any]]
) -> None:
    """Write the weights, the optimizer's state, the averaged weights and the epochs so far.

    Where the optimizer itself keeps the average, `average` is empty.

    The file is complete or absent: a training that is killed while it writes keeps the last one.
    """
    arrays = _arrays("model", model.variables)
    arrays |= _arrays("optimizer", model.optimizer.variables)
    arrays |= _arrays("average", average)
    arrays["history"] = np.array(json.dumps(history))
    with replacing(path) as partial, partial.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def _arrays(kind: str, values: Iterable[Any]) -> dict[str, np.ndarray]:
    return {f"{kind}_{i}": keras.ops.convert_to_numpy(value) for i, value in enumerate(values)}


def load_checkpoint(
    path: Path, model: keras.Model
) -> tuple[list[np.ndarray], list[dict[str, Any]]]:
    """Restore a compiled model and its optimizer.

    Returns:
        The averaged weights, as many as were saved, and the epochs so far.

    Raises:
        ModelError: no such file, a damaged one, or one of another network.
    """
    if not path.is_file():
        raise ModelError(f"{path}: no checkpoint to resume from; train without --resume first")
    model.optimizer.build(model.trainable_variables)
    stored = _read(path)
    _assign(path, "model", model.variables, stored)
    _assign(path, "optimizer", model.optimizer.variables, stored)
    average = [array for name, array in stored.items() if name.startswith("average_")]
    return average, json.loads(str(stored["history"]))


def _read(path: Path) -> dict[str, np.ndarray]:
    """All arrays, in the order in which they were written."""
    try:
        arrays = read_arrays(path)
    except ValueError as error:
        raise ModelError(f"{path}: is damaged ({error}); train without --resume") from error
    if "history" not in arrays:
        raise ModelError(f"{path}: is no checkpoint of a training; train without --resume")
    return arrays


def _assign(path: Path, kind: str, variables: list[Any], stored: dict[str, np.ndarray]) -> None:
    names = [f"{kind}_{i}" for i in range(len(variables))]
    shapes = [stored[name].shape if name in stored else None for name in names]
    if shapes != [tuple(variable.shape) for variable in variables]:
        raise ModelError(f"{path}: the {kind} state is of another network; train without --resume")
    for name, variable in zip(names, variables, strict=True):
        variable.assign(stored[name])
