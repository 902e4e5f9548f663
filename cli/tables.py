"""`fer-video tables`: repeats the accuracies of the documentation from the data sets."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from fer_video.cli.arguments import Detector, engine_options
from fer_video.cli.detector import is_detector
from fer_video.cli.offline import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fer_video.engine import EngineOptions
    from fer_video.engine.expressions import Scores
    from fer_video.exporters.evaluation.report import Report
    from fer_video.exporters.evaluation.tables import TestSet

    _Row = tuple[str, str, Report]


def tables(
    data: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder with the archives of the data sets.")
    ],
    output: Annotated[Path, typer.Option(metavar="DIR", help="Folder for tables.md and reports.")],
    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME|FILE.onnx",
            help="Network to measure; unless given, all of the package. Give it again for several.",
        ),
    ] = None,
    detector: Detector = "detector",
) -> None:
    """Repeat the documentation's accuracies and costs.

    Networks are measured on all test splits, as crops and as pictures, and on synthetic clips.
    """
    from fer_video.engine.network.models import MODELS, find_model  # noqa: PLC0415
    from fer_video.exporters.data.atomic import write_text  # noqa: PLC0415
    from fer_video.exporters.evaluation.tables import CLIP_FACES, TEST_SETS, costs, to_markdown  # noqa: PLC0415

    models = model or [name for name in MODELS if not is_detector(name)]
    rows: list[_Row] = []
    for test in TEST_SETS:
        rows += _images(data, test, models, detector, output)
    rows += _clips(data, CLIP_FACES, models, detector, output)
    text = to_markdown(rows, costs([find_model(name) for name in models]))
    write_text(output / "tables.md", text)
    sys.stdout.write(text)


def _images(
    data: Path, test: "TestSet", models: list[str], detector: str, output: Path
) -> "Iterator[_Row]":
    from fer_video.engine.network.classifier import Classifier  # noqa: PLC0415
    from fer_video.exporters.data.datasets import load_images  # noqa: PLC0415
    from fer_video.exporters.data.layouts import read_dataset  # noqa: PLC0415
    from fer_video.exporters.evaluation.recognition import classify_crops, classify_pictures  # noqa: PLC0415

    dataset, images = load_images(read_dataset(data / test.file, test.layout).split("test"))
    labels = dataset.indices()
    for name in models:
        options = _options(name, detector)
        crops = classify_crops(Classifier(name, options.session), images)
        pictures = classify_pictures(options, dataset.samples)
        for fed, scores in (("crops", crops), ("pictures", pictures)):
            yield test.title, fed, _report(name, f"{test.title}, {fed}", scores, labels, output)


def _clips(
    data: Path, test: "TestSet", models: list[str], detector: str, output: Path
) -> "Iterator[_Row]":
    """Fifty made clips, ten of each expression."""
    from fer_video.cli.clips import clips  # noqa: PLC0415
    from fer_video.exporters.evaluation.labelled_clips import find_labelled_clips  # noqa: PLC0415
    from fer_video.exporters.evaluation.recognition import classify_clips  # noqa: PLC0415

    title = f"synthetic clips of {test.title}"
    with TemporaryDirectory() as folder:  # older ones may be of other data, or cut short
        made = Path(folder) / "clips"
        clips(data / test.file, test.layout, made)
        for name in models:
            dataset, scores = classify_clips(_options(name, detector), find_labelled_clips(made))
            labels = dataset.indices()
            yield title, "clips", _report(name, title, scores, labels, output)


def _options(model: str, detector: str) -> "EngineOptions":
    from fer_video.engine.network.models import find_model  # noqa: PLC0415

    return engine_options(
        model=str(find_model(model)),  # as named: never another precision
        detector=detector,
        provider="cpu",
        draw=False,
    )


def _report(
    model: str, title: str, scores: "Sequence[Scores | None]", labels: list[int], output: Path
) -> "Report":
    from fer_video.engine.network.classifier import Classifier  # noqa: PLC0415
    from fer_video.engine.network.models import find_model  # noqa: PLC0415
    from fer_video.engine.options import SessionOptions  # noqa: PLC0415
    from fer_video.exporters.evaluation.report import measure, write_report  # noqa: PLC0415

    network = Classifier(model, SessionOptions("cpu")).card.labels
    report = measure(find_model(model).stem, title, scores, labels, network=network)
    write_report(report, output / f"{report.model} {title}".replace(" ", "_").replace(",", ""))
    say(f"{report.model}, {title}: {report.accuracy:.1%}")
    return report
