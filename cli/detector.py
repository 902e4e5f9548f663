"""`--model detector` of train, export and evaluate: the face detector's offline side."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fer_video.exporters.detector.pictures import Labelled, Part

NAME = "detector"
_TEACHER = Path("detectors", "yunet_n_dynamic.onnx")
_LABELS = "labels.json"


def train_detector(data: Path, output: Path, epochs: int | None, *, resume: bool) -> None:
    """Label the pictures in `data`, train, and choose the threshold on those held out."""
    from fer_video.exporters.detector import training  # noqa: PLC0415
    from fer_video.exporters.detector.evaluation import choose_threshold  # noqa: PLC0415
    from fer_video.exporters.detector.pictures import counts, training_pictures  # noqa: PLC0415

    recipe = training.DetectorRecipe()
    if epochs:
        recipe = replace(recipe, phases=(replace(recipe.phases[-1], epochs=epochs),))
    labelled = _labelled(data, "train", output / _LABELS)
    valid = _labelled(data, "valid", output / _LABELS)
    training.train_detector(
        training_pictures(labelled),
        str(data / _TEACHER),
        recipe,
        output,
        lambda epoch, loss, seconds: _say(f"epoch {epoch}: loss {loss:.4f} ({seconds:.0f} s)"),
        record={"data": counts(labelled)},
        resume=resume,
    )
    file = output / "detector.onnx"
    export_detector(output / training.BEST_NAME, file, [])
    threshold = choose_threshold(str(file), valid)
    training.add_to_record(output, {"threshold": threshold})
    _say(f"threshold {threshold}; weights in {output / training.BEST_NAME}")


def export_detector(weights: Path, output: Path, reports: "Sequence[Path]") -> None:
    """Write FILE.onnx and its card, which tells what `evaluate` found."""
    from fer_video.exporters.detector import export as exporter  # noqa: PLC0415
    from fer_video.exporters.training.record import read_record  # noqa: PLC0415

    figures: dict[str, float] = {}
    for folder in reports:
        figures |= json.loads((folder / "report.json").read_text())["figures"]
    card = exporter.detector_card(read_record(weights.parent), figures)
    network = exporter.load_network(weights)
    difference = exporter.export_detector(network, card, exporter.demo_pictures(), output)
    size = output.stat().st_size / 1e6
    _say(f"{output}: {size:.2f} MB, differs from Keras by at most {difference:.1e}")


def evaluate_detector(model: str, data: Path, output: Path) -> None:
    """Write report.json and report.md; the table also goes to stdout."""
    from fer_video.engine.network.models import find_model  # noqa: PLC0415
    from fer_video.exporters.detector.evaluation import evaluate_detector  # noqa: PLC0415

    valid = _labelled(data, "valid", output / _LABELS)
    figures = evaluate_detector(find_model(model), data / _TEACHER, valid, data / "videos")
    rows = "\n".join(f"| {name} | {value:.4g} |" for name, value in figures.items())
    table = f"# {model} on {data}, held-out part\n\n| figure | value |\n|---|---|\n{rows}\n"
    (output / "report.json").write_text(json.dumps({"model": model, "figures": figures}, indent=1))
    (output / "report.md").write_text(table)
    sys.stdout.write(table)


def quantize_detector(model: str, data: Path, output: Path) -> None:
    """Write NAME_int8.onnx and its card, unless it is refused."""
    from fer_video.engine.network.models import find_model  # noqa: PLC0415
    from fer_video.exporters.detector.quantize import quantize_detector  # noqa: PLC0415

    source, labels = find_model(model), output / _LABELS
    train, valid = _labelled(data, "train", labels), _labelled(data, "valid", labels)
    file = output / f"{source.stem}_int8.onnx"
    _say(f"{file}: {quantize_detector(source, train, valid, file).describe()}")


def is_detector(model: str) -> bool:
    """The model of this name, or in this file, has a face detector's outputs."""
    from fer_video.engine.network.models import find_model  # noqa: PLC0415
    from fer_video.engine.network.session import Session  # noqa: PLC0415
    from fer_video.engine.options import SessionOptions  # noqa: PLC0415

    return "kps_8" in Session(find_model(model), SessionOptions(provider="cpu")).outputs


def _labelled(data: Path, part: "Part", store: Path) -> "Labelled":
    from fer_video.exporters.detector.labels import LabelCache  # noqa: PLC0415
    from fer_video.exporters.detector.pictures import TEACHER_SIZES, label_part  # noqa: PLC0415
    from fer_video.exporters.detector.teacher import load_teacher  # noqa: PLC0415

    teacher = load_teacher(str(data / _TEACHER), TEACHER_SIZES)
    return label_part(
        data, part, LabelCache(teacher, store), lambda name: _say(f"labelling {name}")
    )


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
