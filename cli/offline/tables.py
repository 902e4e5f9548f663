"""`fer-video tables`: repeats the accuracies of the documentation from the data sets."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from fer_video.cli.detector import is_detector
from fer_video.cli.options.arguments import Detector
from fer_video.cli.options.offline import Data, Layouts, check_read, pairs, say
from fer_video.cli.options.settings import engine_options

if TYPE_CHECKING:
    from fer_video.engine import EngineOptions
    from fer_video.engine.faces.expressions import Scores
    from fer_video.exporters.data.datasets import Dataset
    from fer_video.exporters.evaluation.report import Report
    from fer_video.exporters.evaluation.tables import TestSet

    _Row = tuple[str, str, Report]

_STILLS = 10
"""Stills of each expression, as many as the paper took."""
_SEED = 1
"""Chooses the stills."""


def tables(
    data: Data,
    output: Annotated[Path, typer.Option(metavar="DIR", help="Folder for tables.md and reports.")],
    layout: Layouts = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME|FILE.onnx",
            help="Network to measure; unless given, all of the package. Give it again for several.",
        ),
    ] = None,
    clips: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR|ZIP",
            help="Recorded clips, EXPRESSION/*.mp4; unless given, made of the last --data.",
        ),
    ] = None,
    detector: Detector = "detector",
) -> None:
    """Fill the tables of the paper, class by class.

    Networks are measured on the test split of each --data, as crops and as pictures, on ten stills
    of each expression, and on clips. RAF-DB, AffectNet and FER2013 are read as they are published:
    give each with its --layout. Without one, --data is the folder with this project's archives, and
    the tables are those of the documentation.
    """
    from fer_video.engine.network.models import MODELS, find_model  # noqa: PLC0415
    from fer_video.exporters.data.atomic import check_folder, write_text  # noqa: PLC0415
    from fer_video.exporters.evaluation.tables import costs, to_markdown  # noqa: PLC0415

    check_folder(output)
    models = model or [name for name in MODELS if not is_detector(name)]
    tests = _test_sets(data, layout)
    parts = [_read(test) for test in tests]  # what is wrong is told before hours of measuring
    prices = costs([find_model(name) for name in models])
    rows: list[_Row] = []
    with _clips(clips, tests[-1]) as (title, filmed):
        for test, part in zip(tests, parts, strict=True):
            rows += _images(test, part, models, detector, output)
        rows += _videos(title, filmed, models, detector, output)
    text = to_markdown(rows, prices)
    write_text(output / "tables.md", text)
    sys.stdout.write(text)


def _test_sets(data: list[Path], layouts: list[str] | None) -> "list[TestSet]":
    from fer_video.engine.errors import OptionsError  # noqa: PLC0415
    from fer_video.exporters.data.layouts.read import set_name  # noqa: PLC0415
    from fer_video.exporters.evaluation.tables import TestSet, project_sets  # noqa: PLC0415

    if layouts:
        return [TestSet(set_name(path), path, layout) for path, layout in pairs(data, layouts)]
    if len(data) > 1:
        raise OptionsError(
            f"{len(data)} --data without --layout: give one for all, or one for each"
        )
    return project_sets(data[0])


def _read(test: "TestSet") -> "Dataset":
    """Its test split."""
    from fer_video.exporters.data.layouts.read import read_dataset  # noqa: PLC0415

    part = read_dataset(test.path, test.layout).split("test")
    check_read(part.samples, part, test.path, "test")
    return part


def _images(
    test: "TestSet", part: "Dataset", models: list[str], detector: str, output: Path
) -> "Iterator[_Row]":
    from fer_video.engine.network.classifier import Classifier  # noqa: PLC0415
    from fer_video.exporters.data.images import load_images  # noqa: PLC0415
    from fer_video.exporters.evaluation.recognition import classify_crops, classify_pictures  # noqa: PLC0415
    from fer_video.exporters.evaluation.synthetic import choose  # noqa: PLC0415

    dataset, images = load_images(part)
    check_read(images, part, test.path, "test")
    stills = choose(dataset, _STILLS, _SEED)
    places = [dataset.samples.index(sample) for sample in stills.samples]
    for name in models:
        options = _options(name, detector)
        crops = classify_crops(Classifier(name, options.session), images)
        pictures = classify_pictures(options, dataset.samples)
        for fed, scores, of in (
            ("crops", crops, dataset),
            ("pictures", pictures, dataset),
            ("stills", [pictures[i] for i in places], stills),
        ):
            report = _report(name, f"{test.title}, {fed}", scores, of, output)
            yield test.title, fed, report


@contextmanager
def _clips(recorded: Path | None, test: "TestSet") -> "Iterator[tuple[str, Dataset]]":
    """What the clips are called, and they: fifty are made, ten of each expression."""
    from fer_video.cli.offline.clips import clips  # noqa: PLC0415
    from fer_video.exporters.data.layouts.read import set_name  # noqa: PLC0415
    from fer_video.exporters.evaluation.labelled_clips import find_labelled_clips  # noqa: PLC0415

    if recorded is not None:
        yield set_name(recorded), find_labelled_clips(recorded)
        return
    with TemporaryDirectory() as folder:  # older ones may be of other data, or cut short
        made = Path(folder) / "clips"
        clips(test.path, test.layout, made)
        yield f"synthetic clips of {test.title}", find_labelled_clips(made)


def _videos(
    title: str, part: "Dataset", models: list[str], detector: str, output: Path
) -> "Iterator[_Row]":
    from fer_video.exporters.evaluation.recognition import classify_clips  # noqa: PLC0415

    for name in models:
        dataset, scores = classify_clips(_options(name, detector), part)
        check_read(scores, part, Path(title), "all")
        report = _report(name, title, scores, dataset, output, unit="clips")
        yield title, "clips", report


def _options(model: str, detector: str) -> "EngineOptions":
    from fer_video.engine.network.models import find_model  # noqa: PLC0415

    return engine_options(
        model=str(find_model(model)),  # as named: never another precision
        detector=detector,
        provider="cpu",
        draw=False,
    )


def _report(
    model: str,
    title: str,
    scores: "Sequence[Scores | None]",
    of: "Dataset",
    output: Path,
    unit: str = "images",
) -> "Report":
    from fer_video.engine.network.classifier import Classifier  # noqa: PLC0415
    from fer_video.engine.network.models import find_model  # noqa: PLC0415
    from fer_video.engine.options.session import SessionOptions  # noqa: PLC0415
    from fer_video.exporters.evaluation.measure import measure  # noqa: PLC0415
    from fer_video.exporters.evaluation.report import write_report  # noqa: PLC0415

    network = Classifier(model, SessionOptions("cpu")).card.labels
    report = measure(
        find_model(model).stem,
        title,
        scores,
        of.indices(),
        network=network,
        unit=unit,
        broken=of.missing(),
    )
    write_report(report, output / f"{report.model} {title}".replace(" ", "_").replace(",", ""))
    say(f"{report.model}, {title}: {report.accuracy:.1%}")
    return report
