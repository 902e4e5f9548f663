"""Options that several sub-commands share, and how they become the engine's."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from fer_video.cli.quiet import quiet_onnxruntime

if TYPE_CHECKING:
    from fer_video.engine import EngineOptions, LiveOptions
    from fer_video.engine.options import Classify, ProviderName
    from fer_video.engine.options import Precision as PrecisionName

SOURCE = typer.Option(
    "--source",
    "-s",
    metavar="SRC",
    help="Camera number, video file, URL (rtsp, http, udp), image, folder or glob of images, or "
    "`demo`.",
)
SOURCES = typer.Option(
    "--source",
    "-s",
    metavar="SRC",
    help="Camera number, video file, URL (rtsp, http, udp), image, folder or glob of images, or "
    "`demo`; give it again for several at once.",
)
Model = Annotated[
    str,
    typer.Option(
        metavar="NAME|FILE.onnx",
        help="Classifier: a name that `fer-video models` lists, or an .onnx file with a card.",
    ),
]
Threads = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=1,
        max=256,
        help="Of ONNX Runtime in each network; the stages run side by side already.",
    ),
]
Precision = Annotated[
    str,
    typer.Option(
        metavar="auto|fp32|int8|fp16",
        help="Of a classifier of the package; auto: int8 where it is there and fast.",
    ),
]
Detector = Annotated[
    str,
    typer.Option(metavar="NAME|FILE.onnx", help="Face detector: ours, or a YuNet-style .onnx."),
]
MinFace = Annotated[
    float | None,
    typer.Option(
        metavar="PIXELS",
        min=4,
        max=4096,
        help="Height of the smallest faces to find; half of it costs four times as much (`profile` "
        "tells). Usually 64, or a 20th of the longer side if that is less; in photographs 16, or a "
        "40th if that is more.",
    ),
]
Provider = Annotated[
    str,
    typer.Option(
        metavar="auto|cpu|cuda|tensorrt",
        help="Where the networks run; one asked for by name must be there.",
    ),
]
Device = Annotated[int, typer.Option(metavar="N", min=0, help="Which GPU, counted from 0.")]
MinConfidence = Annotated[
    float,
    typer.Option(metavar="P", help="Call faces `uncertain` below this confidence, 0 (off) to 1."),
]
Smoothing = Annotated[
    float,
    typer.Option(
        metavar="SECONDS", help="Smooth each face's scores in time, so that labels hold; 0 is off."
    ),
]
ClassifyWhen = Annotated[
    str,
    typer.Option(
        "--classify",
        metavar="every|adaptive",
        help="Find and read faces in every frame, or again only when one changed.",
    ),
]
Calibrate = Annotated[
    float,
    typer.Option(
        metavar="SECONDS",
        help="Take each face's first seconds as its resting look, and read changes from it; 0 is "
        "off.",
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        metavar="SECONDS", help="A camera or stream without a picture for so long counts as lost."
    ),
]
Reconnect = Annotated[
    bool,
    typer.Option("--reconnect/--no-reconnect", help="Open a lost camera or stream again, or end."),
]
Width = Annotated[int | None, typer.Option(metavar="PIXELS", help="Ask a camera for it.")]
Height = Annotated[int | None, typer.Option(metavar="PIXELS", help="Ask a camera for it.")]
Fps = Annotated[float | None, typer.Option("--fps", metavar="N", help="Ask a camera for it.")]
Fourcc = Annotated[
    str | None, typer.Option(metavar="MJPG|YUYV|...", help="Format to ask a camera for.")
]
MaxFrames = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="Stop after N frames of the source.")
]
Realtime = Annotated[
    bool, typer.Option("--realtime", help="Play a file as if it were a camera; late frames drop.")
]
Jitter = Annotated[
    float,
    typer.Option(
        metavar="SECONDS", help="With --realtime: frames come late by up to so much, at random."
    ),
]
Stall = Annotated[
    float,
    typer.Option(
        metavar="SECONDS", help="With --realtime: nothing comes for so long, every 5 s or so."
    ),
]
Seed = Annotated[
    int, typer.Option(metavar="N", min=0, help="Repeats --jitter and --stall exactly.")
]
JsonFile = Annotated[
    Path | None, typer.Option("--json", metavar="OUT", help="Write JSON there; `-` is stdout.")
]


def _read_settings(context: typer.Context, file: Path | None) -> None:
    """Make what a file says the defaults of flags that are not given."""
    if file is None:
        return
    import tomllib  # noqa: PLC0415

    from fer_video.engine.errors import OptionsError  # noqa: PLC0415

    try:
        settings = tomllib.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise OptionsError(f"{file}: is no settings file ({error}); `tune` writes one") from error
    known = {str(parameter.name) for parameter in context.command.params}
    for name in settings:
        if name not in known:
            raise OptionsError(f"{file}: there is no setting {name}; see `fer-video --help`")
    context.default_map = settings


Settings = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.toml",
        is_eager=True,
        callback=_read_settings,
        help="Defaults for the other flags, as `fer-video tune` writes them.",
    ),
]


def engine_options(
    *,
    model: str,
    detector: str,
    min_face: float | None = None,
    provider: str,
    precision: str = "auto",
    classify: str = "every",
    threads: int = 1,
    device: int = 0,
    min_confidence: float = 0.0,
    smoothing: float = 0.1,
    calibrate: float = 0.0,
    max_frames: int | None = None,
    realtime: bool = False,
    draw: bool = True,
    keep_audio: bool = False,
    live: "LiveOptions | None" = None,
) -> "EngineOptions":
    """Flags as the engine's settings; the only place where one becomes the other."""
    from fer_video.engine import (  # noqa: PLC0415
        DetectOptions,
        EngineOptions,
        LiveOptions,
        SessionOptions,
    )

    quiet_onnxruntime()
    return EngineOptions(
        model=model,
        detect=DetectOptions(model=detector, min_face=min_face),
        session=SessionOptions(cast("ProviderName", provider), threads, device),
        precision=cast("PrecisionName", precision),
        classify=cast("Classify", classify),
        min_confidence=min_confidence,
        smoothing=smoothing,
        calibrate=calibrate,
        draw=draw,
        keep_audio=keep_audio,
        realtime=realtime,
        max_frames=max_frames,
        live=LiveOptions() if live is None else live,
    )


def live_options(**flags: Any) -> "LiveOptions":
    """Flags of cameras and streams as the engine's settings, by the same names."""
    from fer_video.engine import LiveOptions  # noqa: PLC0415

    return LiveOptions(**flags)


Preset = Annotated[
    str, typer.Option(metavar="ultrafast..slow", help="Encoder preset: faster, or smaller files.")
]
