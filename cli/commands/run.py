"""`fer-video --source SRC`: annotate, record or show a source."""

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup

from fer_video import __version__
from fer_video.cli.commands.reporting import reporting
from fer_video.cli.options.flags import EngineFlags, FileFlags, LiveFlags, flattened
from fer_video.cli.options.needs import refuse_idle
from fer_video.cli.options.reading import SOURCES, Names
from fer_video.cli.options.settings import Settings
from fer_video.cli.running.processing import Tally, process, process_viewed
from fer_video.cli.running.seeking import Film, end_of, stretch_behind
from fer_video.cli.running.sources import without_results
from fer_video.cli.running.targets import Targets
from fer_video.cli.terminal.interruption import Interruption
from fer_video.cli.terminal.progress import told_of_compiling

if TYPE_CHECKING:
    from fer_video.engine import EngineOptions, Pipeline
    from fer_video.engine.run.observe import Observe
    from fer_video.perf.recorder import Recorder


def _tell_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"fer-video {__version__}\n")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option(
        "--version", is_eager=True, callback=_tell_version, help="Print the version and end."
    ),
]
Profile = Annotated[
    bool,
    typer.Option("--profile", help="Print the time that every stage took, on stderr at the end."),
]


@flattened
def run(
    context: typer.Context,
    source: Annotated[list[str] | None, SOURCES] = None,
    *,
    name: Names = None,
    targets: Targets,
    engine: EngineFlags,
    live: LiveFlags,
    file: FileFlags,
    profile: Profile = False,
    settings: Settings = None,  # noqa: ARG001 - its callback has read it
    version: Version = False,  # noqa: ARG001 - as that of this one
) -> None:
    """Read facial expressions on every face of a video, in real time, on an ordinary CPU.

    \b
    fer-video --source 0                             a camera, in a window (h: its keys)
    fer-video --source in.mp4 --output out.mp4       an annotated video
    fer-video --source in.mp4 --json out.jsonl       one record a frame
    fer-video --source in.mp4 --report folder        records, tables, pictures, a page
    fer-video --source demo --output demo.mp4        without any file of yours
    """
    if context.invoked_subcommand is not None:
        _refuse_flags_before(context.invoked_subcommand, context)
        return
    refuse_idle(context)
    if not source:
        raise typer.BadParameter("give --source SRC (`demo` needs no file of yours)")
    if targets.clock and not targets.is_seen:
        raise typer.BadParameter("--clock draws into pictures: give --output, or --display")
    if targets.is_shown:
        _load_opencv_first()
    with reporting(targets.reported), Interruption() as interruption:
        targets.check_names()
        options = engine.options(
            live,
            file,
            clock=targets.clock,
            draw=targets.is_seen,
            keep_audio=targets.output is not None,
        )
        _annotate(source, name or (), options, targets, profile, interruption)


def _refuse_flags_before(command: str, context: typer.Context) -> None:
    """A command hears nothing of the flags that stand before its name.

    Raises:
        typer.BadParameter: there is one.
    """
    assert isinstance(context.command, TyperGroup)
    own = {flag for one in context.command.commands[command].params for flag in one.opts}
    for flag in context.command.params:
        source = context.get_parameter_source(str(flag.name))
        if source is not None and source.name == "COMMANDLINE":
            if (name := flag.opts[0]) not in own:
                raise typer.BadParameter(f"`{command}` has no {name}")
            raise typer.BadParameter(f"{name}: belongs behind `{command}`")


def _load_opencv_first() -> None:
    """Before PyAV: each wheel brings a libxcb, and a window hangs on PyAV's (its issue 978)."""
    os.environ.setdefault("QT_LOGGING_RULES", "*.warning=false")  # it misses fonts that we do not
    with suppress(ImportError):  # the window says so in its own words
        import cv2  # noqa: F401, PLC0415


def _annotate(
    sources: list[str],
    names: Sequence[str],
    options: "EngineOptions",
    targets: Targets,
    profile: bool,
    interruption: Interruption,
) -> None:
    from fer_video.engine.errors import OutputError  # noqa: PLC0415
    from fer_video.engine.run.observe import unobserved  # noqa: PLC0415
    from fer_video.perf.recorder import Recorder  # noqa: PLC0415

    recorder = Recorder() if profile else None
    tally, written = Tally(), str(targets)
    try:
        pipeline = _lead(
            sources, names, options, targets, recorder or unobserved, tally, interruption
        )
    except OutputError:
        written = ""  # the error says what became of it
        raise
    finally:
        with suppress(OSError):  # the terminal is gone
            _tell(tally, written)
    if recorder is not None and tally.frames:
        alone = targets.is_seen and not str(targets)
        _show_profile(recorder, pipeline, tally, options.session.threads, alone=alone)


def _lead(
    sources: list[str],
    names: Sequence[str],
    options: "EngineOptions",
    targets: Targets,
    observe: "Observe",
    tally: Tally,
    interruption: Interruption,
) -> "Pipeline":
    """Lead all frames from the sources to the targets; the pipeline that was opened for it."""
    from fer_video.engine.assembly.networks import Networks  # noqa: PLC0415
    from fer_video.engine.assembly.pipelines import open_pipelines  # noqa: PLC0415
    from fer_video.engine.output.sinks import Sinks  # noqa: PLC0415
    from fer_video.engine.smooth.baseline import NeutralBaseline  # noqa: PLC0415

    with ExitStack() as stack:
        stack.enter_context(told_of_compiling())
        sinks, opened = stack.enter_context(Sinks()), stack.enter_context(ExitStack())
        baseline = NeutralBaseline(options.calibrate)
        asked = without_results(sources, targets.output)
        networks = Networks.load(options)

        def open_at(time: float) -> "Pipeline":
            opened.close()  # of what was seen before nothing is kept
            at = replace(options, file=stretch_behind(options.file, time))
            pipeline = open_pipelines(
                asked, at, observe=observe, baseline=baseline, networks=networks, names=names
            )
            opened.callback(pipeline.close)
            return pipeline

        pipeline = open_at(0.0)
        interruption.protect()
        end = end_of(sources, pipeline.infos, options.file.start)
        film = None if end is None else Film(sources[0], options.file, end)
        threads = options.encoder_threads
        viewing = targets.open(sinks, pipeline, baseline, threads=threads, film=film)
        if viewing is None:
            process(pipeline, sinks, tally, interruption)
        else:
            process_viewed(viewing, open_at, pipeline, sinks, tally, interruption)
    return pipeline


def _tell(tally: Tally, written: str) -> None:
    """Say what was read, and what came of it."""
    if tally.frames:
        written += " (incomplete)" if written and not tally.complete else ""
        said = " -> ".join(filter(None, (str(tally), written)))
        sys.stderr.write(" ".join(said.split()) + "\n")  # a name may have a line break


def _show_profile(
    recorder: "Recorder", pipeline: "Pipeline", tally: Tally, threads: int, *, alone: bool
) -> None:
    """Print it; a camera is waited for, and a window alone keeps films' frames until their time."""
    from fer_video.cli.terminal.profile_table import show  # noqa: PLC0415
    from fer_video.perf.report import report  # noqa: PLC0415

    live = any(info.live for info in pipeline.infos)
    stills = any(info.stills for info in pipeline.infos)
    waits = {"capture": live, "output": alone and not live and not stills}
    found = report(
        recorder,
        drops=pipeline.counters().dropped,
        faces=tally.faces,
        provider=pipeline.provider,
        threads=threads,
        waiting=[stage for stage, waiting in waits.items() if waiting],
    )
    show(found)
