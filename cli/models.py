"""`fer-video models`: what is installed, and what each network says about itself."""

import sys


def models() -> None:
    """List the packaged networks, their terms and their figures."""
    from fer_video.engine.network.models import MODELS  # noqa: PLC0415
    from fer_video.engine.network.session import Session  # noqa: PLC0415
    from fer_video.engine.options import SessionOptions  # noqa: PLC0415

    for name, path in MODELS.items():
        card = Session(path, SessionOptions(provider="cpu")).card
        lines = [f"{name}  ({path.stat().st_size / 1e6:.2f} MB)  {path}"]
        if card is not None:
            lines += [
                f"  {card.architecture}",
                f"  reads      {card.colour} {card.input_width}x{card.input_height}",
                f"  tells      {', '.join(card.labels)}",
                f"  trained on {'; '.join(card.trained_on)}",
                f"  terms      {card.terms}",
                f"  limits     {card.limits}",
                *(f"  {figure}: {value:g}" for figure, value in card.figures.items()),
            ]
        sys.stdout.write("\n".join(lines) + "\n\n")
