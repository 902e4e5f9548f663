"""`fer-video export`: trained Keras weights to an ONNX file that the engine runs."""

from pathlib import Path
from typing import Annotated

import typer

from fer_video.cli.detector import NAME, export_detector
from fer_video.cli.options.extras import import_tensorflow
from fer_video.cli.options.offline import Network, check_network, say


def export(
    weights: Annotated[
        Path,
        typer.Option(
            metavar="FILE.keras", help="Weights that `train` wrote, with run.json beside."
        ),
    ],
    output: Annotated[Path, typer.Option(metavar="FILE.onnx", help="File for the network.")],
    model: Network = "cnn",
    crops: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Face images to compare with Keras on; unless given, a portrait's face.",
        ),
    ] = None,
    report: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DIR",
            help="Folder that `evaluate` wrote, whose figures go into the card. Give it again for "
            "several.",
        ),
    ] = None,
) -> None:
    """Convert trained weights to an ONNX file with a card.

    The file is compared with Keras on real faces; its card is also written as FILE.md.
    """
    from fer_video.exporters.data.atomic import check_file  # noqa: PLC0415

    check_file(output)
    if model == NAME:
        import_tensorflow()
        export_detector(weights, output, report or [])
        return
    check_network(model)
    import_tensorflow()
    from fer_video.exporters.to_onnx.cards import card_of, read_reports  # noqa: PLC0415
    from fer_video.exporters.to_onnx.convert import export as export_onnx  # noqa: PLC0415
    from fer_video.exporters.to_onnx.parity import crops_in, portrait_crops  # noqa: PLC0415
    from fer_video.exporters.training.architectures import SIDE, load_weights  # noqa: PLC0415
    from fer_video.exporters.training.record import read_record  # noqa: PLC0415

    network = load_weights(model, weights)
    record = read_record(weights.parent)
    if "temperature" not in record:
        say(
            f"{weights}: its training was not finished, so that how sure it is was never fitted, "
            "and it labels every face; train with --resume to finish it"
        )
    card = card_of(record, read_reports(output.stem, report or []))
    faces = portrait_crops(SIDE) if crops is None else crops_in(crops, SIDE)
    parity = export_onnx(network, card, faces, output)
    say(
        f"{output}: {output.stat().st_size / 1e6:.2f} MB, on {parity.images} faces no score "
        f"differs from Keras by more than {parity.difference:.1e}"
    )
