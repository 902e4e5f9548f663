"""`fer-video profile`: where the time of a frame goes."""

import json as json_format
import os
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_video.cli.arguments import (
    SOURCE,
    ClassifyWhen,
    Detector,
    Device,
    Jitter,
    JsonFile,
    MaxFrames,
    MinFace,
    Model,
    Precision,
    Preset,
    Provider,
    Realtime,
    Seed,
    Stall,
    engine_options,
    live_options,
)
from fer_video.cli.processing import Tally, finish_undisturbed, process
from fer_video.cli.profile_table import show
from fer_video.cli.progress import told_of_compiling

if TYPE_CHECKING:
    pass


TraceFile = Annotated[
    Path | None,
    typer.Option("--trace", metavar="OUT.json", help="Write every stage run there, for Perfetto."),
]


def profile(
    source: Annotated[str, SOURCE],
    json: JsonFile = None,
    trace: TraceFile = None,
    model: Model = "cnn",
    precision: Precision = "auto",
    classify: ClassifyWhen = "every",
    detector: Detector = "detector",
    min_face: MinFace = None,
    provider: Provider = "auto",
    device: Device = 0,
    max_frames: MaxFrames = None,
    preset: Preset = "veryfast",
    realtime: Realtime = False,
    jitter: Jitter = 0.0,
    stall: Stall = 0.0,
    seed: Seed = 1,
) -> None:
    """Annotate a source into nowhere and print the time of every stage, latency and FPS."""
    from fer_video.engine import open_pipeline  # noqa: PLC0415
    from fer_video.engine.output.records import TextFile  # noqa: PLC0415
    from fer_video.engine.output.sinks import Sinks  # noqa: PLC0415
    from fer_video.engine.output.targets import check_targets  # noqa: PLC0415
    from fer_video.engine.output.video import VideoWriter  # noqa: PLC0415
    from fer_video.perf.detection import detection_ms  # noqa: PLC0415
    from fer_video.perf.recorder import Recorder  # noqa: PLC0415
    from fer_video.perf.report import report  # noqa: PLC0415
    from fer_video.perf.trace import trace_events  # noqa: PLC0415

    options = engine_options(
        model=model,
        precision=precision,
        classify=classify,
        detector=detector,
        min_face=min_face,
        provider=provider,
        device=device,
        max_frames=max_frames,
        realtime=realtime,
        live=live_options(reconnect=False, jitter=jitter, stall=stall, seed=seed),
    )
    recorder, tally = Recorder(), Tally()
    with ExitStack() as stack:
        stack.enter_context(told_of_compiling())
        pipeline = open_pipeline(source, options, observe=recorder)
        check_targets(pipeline.info.files, [target for target in (json, trace) if target])
        written = None if json is None else stack.enter_context(closing(TextFile(json)))
        traced = None if trace is None else stack.enter_context(closing(TextFile(trace)))
        sinks = stack.enter_context(Sinks())
        stack.callback(finish_undisturbed)
        stack.callback(pipeline.close)
        sinks.add(VideoWriter(os.devnull, pipeline.info, preset))
        process(pipeline, sinks, tally)
        result = report(
            recorder,
            drops=pipeline.counters().dropped,
            faces=tally.faces,
            provider=pipeline.provider,
        )
        info = pipeline.info
        costs = detection_ms(options, info.width, info.height)
        result = replace(result, detection_ms=costs, threads=options.session.threads)
        if written is not None:
            written.write(json_format.dumps(result.to_json(), indent=2) + "\n")
        if traced is not None:
            traced.write(json_format.dumps(trace_events(recorder)) + "\n")
    show(result)
