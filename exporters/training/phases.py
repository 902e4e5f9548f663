"""A training of several phases: each begins with the weights that the last one kept."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from fer_video.engine.errors import ModelError, OptionsError
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.exporters.augment.faces import Faces
from fer_video.exporters.training.architectures import load_weights
from fer_video.exporters.training.normalisation import lacks_statistics
from fer_video.exporters.training.progress import Epoch, Progress
from fer_video.exporters.training.recipe import Recipe
from fer_video.exporters.training.recipes import RECIPES
from fer_video.exporters.training.record import read_labels, read_record
from fer_video.exporters.training.teachers.teaching import Teacher
from fer_video.exporters.training.trainer import BEST_NAME, CHECKPOINT_NAME, Trainer

_BEGUN = ("start", "teacher", "fold", "unlabelled")
"""What a record says of where weights come from, and of faces without labels."""
_MAY_DIFFER = ("epochs", "dtype", "blended", "distillation", "kept", "unlabelled")
"""Settings that a training may go on with otherwise, or that follow from its start and teachers."""


class Observer(Protocol):
    """Called after every step, with the epochs of the phase so far."""

    def __call__(self, progress: Progress, history: list[Epoch]) -> None: ...


def phases_of(
    recipe: str, network: str, epochs: int | None = None, *, bfloat16: bool = False
) -> tuple[Recipe, ...]:
    """The phases of a recipe.

    Args:
        recipe: a key of RECIPES.
        network: one of `cards.NETWORKS`.
        epochs: of all phases together, in place of the recipe's; each phase keeps its share.
        bfloat16: compute in bfloat16.

    Raises:
        OptionsError: there is no such recipe, or there are fewer epochs than phases.
    """
    if recipe not in RECIPES:
        raise OptionsError(f"recipe {recipe}: choose one of {', '.join(RECIPES)}")
    phases = RECIPES[recipe][network]
    if bfloat16:
        phases = tuple(replace(phase, dtype="mixed_bfloat16") for phase in phases)
    if epochs is None:
        return phases
    if epochs < len(phases):
        raise OptionsError(f"the recipe {recipe} has {len(phases)} phases: give as many --epochs")
    shares = _shared_out(epochs, [phase.epochs for phase in phases])
    return tuple(replace(p, epochs=share) for p, share in zip(phases, shares, strict=True))


def _shared_out(total: int, sizes: Sequence[int]) -> list[int]:
    """Whole numbers from 1 on that sum to `total`, as nearly in proportion as they can be."""
    ends = np.rint(np.cumsum(sizes) / sum(sizes) * (total - len(sizes))).astype(int)
    return [1 + int(share) for share in np.diff(ends, prepend=0)]


def as_followed(
    phases: Sequence[Recipe], *, taught: bool, live: bool, kept: bool
) -> tuple[Recipe, ...]:
    """A recipe as it can be followed, which is what the record and the card tell of it.

    Args:
        phases: of `phases_of`.
        taught: there is a teacher, or its opinions.
        live: a teacher reads each crop; else what has no label counts as what opinions made of it.
        kept: something of what training goes on from is kept.
    """
    return tuple(
        replace(
            phase,
            distillation=phase.distillation if taught else 0.0,
            unlabelled=phase.unlabelled if live else 1.0,
            kept=phase.kept if kept else 0.0,
        )
        for phase in phases
    )


def _folders(output: Path, phases: Sequence[Recipe]) -> list[Path]:
    """Where each phase writes."""
    return [*(output / f"phase{n}" for n in range(1, len(phases))), output]


def check_resumable(
    output: Path, phases: Sequence[Recipe], labels: Sequence[str], record: Mapping[str, Any]
) -> None:
    """Refuse what cannot be resumed: another training than the one that was begun.

    Args:
        output: folder of the training.
        phases: of `phases_of`.
        labels: what the faces are told apart by, in order.
        record: what run.json is to say; what it says of data, start, teacher and fold is compared.

    Raises:
        ModelError: there is no checkpoint, or one of other labels, or of another recipe, start,
            teacher or fold, or of other data.
    """
    first = _folders(output, phases)[0]
    if not (first / CHECKPOINT_NAME).is_file():
        raise ModelError(f"{first}: no checkpoint to resume from; train without --resume first")
    if (before := read_labels(first)) != tuple(labels):
        raise ModelError(
            f"{first}: learnt {', '.join(before)}; resume it with the same labels, or train "
            "without --resume"
        )
    begun = _told(read_record(first))
    settings = json.loads(json.dumps(asdict(phases[0])))
    for name, words in _told({**record, "recipe": settings}).items():
        if begun.get(name, words) != words:
            raise ModelError(
                f"{first}: its {name} is {begun[name]}, not {words}; resume it with the options "
                "that it began with, or train with --overwrite"
            )


def _told(record: Mapping[str, Any]) -> dict[str, Any]:
    """What a training says that is the same when it goes on, of its beginning, data and recipe."""
    told = {name: record[name] or "none" for name in _BEGUN if name in record}
    counts = (f"{d['name']} ({d.get('train')} faces)" for d in record.get("data", ()))
    if words := ", ".join(counts):
        told["data"] = words
    settings = {name: v for name, v in record["recipe"].items() if name not in _MAY_DIFFER}
    return told | {f"recipe's {name}": value for name, value in settings.items()}


def _is_folded(network: str, weights: Path) -> bool:
    return weights.suffix == ".onnx" or lacks_statistics(load_weights(network, weights))


def run_phases(
    network: str,
    phases: Sequence[Recipe],
    train: Sequence[Faces],
    valid: Sequence[Faces],
    output: Path,
    observe: Observer,
    *,
    labels: Sequence[str] = EXPRESSIONS,
    weights: Path | None = None,
    backbone_weights: Path | str | None = None,
    teachers: Sequence[Teacher] = (),
    resume: bool = False,
    record: Mapping[str, Any],
) -> list[Epoch]:
    """Train phase after phase; the last one writes into `output`, the others into folders there.

    Args:
        network: see `Trainer`, as are the faces, labels, weights, teachers and record.
        phases: of `phases_of`.
        observe: told after every step.
        weights: a .keras or float .onnx file to begin with, in place of fresh ones.
        resume: leave out the phases that are done, and go on from the last checkpoint.

    Returns:
        What each epoch of the last phase measured.

    Raises:
        ModelError: there is no checkpoint to resume from, or one of other labels, or no such
            weights.
    """
    folders = _folders(output, phases)
    if resume:
        check_resumable(output, phases, labels, record)
    else:
        for folder in folders:  # else a later --resume would take an older run's phases for ours
            (folder / CHECKPOINT_NAME).unlink(missing_ok=True)
    done: list[dict[str, Any]] = []
    folded = weights is not None and _is_folded(network, weights)
    for phase, folder in zip(phases, folders, strict=True):
        going_on = (folder / CHECKPOINT_NAME).is_file()
        # the last phase may be asked for more epochs than it has
        if folder == output or not (going_on and "temperature" in read_record(folder)):
            trainer = Trainer(
                network,
                phase,
                train,
                valid,
                folder,
                labels=labels,
                backbone_weights=backbone_weights,
                folded=folded,
                teachers=teachers,
                record={**record, "phases": done},
            )
            if weights is not None:
                trainer.start_from(weights)
            if going_on:
                trainer.resume()
            trainer.run(partial(observe, history=trainer.history))
        trained = read_record(folder)
        done.append({name: trained[name] for name in ("recipe", "history")})
        weights = folder / BEST_NAME
    return list(done[-1]["history"])
