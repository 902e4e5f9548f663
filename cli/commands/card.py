"""`fer-video models card`: a card for a network of one's own, asked for or given as flags."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from fer_video.cli.options.answers import Given, answered
from fer_video.cli.options.offline import say
from fer_video.cli.options.scaling import as_words
from fer_video.cli.terminal.quiet import quiet_onnxruntime


def card(
    file: Annotated[Path, typer.Argument(metavar="FILE.onnx", help="Network to describe.")],
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,...", help="Name of each output in order, with commas between them."
        ),
    ] = None,
    neutral: Annotated[
        str | None,
        typer.Option(
            metavar="LABEL", help="Label of a face at rest; unless given, the one called neutral."
        ),
    ] = None,
    colour: Annotated[
        str | None,
        typer.Option(metavar="RGB|BGR|GRAY|RGBX", help="Order of the channels that it reads."),
    ] = None,
    layout: Annotated[
        str | None,
        typer.Option(
            metavar="NCHW|NHWC", help="Order of its input's axes: channels first or last."
        ),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(metavar="PIXELS", help="Side of the square picture that it reads."),
    ] = None,
    levels: Annotated[
        str | None,
        typer.Option(
            "--range",
            metavar="LOW,HIGH",
            help="What black and white become before it reads them: 0,1 or -1,1 or 0,255.",
        ),
    ] = None,
    mean: Annotated[
        str | None,
        typer.Option(
            metavar="R,G,B",
            help="With --std: what is subtracted from levels of 0 to 1, of each channel or of all.",
        ),
    ] = None,
    std: Annotated[
        str | None,
        typer.Option(
            metavar="R,G,B",
            help="With --mean: what levels are then divided by, of each channel or of all.",
        ),
    ] = None,
    activation: Annotated[
        str | None,
        typer.Option(
            metavar="softmax|sigmoid|logits",
            help="What its outputs are; unless given, it is tried.",
        ),
    ] = None,
    ask: Annotated[
        bool | None,
        typer.Option(
            "--ask/--no-ask",
            help="Ask for what no flag says, or guess; by default it asks on a terminal.",
            show_default=False,
        ),
    ] = None,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Overwrite a card that is there already."),
    ] = False,
) -> None:
    """Write the card that a network needs: FILE.json beside it.

    What no flag says is asked for on a terminal, and else guessed from the file; each guess is
    told. The network is run once as the card says before the card is written.
    """
    from fer_video.engine.errors import OptionsError  # noqa: PLC0415
    from fer_video.engine.network.classifier import Classifier  # noqa: PLC0415
    from fer_video.engine.network.guess import guess  # noqa: PLC0415
    from fer_video.engine.network.session import Session  # noqa: PLC0415
    from fer_video.engine.options.session import SessionOptions  # noqa: PLC0415
    from fer_video.exporters.data.atomic import write_text  # noqa: PLC0415

    quiet_onnxruntime()
    options, target = SessionOptions(provider="cpu"), file.with_suffix(".json")
    session = Session(file, options, card=False)
    _check_absent(file, target, session.metadata, replace=replace)
    given: Given = {"labels": labels, "neutral": neutral, "colour": colour, "layout": layout}
    given |= {"activation": activation, "size": None if size is None else str(size)}
    try:
        given["scaling"] = as_words(levels, mean, std)
    except ValueError as error:
        raise OptionsError(str(error)) from error
    asks = sys.stdin.isatty() if ask is None else ask
    made = answered(file.stem, guess(session, size), given, ask=asks)
    Classifier(str(file), options, made)
    write_text(target, made.to_json() + "\n")
    say(f"{target}: written; try it with --model {file}, and see docs/models.md for more fields")


def _check_absent(file: Path, target: Path, metadata: dict[str, str], *, replace: bool) -> None:
    """Refuse to replace a card unless told to, and to write one that would not be read.

    Raises:
        OptionsError: there is a card.
    """
    from fer_video.engine.errors import OptionsError  # noqa: PLC0415
    from fer_video.engine.network.card import CARD_KEY  # noqa: PLC0415

    if CARD_KEY in metadata:
        raise OptionsError(
            f"{file}: has a card inside, which counts before any beside it; nothing is written"
        )
    if target.exists() and not replace:
        raise OptionsError(f"{target}: is there already; give --replace to overwrite it")
