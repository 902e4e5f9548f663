"""`fer-video train`: teach a network on labelled faces."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_video.cli.arguments import Detector
from fer_video.cli.detector import NAME, train_detector
from fer_video.cli.learning import draw_curves, observe
from fer_video.cli.offline import (
    BackboneWeights,
    Bfloat16,
    Layouts,
    MaybeData,
    Network,
    check_network,
    import_keras,
    pairs,
    say,
    say_counts,
)

if TYPE_CHECKING:
    from fer_video.exporters.augment.faces import Faces
    from fer_video.exporters.training.preparation import PreparedDataset
    from fer_video.exporters.training.recipes import Recipe

_TEACHER_THREADS = 2
"""Threads of ONNX Runtime for the teacher: nothing else runs while it reads."""


def train(
    output: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder for the weights, the record and curves.")
    ],
    data: MaybeData = None,
    layout: Layouts = None,
    faces: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.npz", help="Faces that `prepare` wrote, in place of --data and --layout."
        ),
    ] = None,
    opinions: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE.npz",
            help="Opinions that `teach` wrote about the same --faces, to learn from besides the "
            "labels. Give it again for several teachers.",
        ),
    ] = None,
    model: Network = "cnn",
    recipe: Annotated[
        str,
        typer.Option(
            metavar="paper|best|taught|tuned",
            help="Settings of training: the paper's, those of the shipped networks, those for "
            "--faces with --opinions, or those to go on with --from.",
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
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="NAME|FILE",
            help="Start from these weights, not from fresh ones: a float network of the package, a "
            ".keras file, or a float .onnx file of the same network.",
        ),
    ] = None,
    backbone_weights: BackboneWeights = None,
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
    bfloat16: Bfloat16 = False,
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
    from fer_video.engine.errors import OptionsError  # noqa: PLC0415

    if (data is None) == (faces is None):
        raise OptionsError("give either --data with --layout, or --faces")
    if model == NAME:
        train_detector(data or [], output, epochs, resume=resume)
        return
    check_network(model)
    import_keras()
    from fer_video.exporters.training.phases import phases_of, run_phases  # noqa: PLC0415
    from fer_video.exporters.training.record import tool_versions  # noqa: PLC0415

    if output.is_file():
        raise OptionsError(f"{output}: is a file; give --output a folder")
    if unlabelled and teacher is None:
        raise OptionsError("--unlabelled needs a --teacher to label the faces")
    if opinions and faces is None:
        raise OptionsError("--opinions are about --faces; give both")
    phases = phases_of(recipe, model, epochs, bfloat16=bfloat16)
    share = phases[-1].distillation
    if (teacher or opinions) and not (unlabelled or share):
        raise OptionsError(f"the recipe {recipe} of {model} learns from labels alone")
    if faces is not None:
        material = _of_pack(faces, opinions or [], share)
    else:
        sets = pairs(data or [], layout)
        material = _of_datasets(sets, phases[-1], detector, output, teacher, unlabelled or [])
    weights = _weights(start)
    history = run_phases(
        model,
        phases,
        material.train,
        material.valid,
        output,
        observe,
        weights=weights,
        backbone_weights=backbone_weights or "imagenet",
        resume=resume,
        record={**material.record, "start": _start(weights), "tools": tool_versions()},
    )
    draw_curves(history, output)


@dataclass(frozen=True, slots=True)
class _Material:
    """What a network learns from, and what `run.json` says of it."""

    train: "list[Faces]"
    valid: "list[Faces]"
    record: Mapping[str, object]


def _of_pack(path: Path, opinions: list[Path], share: float) -> _Material:
    """Prepared faces, with the opinions of teachers; without any, those without a label go."""
    from fer_video.exporters.augment.faces import chosen  # noqa: PLC0415
    from fer_video.exporters.training.opinions import read_opinions, with_opinions  # noqa: PLC0415
    from fer_video.exporters.training.pack import labelled, load_pack  # noqa: PLC0415

    pack = load_pack(path)
    if opinions:
        said = read_opinions(opinions, pack)
        train = [with_opinions(f, o, share) for f, o in zip(pack.train, said, strict=True)]
    else:
        train = [chosen(faces, labelled(faces)) for faces in pack.train]
    record = {**pack.record, "teacher": f"{len(opinions)} folds" if opinions else None}
    return _Material([f for f in train if f.images], list(pack.valid), record)


def _of_datasets(
    sets: list[tuple[Path, str]],
    recipe: "Recipe",
    detector: str,
    output: Path,
    teacher: str | None,
    unlabelled: list[Path],
) -> _Material:
    """Data sets, with the opinions of a classifier."""
    from fer_video.exporters.training.preparation import without_duplicates_across  # noqa: PLC0415

    parts = without_duplicates_across([_prepare(*pair, recipe, detector, output) for pair in sets])
    for part in parts:
        say_counts(part.name, part.dataset)
    faces = [part.train for part in parts]
    if teacher is not None:
        faces = _taught(parts, teacher, recipe.distillation, unlabelled, detector)
    record = {
        "data": [part.record() for part in parts],
        "unlabelled": {part.name: len(part.images) for part in faces[len(parts) :]},
        "teacher": teacher and Path(teacher).stem,
    }
    return _Material(faces, [part.valid for part in parts], record)


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
    from fer_video.exporters.training.distillation import opinions_of, unlabelled_faces  # noqa: PLC0415
    from fer_video.exporters.training.opinions import with_opinions  # noqa: PLC0415
    from fer_video.exporters.training.preparation import without_held_out  # noqa: PLC0415

    classifier = Classifier(teacher, SessionOptions(provider="cpu", threads=_TEACHER_THREADS))
    faces = [part.train for part in parts]
    finder = LandmarkFinder.load(detector, 320)
    for path in unlabelled:
        found, duplicates = without_held_out(unlabelled_faces(path, finder.detector), parts)
        left_out = f"{len(duplicates)} near duplicates of held-out ones left out"
        say(f"{found.name}: {len(found.images)} faces without labels, {left_out}")
        faces.append(found)
    say(f"teacher {classifier.card.name} reads {sum(len(f.images) for f in faces)} faces")
    return [with_opinions(part, opinions_of(part, classifier), share) for part in faces]


def _weights(start: str | None) -> Path | None:
    """The file of the weights to start from; a network's name is the package's file."""
    from fer_video.engine.network.models import MODELS, find_model  # noqa: PLC0415

    return None if start is None else find_model(start) if start in MODELS else Path(start)


def _start(weights: Path | None) -> str:
    """Where the weights come from, for the card."""
    from fer_video.exporters.training.record import read_record  # noqa: PLC0415

    if weights is None:
        return "fresh weights"
    if weights.suffix == ".onnx":
        return f"weights of {weights.name}"
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
