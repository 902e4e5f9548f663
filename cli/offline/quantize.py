"""`fer-video quantize`: int8 and fp16 versions of a classifier, if they are worth having."""

from pathlib import Path
from typing import Annotated

import typer

from fer_video.cli.detector import is_detector, quantize_detector
from fer_video.cli.options.arguments import Model
from fer_video.cli.options.extras import import_onnx
from fer_video.cli.options.offline import Data, Layouts, pairs, say, say_counts


def quantize(
    data: Data,
    output: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder for the versions and their cards.")
    ],
    layout: Layouts = None,
    model: Model = "cnn",
    precision: Annotated[
        list[str] | None,
        typer.Option(
            metavar="int8|fp16", help="Version to make; unless given, both. May be given twice."
        ),
    ] = None,
) -> None:
    """Make faster int8 and fp16 versions of a network.

    Writes NAME_int8.onnx and NAME_fp16.onnx with their cards. A version is refused that is slower
    than float on this machine, or loses more than 0.5 points of validation accuracy, or changes
    more than 2 % of the labels.

    Of the detector there is int8 alone; --data is then the folder, or the .toml, that it was
    trained from.
    """
    from fer_video.exporters.data.atomic import check_folder  # noqa: PLC0415

    check_folder(output)
    if is_detector(model):
        quantize_detector(model, data, output)
        return
    sources = pairs(data, layout)
    import_onnx()
    from fer_video.engine.network.classifier import Classifier  # noqa: PLC0415
    from fer_video.engine.options.session import SessionOptions  # noqa: PLC0415
    from fer_video.exporters.to_onnx.quantize import PRECISIONS, SEED  # noqa: PLC0415
    from fer_video.exporters.to_onnx.quantize import quantize as quantize_model  # noqa: PLC0415
    from fer_video.exporters.training.preparation import prepare  # noqa: PLC0415

    wanted = list(dict.fromkeys(precision or PRECISIONS))
    _check(wanted)
    labels = Classifier(model, SessionOptions("cpu")).card.labels
    instead = "give faces that show what the network reads"
    parts = [
        prepare(*source, smoothing=0.0, seed=SEED, labels=labels, instead=instead)
        for source in sources
    ]
    for part in parts:
        say_counts(part.name, part.dataset)
    outcomes = quantize_model(model, wanted, parts, output)
    for outcome in outcomes:
        described = f"{outcome.path}: {outcome.comparison.describe()}"
        say(described if outcome.refusal is None else f"fer-video: {outcome.refusal}")
    if all(outcome.refusal for outcome in outcomes):
        raise typer.Exit(1)


def _check(precisions: list[str]) -> None:
    from fer_video.engine.errors import OptionsError  # noqa: PLC0415
    from fer_video.exporters.to_onnx.quantize import PRECISIONS  # noqa: PLC0415

    for name in precisions:
        if name not in PRECISIONS:
            raise OptionsError(f"precision {name}: choose one of {', '.join(PRECISIONS)}")
