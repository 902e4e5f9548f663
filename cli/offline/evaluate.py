"""`fer-video evaluate`: how good a network is on labelled faces."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_video.cli.detector import evaluate_detector, is_detector
from fer_video.cli.options.arguments import Detector, MinFace, Model, Provider
from fer_video.cli.options.offline import check_read, check_split, say_counts
from fer_video.cli.options.settings import engine_options

if TYPE_CHECKING:
    from fer_video.engine import EngineOptions
    from fer_video.engine.faces.expressions import Scores
    from fer_video.engine.network.card import ModelCard
    from fer_video.exporters.data.datasets import Dataset, Image


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """What could be read of a data set."""

    dataset: "Dataset"
    """What could be read."""
    scores: "Sequence[Scores | None]"
    """Of each of its samples; None where no face was found."""
    network: Sequence[str]
    """Labels of the network."""
    conditions: dict[str, float] = field(default_factory=dict)
    """Accuracies under other conditions, if they were asked for."""
    uncertain: dict[str, float] = field(default_factory=dict)
    """How many faces are `uncertain`, where the network has a threshold."""


def evaluate(
    data: Annotated[
        Path,
        typer.Option(
            metavar="DIR|ZIP",
            help="Data set: a folder or .zip, of a face detector also a .toml that lists them.",
        ),
    ],
    output: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the report.")],
    layout: Annotated[
        str | None,
        typer.Option(
            metavar="fer2013|ferplus|rafdb|affectnet|indexed|folders",
            help="How the files of the data set are laid out; a face detector needs none.",
        ),
    ] = None,
    model: Model = "cnn",
    crops: Annotated[
        bool,
        typer.Option(
            "--crops/--pictures",
            help="Read the images as they are, cut to a face, or find and cut the faces first.",
        ),
    ] = False,
    clips: Annotated[
        bool,
        typer.Option(
            "--clips", help="The data set is videos, EXPRESSION/*.mp4: one verdict on each."
        ),
    ] = False,
    stress: Annotated[
        bool,
        typer.Option(
            "--stress", help="With --crops: measure also other framing, less light, blur and more."
        ),
    ] = False,
    split: Annotated[
        str, typer.Option(metavar="train|valid|test|all", help="Part of the data set to take.")
    ] = "test",
    detector: Detector = "detector",
    min_face: MinFace = None,
    provider: Provider = "auto",
) -> None:
    """Measure how good a network is on labelled faces.

    Labels are matched by name: scores of labels that the data does not have are left out, and so
    are images of labels that the network does not have. The report names both.

    Writes report.json, report.md and confusion.png; the table also goes to stdout.
    """
    from fer_video.engine.errors import OptionsError  # noqa: PLC0415
    from fer_video.engine.network.models import find_model  # noqa: PLC0415
    from fer_video.exporters.data.atomic import check_folder  # noqa: PLC0415
    from fer_video.exporters.data.layouts.read import set_name  # noqa: PLC0415
    from fer_video.exporters.evaluation.measure import measure  # noqa: PLC0415
    from fer_video.exporters.evaluation.report import write_report  # noqa: PLC0415

    options = engine_options(
        model=str(find_model(model)),  # as named: never another precision
        detector=detector,
        min_face=min_face,
        provider=provider,
        draw=False,
    )
    if stress and not crops:
        raise OptionsError("--stress changes crops: give --crops, too")
    check_folder(output)
    if clips:
        _check_clips(layout, crops)
        read = _of_clips(data, split, options)
    elif layout is not None:
        read = _of_images(data, layout, split, options, crops, stress)
    elif is_detector(model):
        evaluate_detector(model, data, output)
        return
    else:
        raise OptionsError(f"{model} reads expressions: say with --layout how {data} is laid out")
    fed = read.dataset.name if clips else "crops" if crops else "pictures"
    through = "" if crops else f" through {find_model(detector).stem}"
    report = measure(
        find_model(model).stem,
        f"{set_name(data)} {split}, {fed}{through}",
        read.scores,
        read.dataset.indices(),
        network=read.network,
        shown=read.dataset.labels,
        unit="clips" if clips else "images",
        broken=read.dataset.missing(),
    )
    report = replace(report, conditions=read.conditions, uncertain=read.uncertain)
    write_report(report, output)
    sys.stdout.write(report.to_markdown())


def _card(options: "EngineOptions") -> "ModelCard":
    """What the network tells apart, and from which confidence on.

    Raises:
        ModelError: it is no classifier of faces.
    """
    from fer_video.engine.network.classifier import Classifier  # noqa: PLC0415

    return Classifier(options.model, options.session).card


def _check_clips(layout: str | None, crops: bool) -> None:
    from fer_video.engine.errors import OptionsError  # noqa: PLC0415

    if crops:
        raise OptionsError("--crops and --clips: clips go through detector and crop; leave one out")
    if layout not in (None, "folders"):
        raise OptionsError(f"--layout {layout}: clips are laid out as folders; leave it out")


def _of_clips(data: Path, split: str, options: "EngineOptions") -> _Read:
    from fer_video.exporters.data.layouts.read import set_name  # noqa: PLC0415
    from fer_video.exporters.evaluation.labelled_clips import find_labelled_clips  # noqa: PLC0415
    from fer_video.exporters.evaluation.matching import match_labels  # noqa: PLC0415
    from fer_video.exporters.evaluation.recognition import classify_clips  # noqa: PLC0415

    labels = _card(options).labels
    part = find_labelled_clips(data, labels).split(check_split(split))
    match_labels(labels, part.labels)  # or it is refused before anything is read
    dataset, scores = classify_clips(options, part)
    say_counts(f"{set_name(data)} {split}, {dataset.name}", dataset)
    check_read(scores, part, data, split)
    return _Read(dataset, scores, labels)


def _of_images(
    data: Path, layout: str, split: str, options: "EngineOptions", crops: bool, stress: bool
) -> _Read:
    card = _card(options)
    part = _part(data, layout, split, card.labels)
    dataset, images = _load_images(data, part, split)
    scores, conditions = _read_images(dataset, images, options, crops, stress)
    uncertain = _unsure(card, part, dataset, scores, options, crops)
    return _Read(dataset, scores, card.labels, conditions, uncertain)


def _part(data: Path, layout: str, split: str, labels: Sequence[str]) -> "Dataset":
    from fer_video.exporters.data.layouts.read import read_dataset  # noqa: PLC0415
    from fer_video.exporters.evaluation.matching import match_labels  # noqa: PLC0415

    part = read_dataset(data, layout, labels).split(check_split(split))
    match_labels(labels, part.labels)  # or it is refused before anything is read
    return part


def _load_images(data: Path, part: "Dataset", split: str) -> "tuple[Dataset, list[Image]]":
    from fer_video.exporters.data.images import load_images  # noqa: PLC0415
    from fer_video.exporters.data.layouts.read import set_name  # noqa: PLC0415

    dataset, images = load_images(part)
    check_read(images, part, data, split)
    say_counts(f"{set_name(data)} {split}", dataset)
    return dataset, images


def _read_images(
    dataset: "Dataset", images: "list[Image]", options: "EngineOptions", crops: bool, stress: bool
) -> "tuple[Sequence[Scores | None], dict[str, float]]":
    """Scores, and the accuracies under other conditions if they are asked for."""
    from fer_video.engine.network.classifier import Classifier  # noqa: PLC0415
    from fer_video.exporters.evaluation import robustness  # noqa: PLC0415
    from fer_video.exporters.evaluation.recognition import classify_crops, classify_pictures  # noqa: PLC0415

    if not crops:
        return classify_pictures(options, dataset.samples), {}
    classifier = Classifier(options.model, options.session)
    conditions = (
        robustness.stress(classifier, images, dataset.indices(), dataset.labels) if stress else {}
    )
    return classify_crops(classifier, images), conditions


def _unsure(
    card: "ModelCard",
    part: "Dataset",
    dataset: "Dataset",
    scores: "Sequence[Scores | None]",
    options: "EngineOptions",
    crops: bool,
) -> dict[str, float]:
    """How many faces are `uncertain`, also of those that show none of the labels, which are read
    only where the network has a threshold."""
    from fer_video.exporters.data.images import load_images  # noqa: PLC0415
    from fer_video.exporters.data.layouts.indexed import showing_none  # noqa: PLC0415
    from fer_video.exporters.evaluation.unsure import of_known, unsure  # noqa: PLC0415

    if not card.min_confidence:
        return {}
    others, images = load_images(showing_none(part))
    said = _read_images(others, images, options, crops, stress=False)[0] if images else []
    return unsure(card, of_known(card, dataset, scores), said)
