"""`fer-video train`: teach a network on labelled faces."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_video.cli.arguments import Detector
from fer_video.cli.detector import NAME, train_detector
from fer_video.cli.offline import (
    Data,
    Layouts,
    Network,
    check_network,
    import_tensorflow,
    pairs,
    say,
    say_counts,
)

if TYPE_CHECKING:
    from fer_video.exporters.augment.faces import Faces
    from fer_video.exporters.training.preparation import PreparedDataset
    from fer_video.exporters.training.recipes import Recipe
    from fer_video.exporters.training.trainer import Epoch, Progress

_EVERY = 50
"""Steps between two reports of progress."""
_TEACHER_THREADS = 2
"""Threads of ONNX Runtime for the teacher: nothing else runs while it reads."""


def train(
    data: Data,
    output: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder for the weights, the record and curves.")
    ],
    layout: Layouts = None,
    model: Network = "cnn",
    recipe: Annotated[
        str,
        typer.Option(
            metavar="paper|best", help="Settings of training: the paper's, or the best found since."
        ),
    ] = "best",
    epochs: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="Epochs of the last phase; unless given, the recipe's."
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the checkpoint in the output folder.")
    ] = False,
    weights: Annotated[
        Path | None,
        typer.Option(metavar="FILE.keras", help="Start from these weights, not from fresh ones."),
    ] = None,
    backbone_weights: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.h5",
            help="ImageNet weights of MobileNetV2 without its top; unless given, downloaded.",
        ),
    ] = None,
    detector: Detector = "detector",
    teacher: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE.onnx", help="Larger classifier to learn from besides the labels."
        ),
    ] = None,
    unlabelled: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="ZIP",
            help="Pictures with faces for the teacher to label. Give it again for several at once.",
        ),
    ] = None,
) -> None:
    """Train a network on labelled faces.

    Writes best.keras, run.json, curves.png and a checkpoint into the output folder.

    A detector needs no --layout: its --data is one folder with this project's archives, clips and
    teacher, or a FILE.toml that names others, whose paths begin at its folder:

    \b
      teacher = "yunet.onnx"  # a YuNet-style detector that labels the faces
      [[collection]]          # one a place; its fields are told in exporters/detector/dataset.py
      name = "streets"
      path = "streets.zip"    # or a folder of pictures or of videos, or one video
      role = "scenes"         # or portraits, negatives (no face), cutouts (a face and little else)
      held_out = 0.12         # share of its files that is measured on, and not trained on
    """
    if model == NAME:
        train_detector(data, output, epochs, resume=resume)
        return
    check_network(model)
    import_tensorflow()
    from fer_video.engine.errors import OptionsError  # noqa: PLC0415
    from fer_video.exporters.data.atomic import replacing  # noqa: PLC0415
    from fer_video.exporters.training.curves import plot_curves  # noqa: PLC0415
    from fer_video.exporters.training.phases import phases_of, run_phases  # noqa: PLC0415
    from fer_video.exporters.training.preparation import without_duplicates_across  # noqa: PLC0415
    from fer_video.exporters.training.record import tool_versions  # noqa: PLC0415

    if output.is_file():
        raise OptionsError(f"{output}: is a file; give --output a folder")
    if unlabelled and teacher is None:
        raise OptionsError("--unlabelled needs a --teacher to label the faces")
    phases = phases_of(recipe, model, epochs)
    if teacher is not None and not (unlabelled or phases[-1].distillation):
        raise OptionsError(f"--teacher: the recipe {recipe} of {model} learns from labels alone")
    parts = without_duplicates_across(
        [_prepare(*pair, phases[-1], detector, output) for pair in pairs(data, layout)]
    )
    for part in parts:
        say_counts(part.name, part.dataset)
    faces = [part.train for part in parts]
    if teacher is not None:
        faces = _taught(parts, teacher, phases[-1].distillation, unlabelled or [], detector)
    history = run_phases(
        model,
        phases,
        faces,
        [part.valid for part in parts],
        output,
        _observe,
        weights=weights,
        backbone_weights=backbone_weights or "imagenet",
        resume=resume,
        record={
            "data": [part.record() for part in parts],
            "unlabelled": {part.name: len(part.images) for part in faces[len(parts) :]},
            "teacher": teacher and Path(teacher).stem,
            "start": _start(weights),
            "tools": tool_versions(),
        },
    )
    with replacing(output / "curves.png") as path:
        plot_curves(history, path)
    best = max(history, key=lambda epoch: epoch["score"])
    say(f"best: {_describe(best)}; weights in {output / 'best.keras'}")


def _taught(
    parts: "list[PreparedDataset]",
    teacher: str,
    share: float,
    unlabelled: list[Path],
    detector: str,
) -> "list[Faces]":
    """What the teacher says of the faces, and of those in archives without labels."""
    from fer_video.engine.network.classifier import Classifier  # noqa: PLC0415
    from fer_video.engine.options import SessionOptions  # noqa: PLC0415
    from fer_video.exporters.data.alignment import LandmarkFinder  # noqa: PLC0415
    from fer_video.exporters.training.distillation import unlabelled_faces, with_soft_targets  # noqa: PLC0415
    from fer_video.exporters.training.preparation import without_held_out  # noqa: PLC0415

    classifier = Classifier(teacher, SessionOptions(provider="cpu", threads=_TEACHER_THREADS))
    faces = [part.train for part in parts]
    more: list[Faces] = []
    say(f"teacher {classifier.card.name} reads {sum(len(f.images) for f in faces)} faces")
    finder = LandmarkFinder.load(detector, 320)
    for path in unlabelled:
        found = unlabelled_faces(path, finder.detector, classifier)
        found, duplicates = without_held_out(found, parts)
        left_out = f"{len(duplicates)} near duplicates of held-out ones left out"
        say(f"{found.name}: {len(found.images)} faces without labels, {left_out}")
        more.append(found)
    return [*(with_soft_targets(part, classifier, share) for part in faces), *more]


def _start(weights: Path | None) -> str:
    """Where the weights come from, for the card."""
    from fer_video.exporters.training.record import read_record  # noqa: PLC0415

    if weights is None:
        return "fresh weights"
    recipe = read_record(weights.parent)["recipe"]
    return f"weights of the recipe {recipe.get('name')}, {recipe.get('epochs')} epochs"


def _prepare(
    path: Path, layout: str, recipe: "Recipe", detector: str, output: Path
) -> "PreparedDataset":
    from fer_video.exporters.data.alignment import LandmarkFinder  # noqa: PLC0415
    from fer_video.exporters.training.preparation import prepare  # noqa: PLC0415

    finder = LandmarkFinder.load(detector, 256) if recipe.augmentation.aligned else None
    return prepare(
        path,
        layout,
        smoothing=recipe.smoothing,
        seed=recipe.seed,
        finder=finder,
        cache=output,
    )


def _observe(progress: "Progress", history: "list[Epoch]") -> None:
    """Lines on stderr: one now and then, and one an epoch with what the last one measured."""
    if progress.step == 1 and history:
        say(_describe(history[-1]))
    if progress.step % _EVERY == 0:
        minutes, seconds = divmod(round(progress.remaining), 60)
        say(
            f"epoch {progress.epoch}/{progress.epochs}, step {progress.step}/{progress.steps}, "
            f"loss {progress.loss:.4f}, ETA {minutes}:{seconds:02}"
        )


def _describe(epoch: "Epoch") -> str:
    accuracies = ", ".join(f"{name} {share:.1%}" for name, share in epoch["accuracy"].items())
    return (
        f"epoch {epoch['epoch']}: loss {epoch['loss']:.4f}, validation accuracy {accuracies} "
        f"({epoch['seconds']:.0f} s)"
    )
