"""`fer-video models`: what is installed, and what each network says about itself."""

import sys

import typer

from fer_video.cli.commands.card import card


def models(context: typer.Context) -> None:
    """List the packaged networks, their terms and their figures.

    `card` behind it writes the card of a network of your own.
    """
    if context.invoked_subcommand is not None:
        return
    from fer_video.engine.network.models import MODELS  # noqa: PLC0415
    from fer_video.engine.network.session import Session  # noqa: PLC0415
    from fer_video.engine.options.session import SessionOptions  # noqa: PLC0415

    for name, path in MODELS.items():
        card = Session(path, SessionOptions(provider="cpu")).card
        lines = [f"{name}  ({path.stat().st_size / 1e6:.2f} MB)  {path}"]
        if card is not None:
            lines += [
                f"  {card.architecture}",
                f"  reads      {card.colour} {card.input_width}x{card.input_height}",
                f"  tells      {', '.join(card.labels)}",
                *([f"  uncertain  under {least:g}"] if (least := card.min_confidence) else []),
                f"  trained on {'; '.join(card.trained_on)}",
                f"  terms      {card.terms}",
                f"  limits     {card.limits}",
                *(f"  {figure}: {value:g}" for figure, value in card.figures.items()),
            ]
        sys.stdout.write("\n".join(lines) + "\n\n")


app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)
app.callback()(models)
app.command()(card)
