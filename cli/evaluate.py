"""`fer-video evaluate`: how good a network is on labelled faces."""

import sys
from pathlib import Path
from typing import Annotated, cast

import typer

from fer_video.cli.arguments import Detector, DetectSize, Model, Provider, engine_options
from fer_video.cli.detector import evaluate_detector, is_detector
from fer_video.cli.offline import say_counts

SPLITS = ("train", "valid", "test", "all")


def evaluate(
    data: Annotated[Path, typer.Option(metavar="DIR", help="Data set: a folder or .zip.")],
    output: Annotated[Path, typer.Option(help="Folder for the report.")],
    layout: Annotated[
        str | None,
        typer.Option(
            metavar="fer2013|ferplus|rafdb|affectnet|folders",
            help="How the data set is laid out; a face detector needs none.",
        ),
    ] = None,
    model: Model = "cnn",
    crops: Annotated[
        bool,
        typer.Option(
            "--crops/--pictures",
            help="The images are faces already, or go through detector and crop first.",
        ),
    ] = False,
    split: Annotated[str, typer.Option(metavar="train|valid|test|all")] = "test",
    detector: Detector = "detector",
    detect_size: DetectSize = 320,
    provider: Provider = "auto",
) -> None:
    """Write report.json, report.md and confusion.png; the table also goes to stdout."""
    from fer_video.engine.errors import DataError, OptionsError  # noqa: PLC0415
    from fer_video.engine.infer import Classifier  # noqa: PLC0415
    from fer_video.engine.models import find_model  # noqa: PLC0415
    from fer_video.exporters.datasets import Split, load_images  # noqa: PLC0415
    from fer_video.exporters.evaluation import measure, write_report  # noqa: PLC0415
    from fer_video.exporters.layouts import read_dataset  # noqa: PLC0415
    from fer_video.exporters.recognition import read_crops, read_pictures  # noqa: PLC0415

    if layout is None:
        if not is_detector(model):
            raise OptionsError(
                f"{model} reads expressions: say with --layout how {data} is laid out"
            )
        evaluate_detector(model, data, output)
        return
    if split not in SPLITS:
        raise OptionsError(f"split {split}: choose one of {', '.join(SPLITS)}")
    dataset, images = load_images(read_dataset(data, layout).split(cast("Split", split)))
    if not images:
        raise DataError(f"{data}: no image of the split {split}; choose another with --split")
    say_counts(f"{data.stem} {split}", dataset)
    options = engine_options(
        model=model, detector=detector, detect_size=detect_size, provider=provider, draw=False
    )
    scores = (
        read_crops(Classifier(model, options.session), images)
        if crops
        else read_pictures(options, images)
    )
    labels = [sample.index for sample in dataset.samples]
    fed = "crops" if crops else f"pictures through {find_model(detector).stem}"
    report = measure(find_model(model).stem, f"{data.stem} {split}, {fed}", scores, labels)
    write_report(report, output)
    sys.stdout.write(report.to_markdown())
