"""`fer-video --source SRC`: annotate, record or show a source."""

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_video import __version__
from fer_video.cli.arguments import SOURCES, Names, Preset, Settings
from fer_video.cli.flags import EngineFlags, FileFlags, LiveFlags, flattened
from fer_video.cli.interruption import Interruption
from fer_video.cli.processing import Tally, process, process_viewed
from fer_video.cli.progress import told_of_compiling
from fer_video.cli.reporting import reporting
from fer_video.cli.seeking import Film, end_of, stretch_behind
from fer_video.cli.sources import without_results
from fer_video.cli.targets import Targets, VideoSettings

if TYPE_CHECKING:
    from fer_video.engine import EngineOptions, Pipeline

Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="OUT.mp4",
        help="Write the annotated video with its sound to this file; `-` is stdout. Of an image "
        "also a .jpg or .png. Images, and several sources: into this folder.",
    ),
]
JsonFile = Annotated[
    Path | None,
    typer.Option(
        "--json",
        metavar="OUT.jsonl",
        help="Write one JSON object a frame to this file; `-` is stdout.",
    ),
]
CsvFile = Annotated[
    Path | None,
    typer.Option(
        "--csv", metavar="OUT.csv", help="Write one row a face to this file; `-` is stdout."
    ),
]
Report = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="DIR",
        help="Write records to this folder, and at the end a report of them, as `fer-video report` "
        "makes it.",
    ),
]
NoAbout = Annotated[
    bool,
    typer.Option(
        "--no-about",
        help="Write no OUT.about.json beside records: what was read, by which networks and how, "
        "and whether it is complete.",
    ),
]
CsvExcel = Annotated[
    bool,
    typer.Option(
        "--csv-excel",
        help="Write --csv as Excel opens it where numbers have decimal commas, as in German: with "
        "these, semicolons, and a byte order mark.",
    ),
]
Crf = Annotated[
    int | None,
    typer.Option(
        "--crf",
        metavar="0..51",
        help="Quality of the video, x264's constant rate factor: the less, the better and larger. "
        "Unless given, 23, and at most twice the source's bit rate.",
    ),
]
Bitrate = Annotated[
    int | None,
    typer.Option(
        "--bitrate", metavar="KBIT", help="Average kbit/s of the pictures, in the place of --crf."
    ),
]
CopySound = Annotated[
    bool,
    typer.Option(
        "--copy-sound",
        help="Refuse sound that the video's container cannot hold as it is; else it is encoded "
        "anew.",
    ),
]
Display = Annotated[
    bool | None,
    typer.Option(
        "--display/--no-display",
        help="Show a window or not; by default one opens when nothing is written.",
        show_default=False,
    ),
]


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


Clock = Annotated[
    bool,
    typer.Option(
        "--clock",
        help="Draw time and number of each frame into a corner, to check records by eye.",
    ),
]


@dataclass(frozen=True)
class ResultFlags:
    """Where the results go."""

    output: Output = None
    json: JsonFile = None
    csv: CsvFile = None
    report: Report = None
    csv_excel: CsvExcel = False
    no_about: NoAbout = False
    display: Display = None
    clock: Clock = False
    preset: Preset = "veryfast"
    crf: Crf = None
    bitrate: Bitrate = None
    copy_sound: CopySound = False

    def targets(self) -> Targets:
        """With a window where nothing is written and none is declined."""
        display = self.display
        if display is None:
            display = not (self.output or self.json or self.csv or self.report)
        video = VideoSettings(self.preset, self.crf, self.bitrate, self.copy_sound)
        return Targets(
            self.output,
            self.json,
            self.csv,
            display,
            video,
            excel=self.csv_excel,
            about=not self.no_about,
            report=self.report,
        )


@flattened
def run(
    context: typer.Context,
    source: Annotated[list[str] | None, SOURCES] = None,
    *,
    name: Names = None,
    results: ResultFlags,
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
        if source:
            raise typer.BadParameter(f"belongs behind `{context.invoked_subcommand}`")
        return
    if not source:
        raise typer.BadParameter("give --source SRC (`demo` needs no file of yours)")
    targets = results.targets()
    if results.clock and not targets.is_seen:
        raise typer.BadParameter("--clock draws into pictures: give --output, or --display")
    if targets.display:
        _load_opencv_first()
    with reporting(targets.reported), Interruption() as interruption:
        targets.check_names()
        options = engine.options(
            live,
            file,
            clock=results.clock,
            draw=targets.is_seen,
            keep_audio=targets.output is not None,
        )
        _annotate(source, name or (), options, targets, profile, interruption)


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
    from fer_video.engine.build import open_pipelines  # noqa: PLC0415
    from fer_video.engine.errors import OutputError  # noqa: PLC0415
    from fer_video.engine.output.sinks import Sinks  # noqa: PLC0415
    from fer_video.engine.run.pipeline import unobserved  # noqa: PLC0415
    from fer_video.engine.smooth.baseline import NeutralBaseline  # noqa: PLC0415
    from fer_video.perf.recorder import Recorder  # noqa: PLC0415

    recorder = Recorder() if profile else None
    tally, written = Tally(), str(targets)
    try:
        with ExitStack() as stack:
            stack.enter_context(told_of_compiling())
            sinks = stack.enter_context(Sinks())
            baseline = NeutralBaseline(options.calibrate)
            observe = recorder or unobserved
            asked = without_results(sources, targets.output)

            def open_at(time: float) -> "Pipeline":
                at = replace(options, file=stretch_behind(options.file, time))
                opened = open_pipelines(asked, at, observe=observe, baseline=baseline, names=names)
                stack.callback(opened.close)
                return opened

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
    except OutputError:
        written = ""  # the error says what became of it
        raise
    finally:
        with suppress(OSError):  # the terminal is gone
            if tally.frames:
                written += " (incomplete)" if written and not tally.complete else ""
                sys.stderr.write(" -> ".join(filter(None, (str(tally), written))) + "\n")
    if recorder is not None and tally.frames:
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
