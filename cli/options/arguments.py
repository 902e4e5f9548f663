"""Options that several sub-commands share, and how they become the engine's."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from fer_video.cli.terminal.quiet import quiet_onnxruntime

if TYPE_CHECKING:
    from fer_video.engine import EngineOptions, FileOptions, LiveOptions
    from fer_video.engine.options import Classify, ProviderName
    from fer_video.engine.options import Precision as PrecisionName
    from fer_video.engine.quality.quality import Reason

_TIME = (
    re.compile(r"(?P<seconds>\d+\.?\d*|\.\d+)"),
    re.compile(r"(?P<minutes>\d+):(?P<seconds>[0-5]\d(\.\d*)?)"),
    re.compile(r"(?P<hours>\d+):(?P<minutes>[0-5]\d):(?P<seconds>[0-5]\d(\.\d*)?)"),
)
"""How a time is written; only the first part may be of any size."""
_UNITS = {"hours": 3600, "minutes": 60, "seconds": 1}


def seconds(written: object) -> float:
    """A time as people write it: seconds, MM:SS or HH:MM:SS, with decimals or without.

    Raises:
        BadParameter: it is none.
    """
    for shape in _TIME:
        if found := shape.fullmatch(str(written).strip()):
            return sum(_UNITS[unit] * float(count) for unit, count in found.groupdict().items())
    raise typer.BadParameter(f"{written}: give seconds, MM:SS or HH:MM:SS, such as 1:02.5")


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
Names = Annotated[
    list[str] | None,
    typer.Option(
        "--name",
        metavar="NAME",
        help="Name of a source in records, windows and the names of files; give it again for each "
        "of several, in their order.",
    ),
]
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
MinScore = Annotated[
    float | None,
    typer.Option(
        metavar="P",
        min=0,
        max=1,
        help="Take for a face what the detector scores so high, 0 to 1: less finds more, and more "
        "of it is none. It says nothing of the expression. Unless given, as the detector's card "
        "says.",
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
Reject = Annotated[
    str | None,
    typer.Option(
        metavar="REASON,...",
        help="Label a face `uncertain` that is small, turned, blurred, dark, bright, flat or "
        "uneven, as its `quality` says: some of these words, with commas between, or `any`.",
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
Start = Annotated[
    float,
    typer.Option(
        "--start",
        metavar="TIME",
        parser=seconds,
        help="Of a video file, begin at this time of the film: seconds, MM:SS or HH:MM:SS. What "
        "lies before is not decoded; times stay the film's.",
        show_default=False,
    ),
]
End = Annotated[
    float | None,
    typer.Option(
        "--end",
        metavar="TIME",
        parser=seconds,
        help="Of a video file, end before this time of the film, written as that of --start.",
    ),
]
Every = Annotated[
    float | None,
    typer.Option(
        "--every",
        metavar="SECONDS",
        help="Of a video file, read one frame in so many seconds.",
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
    min_score: float | None = None,
    provider: str,
    precision: str = "auto",
    classify: str = "every",
    threads: int = 1,
    device: int = 0,
    min_confidence: float = 0.0,
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
    from fer_video.engine.quality.quality import REASONS  # noqa: PLC0415

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


Preset = Annotated[
    str,
    typer.Option(
        metavar="ultrafast..slow",
        help="Preset of x264, which encodes faster or into smaller files.",
    ),
]
