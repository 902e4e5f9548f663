"""How flags become the engine's settings, and a file the defaults of flags."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from fer_video.cli.terminal.quiet import quiet_onnxruntime

if TYPE_CHECKING:
    from fer_video.engine import EngineOptions, FileOptions, LiveOptions
    from fer_video.engine.faces.quality import Reason
    from fer_video.engine.options.engine import Classify
    from fer_video.engine.options.engine import Precision as PrecisionName
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
    model: str,
    detector: str,
    min_face: float | None = None,
    min_score: float | None = None,
    provider: str,
    precision: str = "auto",
    classify: str = "every",
    threads: int = 1,
    device: int = 0,
    min_confidence: float | None = None,
    reject: str | None = None,
    smoothing: float = 0.1,
    calibrate: float = 0.0,
    parts: float = 0.0,
    max_frames: int | None = None,
    realtime: bool = False,
    draw: bool = False,
    clock: bool = False,
    keep_audio: bool = False,
    live: "LiveOptions | None" = None,
    file: "FileOptions | None" = None,
) -> "EngineOptions":
    """Flags as the engine's settings; the only place where one becomes the other."""
    from fer_video.engine import (  # noqa: PLC0415
        DetectOptions,
        EngineOptions,
        FileOptions,
        LiveOptions,
        SessionOptions,
    )

    quiet_onnxruntime()
    return EngineOptions(
        model=model,
        detect=DetectOptions(model=detector, min_face=min_face, threshold=min_score),
        session=SessionOptions(cast("ProviderName", provider), threads, device),
        precision=cast("PrecisionName", precision),
        classify=cast("Classify", classify),
        min_confidence=min_confidence,
        reject=_reasons(reject),
        smoothing=smoothing,
        calibrate=calibrate,
        parts=parts,
        draw=draw,
        clock=clock,
        keep_audio=keep_audio,
        realtime=realtime,
        max_frames=max_frames,
        live=LiveOptions() if live is None else live,
        file=FileOptions() if file is None else file,
    )


def _reasons(words: str | None) -> "tuple[Reason, ...]":
    """Reasons out of a flag; all of them for `any`."""
    from fer_video.engine.faces.quality import REASONS  # noqa: PLC0415

    if words == "any":
        return REASONS
    given = [] if words is None else [word.strip() for word in words.split(",")]
    return cast("tuple[Reason, ...]", tuple(given))


def live_options(**flags: Any) -> "LiveOptions":
    """Flags of cameras and streams as the engine's settings, by the same names."""
    from fer_video.engine import LiveOptions  # noqa: PLC0415

    return LiveOptions(**flags)


def file_options(**flags: Any) -> "FileOptions":
    """Flags of video files as the engine's settings, by the same names."""
    from fer_video.engine import FileOptions  # noqa: PLC0415

    return FileOptions(**flags)
