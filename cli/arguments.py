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
    help="What to read: a camera number, a video file, a URL (rtsp, rtmp, http, udp), an image, a "
    "folder or glob of images or videos, `demo`, or `-` for a video on stdin.",
)
SOURCES = typer.Option(
    "--source",
    "-s",
    metavar="SRC",
    help="What to read: a camera number, a video file, a URL (rtsp, rtmp, http, udp), an image, a "
    "folder or glob of images or videos, `demo`, or `-` for a video on stdin. Give it again for "
    "several at once.",
)
Model = Annotated[
    str,
    typer.Option(
        metavar="NAME|FILE.onnx",
        help="Network that reads the expressions: a name that `fer-video models` lists, or an "
        ".onnx file with a card.",
    ),
]
Threads = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=1,
        max=256,
        help="Threads of ONNX Runtime within each network. Frames are worked on side by side "
        "already; `fer-video tune` tells whether more help.",
    ),
]
Precision = Annotated[
    str,
    typer.Option(
        metavar="auto|fp32|int8|fp16",
        help="Number format of a packaged classifier; auto takes int8 where the processor is fast "
        "at it, else fp32.",
    ),
]
Detector = Annotated[
    str,
    typer.Option(
        metavar="NAME|FILE.onnx",
        help="Network that finds the faces: the packaged `detector`, or an .onnx file with YuNet's "
        "outputs.",
    ),
]
MinFace = Annotated[
    float | None,
    typer.Option(
        metavar="PIXELS",
        min=4,
        max=4096,
        help="Height in pixels from which faces are looked for; most are found from two to three "
        "times that. For half of it detection takes four times as long. Unless given, 64, or a "
        "20th of the longer side if that is less; of photographs 16, or an 80th if that is more.",
    ),
]
Provider = Annotated[
    str,
    typer.Option(
        metavar="auto|cpu|cuda|tensorrt",
        help="Where the networks run; auto takes the best that starts, and one asked for by name "
        "must be there.",
    ),
]
Device = Annotated[int, typer.Option(metavar="N", min=0, help="Number of the GPU, from 0.")]
MinConfidence = Annotated[
    float,
    typer.Option(
        metavar="P", help="Label a face `uncertain` below this confidence, 0 to 1; 0 never does."
    ),
]
Smoothing = Annotated[
    float,
    typer.Option(
        metavar="SECONDS",
        help="Smooth each face's scores over this time, so that labels hold; 0 is off. Images "
        "never are.",
    ),
]
ClassifyWhen = Annotated[
    str,
    typer.Option(
        "--classify",
        metavar="every|adaptive",
        help="Find and read the faces of every frame, or (adaptive) only where one has changed, "
        "and after 0.2 s.",
    ),
]
Calibrate = Annotated[
    float,
    typer.Option(
        metavar="SECONDS",
        help="Take each face's first so many seconds as its resting look, and read expressions as "
        "changes from that; 0 is off.",
    ),
]
Parts = Annotated[
    float,
    typer.Option(
        metavar="HZ",
        help="Read so many times a second what the eyes, the nose and the mouth of each face say; "
        "5 is a good rate, 0 is off.",
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        metavar="SECONDS",
        help="How long a camera or stream may give no picture before it counts as lost.",
    ),
]
Reconnect = Annotated[
    bool,
    typer.Option(
        "--reconnect/--no-reconnect",
        help="Open a lost camera or stream again until it is back, or end there.",
    ),
]
Width = Annotated[
    int | None,
    typer.Option(metavar="PIXELS", help="Width to ask a camera for; unset, its driver chooses."),
]
Height = Annotated[
    int | None,
    typer.Option(metavar="PIXELS", help="Height to ask a camera for; unset, its driver chooses."),
]
Fps = Annotated[
    float | None,
    typer.Option(
        "--fps",
        metavar="N",
        help="Frames a second to ask a camera for; unset, its driver chooses.",
    ),
]
Fourcc = Annotated[
    str | None,
    typer.Option(
        metavar="MJPG|YUYV|...",
        help="Four letters of the format to ask a camera for; `fer-video devices` lists them.",
    ),
]
MaxFrames = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, help="Stop after so many frames of a source."),
]
Realtime = Annotated[
    bool,
    typer.Option(
        "--realtime", help="Play a file as if it were a camera: at its pace, late frames dropped."
    ),
]
Jitter = Annotated[
    float,
    typer.Option(
        metavar="SECONDS",
        help="With --realtime: frames come late by up to so long, at random; 0 is never.",
    ),
]
Stall = Annotated[
    float,
    typer.Option(
        metavar="SECONDS",
        help="With --realtime: nothing comes for so long, every 5 s or so; 0 is never.",
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        metavar="N", min=0, help="With --jitter, --stall: the same number repeats them exactly."
    ),
]


def _read_settings(context: typer.Context, file: Path | None) -> None:
    """Make what a file says the defaults of flags that are not given."""
    if file is None:
        return
    import tomllib  # noqa: PLC0415

    from fer_video.engine.errors import OptionsError  # noqa: PLC0415

    try:
        settings = tomllib.loads(file.read_text("utf-8"))
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
        help="Read defaults for the other flags from this file, as `fer-video tune` writes it.",
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
    parts: float = 0.0,
    max_frames: int | None = None,
    realtime: bool = False,
    draw: bool = False,
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
        parts=parts,
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
    str,
    typer.Option(
        metavar="ultrafast..slow",
        help="Preset of x264, which encodes faster or into smaller files.",
    ),
]
