"""`fer-video profile`: where the time of a frame goes."""

import json as json_format
import os
from contextlib import closing, nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_video.cli.options.arguments import ClassifyWhen, Parts
from fer_video.cli.options.flags import NetworkFlags, flattened
from fer_video.cli.options.reading import SOURCE, Jitter, MaxFrames, Realtime, Seed, Stall
from fer_video.cli.options.results import Preset
from fer_video.cli.options.settings import engine_options
from fer_video.cli.running.processing import Tally, process
from fer_video.cli.terminal.interruption import Interruption
from fer_video.cli.terminal.profile_table import show
from fer_video.cli.terminal.progress import told_of_compiling

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from fer_video.engine import EngineOptions, Pipeline
    from fer_video.engine.output.files.text_file import TextFile
    from fer_video.perf.recorder import Recorder
    from fer_video.perf.report import Report


JsonFile = Annotated[
    Path | None,
    typer.Option(metavar="OUT.json", help="Write the figures to this file; `-` is stdout."),
]
TraceFile = Annotated[
    Path | None,
    typer.Option(
        metavar="OUT.json",
        help="Write when each stage took each frame to this file, for Perfetto.",
    ),
]


@flattened
def profile(
    source: Annotated[str, SOURCE],
    json: JsonFile = None,
    trace: TraceFile = None,
    *,
    networks: NetworkFlags,
    classify: ClassifyWhen = "every",
    parts: Parts = 0.0,
    max_frames: MaxFrames = None,
    preset: Preset = "veryfast",
    realtime: Realtime = False,
    jitter: Jitter = 0.0,
    stall: Stall = 0.0,
    seed: Seed = 1,
) -> None:
    """Measure where the time of a frame goes.

    The source is annotated, and the result thrown away. The table on stderr tells the time of every
    stage, the latency, frames a second, what limits, and what smaller faces would cost.
    """
    from fer_video.engine import LiveOptions  # noqa: PLC0415

    with Interruption() as interruption:
        options = engine_options(
            **asdict(networks),
            classify=classify,
            parts=parts,
            max_frames=max_frames,
            realtime=realtime,
            draw=True,
            live=LiveOptions(reconnect=False, jitter=jitter, stall=stall, seed=seed),
        )
        _profile(source, options, preset, json, trace, interruption)


def _profile(
    source: str,
    options: "EngineOptions",
    preset: str,
    json: Path | None,
    trace: Path | None,
    interruption: Interruption,
) -> None:
    from fer_video.engine import open_pipeline  # noqa: PLC0415
    from fer_video.engine.output.files.targets import check_targets  # noqa: PLC0415
    from fer_video.engine.output.film.video import VideoWriter  # noqa: PLC0415
    from fer_video.engine.output.sinks import Sinks  # noqa: PLC0415
    from fer_video.perf.recorder import Recorder  # noqa: PLC0415
    from fer_video.perf.trace import trace_events  # noqa: PLC0415

    recorder, tally = Recorder(), Tally()
    with (
        told_of_compiling(),
        closing(open_pipeline(source, options, observe=recorder)) as pipeline,
    ):
        _check_alone(source, pipeline)
        check_targets(pipeline.info.files, [target for target in (json, trace) if target])
        interruption.protect()
        with _text_file(json) as written, _text_file(trace) as traced:
            with Sinks() as sinks:
                sinks.add(VideoWriter(os.devnull, pipeline.info, preset))
                process(pipeline, sinks, tally, interruption)
            if not tally.frames:
                return
            result = _report(recorder, pipeline, tally, options, whole=not interruption.cut)
            if written is not None:
                written.write(json_format.dumps(result.to_json(), indent=2) + "\n")
            if traced is not None:
                traced.write(json_format.dumps(trace_events(recorder)) + "\n")
    show(result)


def _check_alone(source: str, pipeline: "Pipeline") -> None:
    """Refuse a folder or pattern of several videos, which have no figures in common.

    Raises:
        SourceError: it is one.
    """
    from fer_video.engine.errors import SourceError  # noqa: PLC0415

    if len(pipeline.infos) > 1:
        raise SourceError(f"{source}: {len(pipeline.infos)} sources in it; give one of them")


def _text_file(target: Path | None) -> "AbstractContextManager[TextFile | None]":
    from fer_video.engine.output.files.text_file import TextFile  # noqa: PLC0415

    return nullcontext() if target is None else closing(TextFile(target))


def _report(
    recorder: "Recorder",
    pipeline: "Pipeline",
    tally: Tally,
    options: "EngineOptions",
    *,
    whole: bool,
) -> "Report":
    """What was measured; what smaller faces would cost only if nobody waits for the end, and in
    pictures of one size, which photographs may not be."""
    from fer_video.perf.detection import detection_ms  # noqa: PLC0415
    from fer_video.perf.report import report  # noqa: PLC0415

    info, drops = pipeline.info, pipeline.counters().dropped
    result = report(
        recorder,
        drops=drops,
        faces=tally.faces,
        provider=pipeline.provider,
        threads=options.session.threads,
        waiting=("capture",) if info.live else (),
    )
    costs = detection_ms(options, info.width, info.height) if whole and info.width else {}
    return replace(result, detection_ms=costs)
