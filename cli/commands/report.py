"""`fer-video report`: tables, pictures and other tools' formats, made of records."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_video.cli.options.offline import say
from fer_video.cli.options.study import BRIDGE_S, Bridge, LongestFrame, Marks, People

if TYPE_CHECKING:
    from fer_video.exporters.report.recorded.recording import Recording

Records = Annotated[
    list[Path], typer.Argument(metavar="RECORDS...", help="JSON Lines that a run wrote.")
]


def report(
    records: Records,
    output: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the report.")],
    formats: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,...",
            help="What to write, of csv, parquet, pictures, html, webvtt, elan, boris, bids and "
            "facereader; unless given, all that can be written.",
        ),
    ] = None,
    people: People = None,
    marks: Marks = None,
    suggest_people: Annotated[
        bool,
        typer.Option(
            "--suggest-people",
            help="Write DIR/people.csv alone, with a picture of each identity, to be filled in.",
        ),
    ] = False,
    enter: Annotated[
        float, typer.Option(metavar="SCORE", help="Score at which an episode begins, 0 to 1.")
    ] = 0.5,
    leave: Annotated[
        float, typer.Option(metavar="SCORE", help="Score below which an episode ends, 0 to 1.")
    ] = 0.3,
    shortest: Annotated[
        float, typer.Option(metavar="SECONDS", help="Least duration of an episode.")
    ] = 0.1,
    bridge: Bridge = BRIDGE_S,
    longest_frame: LongestFrame = None,
) -> None:
    """Make tables, pictures and other tools' files of records.

    It needs neither the video nor a network, and can be made again with other thresholds.
    """
    from fer_video.exporters.data.atomic import check_folder  # noqa: PLC0415
    from fer_video.exporters.report.analysis.episodes import EpisodeOptions  # noqa: PLC0415
    from fer_video.exporters.report.analysis.study import make_study  # noqa: PLC0415
    from fer_video.exporters.report.recorded.about import incomplete, read_about  # noqa: PLC0415
    from fer_video.exporters.report.recorded.records import read_records  # noqa: PLC0415
    from fer_video.exporters.report.sheets.marks import read_marks  # noqa: PLC0415
    from fer_video.exporters.report.sheets.people import read_people  # noqa: PLC0415
    from fer_video.exporters.report.write import check_formats, write_report  # noqa: PLC0415

    options = EpisodeOptions(enter, leave, shortest, bridge)
    chosen = check_formats(None if formats is None else formats.split(","))
    check_folder(output)
    recordings = read_records(records, longest_frame)
    if suggest_people:
        _suggest(recordings, output)
        return
    study = make_study(
        recordings,
        options,
        [] if people is None else read_people(people, recordings),
        [] if marks is None else read_marks(marks, recordings),
    )
    about = read_about(recordings)
    write_report(study, output, chosen, about)
    counted = (
        _counted(len(study.videos), "video", "videos"),
        _counted(sum(len(video.subjects) for video in study.videos), "person", "people"),
    )
    lacking = [name for name, _ in incomplete(about)]
    told = f" (incomplete: {', '.join(lacking)})" if lacking else ""
    say(f"{output}: {', '.join(counted)}, as {', '.join(chosen)}{told}")


def _suggest(recordings: "list[Recording]", output: Path) -> None:
    from fer_video.exporters.report.sheets.suggestion import suggest_people  # noqa: PLC0415

    path, pictures = suggest_people(recordings, output)
    beside = _counted(pictures, "picture", "pictures")
    say(f"{path}: fill in the column name, with {beside} beside it, and give --people")


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
