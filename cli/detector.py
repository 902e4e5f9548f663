"""`--model detector` of train, export, evaluate and quantize: the face detector's offline side."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fer_video.cli.options.extras import import_tensorflow
from fer_video.cli.options.offline import say

if TYPE_CHECKING:
    from fer_video.exporters.detector.data.dataset import DetectorData
    from fer_video.exporters.detector.data.labels import LabelCache
    from fer_video.exporters.detector.pictures import Labelled

NAME = "detector"
_LABELS = "labels.json"


def train_detector(
    data: Sequence[Path], output: Path, epochs: int | None, start: str | None, *, resume: bool
) -> None:
    """Label the pictures, train, and choose the threshold on those held out."""
    source = _open(data)
    import_tensorflow()
    from fer_video.exporters.detector.evaluation.evaluation import check_held_out, choose_threshold  # noqa: PLC0415
    from fer_video.exporters.detector.network import export as exporter  # noqa: PLC0415
    from fer_video.exporters.detector.pictures import counts, training_pictures  # noqa: PLC0415
    from fer_video.exporters.detector.training import recipe as recipes  # noqa: PLC0415
    from fer_video.exporters.detector.training import trainer  # noqa: PLC0415

    weights = _start(start)
    recipe = recipes.DetectorRecipe() if weights is None else recipes.TUNED
    if epochs:
        recipe = recipes.with_epochs(recipe, epochs)
    begun = "fresh weights" if weights is None else f"weights of {weights.name}"
    if resume:
        trainer.check_resumable(output, {"start": begun})
    labelled, valid = _both_parts(source, output)
    check_held_out(valid)
    trainer.train_detector(
        training_pictures(labelled),
        str(source.teacher),
        recipe,
        output,
        lambda epoch, loss, seconds: say(f"epoch {epoch}: loss {loss:.4f} ({seconds:.0f} s)"),
        record={
            "data": counts(labelled),
            "terms": source.terms,
            "start": begun,
        },
        start=weights,
        resume=resume,
    )
    with exporter.draft(exporter.load_network(output / trainer.BEST_NAME)) as file:
        threshold = choose_threshold(file, str(source.teacher), valid)
    trainer.add_to_record(output, {"threshold": threshold})
    export_detector(output / trainer.BEST_NAME, output / "detector.onnx", [])
    say(f"threshold {threshold}; weights in {output / trainer.BEST_NAME}")


def export_detector(weights: Path, output: Path, reports: Sequence[Path]) -> None:
    """Write FILE.onnx and its card, which tells what `evaluate` found."""
    from fer_video.exporters.detector.network import export as exporter  # noqa: PLC0415
    from fer_video.exporters.to_onnx.cards import evaluated  # noqa: PLC0415
    from fer_video.exporters.training.record import read_record  # noqa: PLC0415

    figures: dict[str, float] = {}
    for folder in reports:
        with evaluated(folder) as report:
            figures |= report["figures"]
    network = exporter.load_network(weights)
    card = exporter.detector_card(read_record(weights.parent), figures)
    difference = exporter.export_detector(network, card, exporter.demo_pictures(), output)
    size = output.stat().st_size / 1e6
    say(f"{output}: {size:.2f} MB, differs from Keras by at most {difference:.1e}")


def evaluate_detector(model: str, data: Path, output: Path) -> None:
    """Write report.json and report.md; the table also goes to stdout."""
    from fer_video.engine.network.models import find_model  # noqa: PLC0415
    from fer_video.exporters.data.atomic import make_folder, write_json, write_text  # noqa: PLC0415
    from fer_video.exporters.detector.evaluation.evaluation import evaluate_detector  # noqa: PLC0415
    from fer_video.exporters.detector.pictures import label_part  # noqa: PLC0415

    source = _open([data])
    valid = label_part(source, "valid", _labels(source, make_folder(output)), _tell)
    figures = evaluate_detector(find_model(model), source.teacher, valid)
    rows = "\n".join(f"| {name} | {value:.4g} |" for name, value in figures.items())
    table = f"# {model} on {source.name}, held-out part\n\n| figure | value |\n|---|---|\n{rows}\n"
    write_json(output / "report.json", {"model": model, "figures": figures})
    write_text(output / "report.md", table)
    sys.stdout.write(table)


def quantize_detector(model: str, data: Sequence[Path], output: Path) -> None:
    """Write NAME_int8.onnx and its card, unless it is refused."""
    from fer_video.engine.network.models import find_model  # noqa: PLC0415
    from fer_video.exporters.data.atomic import make_folder  # noqa: PLC0415
    from fer_video.exporters.detector.quantize import quantize_detector  # noqa: PLC0415

    source = find_model(model)
    train, valid = _both_parts(_open(data), make_folder(output))
    file = output / f"{source.stem}_int8.onnx"
    say(f"{file}: {quantize_detector(source, train, valid, file).describe()}")


def is_detector(model: str) -> bool:
    """The model of this name, or in this file, has a face detector's outputs."""
    from fer_video.engine.network.models import find_model  # noqa: PLC0415
    from fer_video.engine.network.session import Session  # noqa: PLC0415
    from fer_video.engine.options.session import SessionOptions  # noqa: PLC0415

    return "kps_8" in Session(find_model(model), SessionOptions(provider="cpu")).outputs


def _open(data: Sequence[Path]) -> "DetectorData":
    """The one data set of a detector.

    Raises:
        OptionsError: there are several.
        DataError: it is not there, or not as it must be.
    """
    from fer_video.engine.errors import OptionsError  # noqa: PLC0415
    from fer_video.exporters.detector.data.data_file import open_detector_data  # noqa: PLC0415

    if len(data) != 1:
        raise OptionsError(
            f"{len(data)} --data: a detector takes one folder, or one .toml that names collections"
        )
    return open_detector_data(data[0])


def _start(weights: str | None) -> Path | None:
    """The file of the weights to start from; a network's name is the package's file.

    Raises:
        OptionsError: there is no such file.
    """
    from fer_video.engine.errors import OptionsError  # noqa: PLC0415
    from fer_video.engine.network.models import MODELS, find_model  # noqa: PLC0415

    if weights is None:
        return None
    if weights not in MODELS and not Path(weights).is_file():
        raise OptionsError(f"--from {weights}: no such file; give one, or {NAME}")
    return find_model(weights)


def _both_parts(source: "DetectorData", output: Path) -> "tuple[Labelled, Labelled]":
    from fer_video.exporters.detector.pictures import label_part  # noqa: PLC0415

    labels = _labels(source, output)
    train, valid = (label_part(source, part, labels, _tell) for part in ("train", "valid"))
    return train, valid


def _labels(source: "DetectorData", output: Path) -> "LabelCache":
    from fer_video.engine.network.models import find_model  # noqa: PLC0415
    from fer_video.exporters.detector.data.labels import LabelCache  # noqa: PLC0415
    from fer_video.exporters.detector.data.teacher import load_teacher, teacher_identity  # noqa: PLC0415

    model = find_model(str(source.teacher))
    teacher = load_teacher(str(model), source.teacher_sizes)
    return LabelCache(teacher, teacher_identity(model), output / _LABELS)


def _tell(name: str) -> None:
    say(f"labelling {name}")
