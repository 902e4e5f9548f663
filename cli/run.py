"""`fer-video --source SRC`: annotate, record or show a source."""

import os
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_video.cli.arguments import (
    SOURCES,
    Calibrate,
    ClassifyWhen,
    Detector,
    Device,
    Fourcc,
    Fps,
    Height,
    Jitter,
    JsonFile,
    MaxFrames,
    MinConfidence,
    MinFace,
    Model,
    Precision,
    Preset,
    Provider,
    Realtime,
    Reconnect,
    Seed,
    Settings,
    Smoothing,
    Stall,
    Threads,
    Timeout,
    Width,
    engine_options,
    live_options,
)
from fer_video.cli.processing import Tally, finish_undisturbed, process
from fer_video.cli.progress import told_of_compiling
from fer_video.cli.targets import Targets

if TYPE_CHECKING:
    from fer_video.engine import EngineOptions

Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="OUT.mp4",
        help="Write the annotated video there; its sound is copied.",
    ),
]
CsvFile = Annotated[
    Path | None, typer.Option("--csv", metavar="OUT", help="Write CSV there; `-` is stdout.")
]
Display = Annotated[
    bool | None,
    typer.Option(
        "--display/--no-display",
        help="Show a window; the default when nothing is written.",
        show_default=False,
    ),
]
Profile = Annotated[
    bool, typer.Option("--profile", help="Print the time of every stage at the end.")
]


def run(
    context: typer.Context,
    source: Annotated[list[str] | None, SOURCES] = None,
    output: Output = None,
    json: JsonFile = None,
    csv: CsvFile = None,
    model: Model = "cnn",
    precision: Precision = "auto",
    classify: ClassifyWhen = "every",
    threads: Threads = 1,
    detector: Detector = "detector",
    min_face: MinFace = None,
    provider: Provider = "auto",
    device: Device = 0,
    min_confidence: MinConfidence = 0.0,
    smoothing: Smoothing = 0.1,
    calibrate: Calibrate = 0.0,
    display: Display = None,
    profile: Profile = False,
    max_frames: MaxFrames = None,
    preset: Preset = "veryfast",
    realtime: Realtime = False,
    jitter: Jitter = 0.0,
    stall: Stall = 0.0,
    seed: Seed = 1,
    timeout: Timeout = 2.0,
    reconnect: Reconnect = True,
    width: Width = None,
    height: Height = None,
    fps: Fps = None,
    fourcc: Fourcc = None,
    settings: Settings = None,  # noqa: ARG001 - its callback has read it
) -> None:
    """Read facial expressions on every face of a video, in real time, on an ordinary CPU.

    \b
    fer-video --source 0                             a camera, in a window (h: its keys)
    fer-video --source in.mp4 --output out.mp4       an annotated video
    fer-video --source in.mp4 --json out.jsonl       one record a frame
    fer-video --source demo --output demo.mp4        without any file of yours
    """
    if context.invoked_subcommand is not None:
        if source:
            raise typer.BadParameter(f"belongs behind `{context.invoked_subcommand}`")
        return
    if not source:
        raise typer.BadParameter("give --source SRC (`demo` needs no file of yours)")
    written = output or json or csv
    targets = Targets(output, json, csv, display if display is not None else not written, preset)
    if targets.display:
        _load_opencv_first()
    live = live_options(
        timeout=timeout,
        reconnect=reconnect,
        width=width,
        height=height,
        fps=fps,
        fourcc=fourcc,
        jitter=jitter,
        stall=stall,
        seed=seed,
    )
    options = engine_options(
        model=model,
        precision=precision,
        classify=classify,
        threads=threads,
        detector=detector,
        min_face=min_face,
        provider=provider,
        device=device,
        min_confidence=min_confidence,
        smoothing=smoothing,
        calibrate=calibrate,
        max_frames=max_frames,
        realtime=realtime,
        draw=output is not None or targets.display,
        keep_audio=output is not None,
        live=live,
    )
    _annotate(source, options, targets, profile)


def _load_opencv_first() -> None:
    """Before PyAV: each wheel brings a libxcb, and a window hangs on PyAV's (its issue 978)."""
    os.environ.setdefault("QT_LOGGING_RULES", "*.warning=false")  # it misses fonts that we do not
    with suppress(ImportError):  # the window says so in its own words
        import cv2  # noqa: F401, PLC0415


def _annotate(
    sources: list[str], options: "EngineOptions", targets: Targets, profile: bool
) -> None:
    from fer_video.engine.build import open_pipelines  # noqa: PLC0415
    from fer_video.engine.output.sinks import Sinks  # noqa: PLC0415
    from fer_video.engine.run.pipeline import unobserved  # noqa: PLC0415
    from fer_video.engine.smooth.baseline import NeutralBaseline  # noqa: PLC0415
    from fer_video.perf.recorder import Recorder  # noqa: PLC0415

    recorder = Recorder() if profile else None
    tally = Tally()
    try:
        with ExitStack() as stack:
            stack.enter_context(told_of_compiling())
            sinks = stack.enter_context(Sinks())
            baseline = NeutralBaseline(options.calibrate)
            observe = recorder or unobserved
            pipeline = open_pipelines(sources, options, observe=observe, baseline=baseline)
            stack.callback(finish_undisturbed)
            stack.callback(pipeline.close)
            targets.open(sinks, pipeline, baseline, options.encoder_threads)
            process(pipeline, sinks, tally)
    finally:
        if tally.frames:
            sys.stderr.write(" -> ".join(filter(None, (str(tally), str(targets)))) + "\n")
    if recorder is not None:
        from fer_video.cli.profile_table import show  # noqa: PLC0415
        from fer_video.perf.report import report  # noqa: PLC0415

        show(
            report(
                recorder,
                drops=pipeline.counters().dropped,
                faces=tally.faces,
                provider=pipeline.provider,
            )
        )
