"""How flags become the engine's settings, and a file the defaults of flags."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from fer_video.cli.terminal.quiet import quiet_onnxruntime

if TYPE_CHECKING:
    from fer_video.engine import EngineOptions
    from fer_video.engine.faces.quality import Reason
    from fer_video.engine.options.session import ProviderName


def _read_settings(context: typer.Context, file: Path | None) -> None:
    """Make what a file says the defaults of flags that are not given."""
    if file is None:
        return
    import tomllib  # noqa: PLC0415

    from fer_video.engine.errors import OptionsError  # noqa: PLC0415

    try:
        read = tomllib.loads(file.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise OptionsError(f"{file}: is no settings file ({error}); `tune` writes one") from error
    settings = {name.replace("-", "_"): value for name, value in read.items()}
    flags = {str(flag.name): flag for flag in context.command.params}
    for name, value in settings.items():
        if name not in flags:
            raise OptionsError(f"{file}: there is no setting {name}; see `fer-video --help`")
        if flags[name].multiple and not isinstance(value, list):
            settings[name] = [value]
    context.default_map = settings


Settings = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.toml",
        is_eager=True,
        callback=_read_settings,
        help="Read defaults for the other flags from this file, as `fer-video tune` writes it.",
    ),
]


def engine_options(
    *,
    detector: str = "detector",
    min_face: float | None = None,
    min_score: float | None = None,
    provider: str = "auto",
    threads: int = 1,
    device: int = 0,
    reject: str | None = None,
    **same: Any,
) -> "EngineOptions":
    """Flags as the engine's settings; the only place where one becomes the other.

    Args:
        same: settings that `EngineOptions` calls the same.
    """
    from fer_video.engine import DetectOptions, EngineOptions, SessionOptions  # noqa: PLC0415

    quiet_onnxruntime()
    return EngineOptions(
        detect=DetectOptions(model=detector, min_face=min_face, threshold=min_score),
        session=SessionOptions(cast("ProviderName", provider), threads, device),
        reject=_reasons(reject),
        **same,
    )


def _reasons(words: str | None) -> "tuple[Reason, ...]":
    """Reasons out of a flag; all of them for `any`."""
    from fer_video.engine.faces.quality import REASONS  # noqa: PLC0415

    if words == "any":
        return REASONS
    given = [] if words is None else [word.strip() for word in words.split(",")]
    return cast("tuple[Reason, ...]", tuple(given))
