"""`fer-video tune`: the best settings for this machine and source."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_video.cli.options.arguments import Detector, Device, Model, Provider
from fer_video.cli.options.reading import SOURCE
from fer_video.cli.options.settings import engine_options

if TYPE_CHECKING:
    from fer_video.perf.tuning import Trial


def tune(
    source: Annotated[str, SOURCE],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FILE.toml", help="Write the settings to this file."
        ),
    ] = Path("fer-video.toml"),
    model: Model = "cnn",
    detector: Detector = "detector",
    provider: Provider = "auto",
    device: Device = 0,
) -> None:
    """Find the best settings for this machine and source.

    Sizes of the smallest face, precisions and threads are tried on the first frames.
    `fer-video --settings fer-video.toml --source ...` uses what was best; flags that are given win.
    """
    from fer_video.engine.address import without_secrets  # noqa: PLC0415
    from fer_video.engine.output.files.text_file import TextFile  # noqa: PLC0415
    from fer_video.perf.tuning import tune as try_settings  # noqa: PLC0415

    options = engine_options(model=model, detector=detector, provider=provider, device=device)
    file, shown = TextFile(output), without_secrets(source)
    try:
        best = try_settings(source, options, _show)
        best |= {"model": model, "detector": detector, "provider": provider, "device": device}
        lines = (f"{name} = {_toml(value)}\n" for name, value in best.items())
        file.write(f"# fer-video tune --source {shown!r}\n{''.join(lines)}")
    finally:
        file.close()
    sys.stderr.write(f"use them: fer-video --settings {output} --source {shown}\n")


def _toml(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _show(trial: "Trial") -> None:
    sys.stderr.write(
        f"{trial.setting:12}{trial.value!s:>6}{trial.fps:8.1f} fps{trial.faces:6} faces\n"
    )
