"""A teacher's opinions about faces: what it says of those that it did not learn from.

A network is sure of what it was trained on, right or wrong, so that each fold's teacher speaks of
the faces of its own fold alone (out-of-fold predictions), and of faces without a label.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from fer_video.engine.errors import DataError
from fer_video.exporters.augment.faces import Faces, chosen
from fer_video.exporters.data.arrays import read_arrays
from fer_video.exporters.data.atomic import replacing
from fer_video.exporters.training.architectures import TEACHER, load_weights
from fer_video.exporters.training.pack import Pack, labelled
from fer_video.exporters.training.recipe import Recipe
from fer_video.exporters.training.scores import scores_of_views
from fer_video.exporters.training.trainer import BEST_NAME

_OVERRULED = 0.8
"""Share that a teacher must give other expressions than the label for the label to be wrong."""
_COUNTS = 0.25
"""Share of a target from which an expression counts as one of a face's labels."""


OPINIONS_NAME = "opinions.npz"
_SEED = 3


def _held_out(faces: Faces, fold: int, folds: int) -> NDArray[np.bool_]:
    """(n,) bool: the labelled faces that a fold's teacher does not learn from; none of one fold."""
    places = np.random.default_rng(_SEED).permutation(len(faces.images)) % folds
    return np.asarray((places == fold - 1) & labelled(faces) & (folds > 1))


def learnt_from(pack: Pack, fold: int, folds: int) -> list[Faces]:
    """The faces with labels, but for those of one fold.

    Args:
        pack: all faces.
        fold: number of the fold, from 1.
        folds: how many there are.
    """
    parts = [chosen(f, labelled(f) & ~_held_out(f, fold, folds)) for f in pack.train]
    return [part for part in parts if part.images]


def give_opinions(
    pack: Pack, fold: int, folds: int, trained: Path, recipe: Recipe
) -> list[NDArray[np.float32]]:
    """What a fold's teacher says of the faces that it did not learn from, framed in both ways.

    Args:
        pack: all faces.
        fold: number of the fold, from 1.
        folds: how many there are.
        trained: folder of the teacher's training.
        recipe: of that training.

    Returns:
        (n, labels) for each training set of the pack; NaN where the teacher learnt from a face.
    """
    model = load_weights(TEACHER, trained / BEST_NAME)
    given = []
    for faces in pack.train:
        asked = ~labelled(faces) | _held_out(faces, fold, folds)
        scores = np.full(faces.targets.shape, np.nan, np.float32)
        scores[asked] = _scores(model, chosen(faces, asked), recipe)
        given.append(scores)
    return given


def _scores(model: keras.Model, faces: Faces, recipe: Recipe) -> NDArray[np.float32]:
    return np.asarray(np.mean(scores_of_views(model, faces, recipe, mirrored=True), axis=0))


def save_opinions(path: Path, pack: Pack, scores: Sequence[NDArray[np.float32]]) -> None:
    """Write what a teacher says, by the names of data sets and faces.

    Args:
        path: an .npz file.
        pack: the faces.
        scores: (n, labels) for each training set of the pack; NaN where the teacher says nothing.
    """
    arrays: dict[str, NDArray[Any]] = {}
    for faces, said in zip(pack.train, scores, strict=True):
        spoken = ~np.isnan(said[:, 0])
        names = np.array([face.name for face in faces.images], str)
        arrays |= {f"{faces.name}/names": names[spoken], f"{faces.name}/scores": said[spoken]}
    with replacing(path) as partial, partial.open("wb") as file:
        short = {name: _short(array) for name, array in arrays.items()}
        np.savez_compressed(file, **short)  # type: ignore[arg-type]


def _short(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(np.float16) if array.dtype == np.float32 else array


def read_opinions(paths: Iterable[Path], pack: Pack) -> list[NDArray[np.float32]]:
    """The mean of what several teachers say, each of the faces that it did not learn from.

    Returns:
        (n, labels) for each training set of the pack; NaN where no teacher says anything.

    Raises:
        DataError: a file is missing or damaged, or says nothing of these faces.
    """
    said = [_read(path, pack) for path in paths]
    return [_mean(np.stack(of_part)) for of_part in zip(*said, strict=True)]


def _read(path: Path, pack: Pack) -> list[NDArray[np.float32]]:
    try:
        stored = read_arrays(path)
        arrays = [_of_faces(faces, stored) for faces in pack.train]
    except (ValueError, TypeError, LookupError) as error:
        raise DataError(
            f"{path}: no readable opinions ({error}); `fer-video teach` writes them"
        ) from error
    if all(np.isnan(scores).all() for scores in arrays):
        raise DataError(f"{path}: says nothing of these faces; give those that it is about")
    return arrays


def _of_faces(faces: Faces, stored: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
    """(n, labels): what is said of each face, NaN where nothing is."""
    scores = np.full(faces.targets.shape, np.nan, np.float32)
    if f"{faces.name}/names" in stored:
        names, said = (stored[f"{faces.name}/{kind}"] for kind in ("names", "scores"))
        places = {str(name): place for place, name in enumerate(names)}
        for row, face in enumerate(faces.images):
            if face.name in places:
                scores[row] = said[places[face.name]]
    return scores


def _mean(said: NDArray[np.float32]) -> NDArray[np.float32]:
    """(teachers, n, labels) to (n, labels); a row of NaN says nothing."""
    silent = np.isnan(said)
    counts = (~silent).sum(axis=0)
    total = np.where(silent, 0, said).sum(axis=0)
    return np.asarray(np.where(counts > 0, total / np.maximum(counts, 1), np.nan), np.float32)


def with_opinions(faces: Faces, opinions: NDArray[Any], share: float) -> Faces:
    """Mix opinions into the targets (Hinton, Vinyals and Dean, 2015).

    A label that gets less than a fifth of a teacher's scores is taken for wrong: the opinion stands
    alone. So it does where there is no label. A face that shows none of them keeps its target.

    Args:
        faces: of one data set.
        opinions: (n, labels), NaN where there is none.
        share: of the opinion in a target, 0..1.

    Returns:
        The faces that have a target now; those whose label was overruled have the teacher's label.
    """
    targets, labels = faces.targets, faces.labels.copy()
    said, other = ~np.isnan(opinions[:, 0]), ~faces.known
    unlabelled = np.isnan(targets[:, 0])
    agreement = np.nan_to_num((opinions * (targets > _COUNTS)).sum(axis=1))
    alone = said & ~other & (unlabelled | (agreement < 1 - _OVERRULED))
    mixed = said & ~other & ~alone
    targets = targets.copy()
    targets[mixed] = (1 - share) * targets[mixed] + share * opinions[mixed]
    targets[alone] = opinions[alone]
    labels[alone] = opinions[alone].argmax(axis=1)
    return chosen(replace(faces, targets=targets, labels=labels), ~np.isnan(targets[:, 0]))
