"""`fer-video agreement`: what the machine read against what a person coded."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_video.cli.options.study import BRIDGE_S, Bridge, LongestFrame, Marks, People

if TYPE_CHECKING:
    from fer_video.exporters.report.analysis.agreement import Agreement


def agreement(
    records: Annotated[
        Path, typer.Argument(metavar="RECORDS", help="JSON Lines of one video, from a run.")
    ],
    corrected: Annotated[
        Path,
        typer.Argument(
            metavar="CORRECTED",
            help="BORIS's aggregated events (.csv, .tsv) or ELAN's tab-delimited export.",
        ),
    ],
    people: People = None,
    marks: Marks = None,
    bridge: Bridge = BRIDGE_S,
    longest_frame: LongestFrame = None,
) -> None:
    """Print how far a person who corrected the labels agrees.

    Give the options as to the report whose export was corrected, with its tables of all videos.
    """
    from fer_video.engine.errors import DataError  # noqa: PLC0415
    from fer_video.exporters.report.analysis.agreement import compare  # noqa: PLC0415
    from fer_video.exporters.report.analysis.episodes import EpisodeOptions  # noqa: PLC0415
    from fer_video.exporters.report.analysis.study import make_study  # noqa: PLC0415
    from fer_video.exporters.report.recorded.records import read_records  # noqa: PLC0415
    from fer_video.exporters.report.sheets.corrected import read_corrected  # noqa: PLC0415
    from fer_video.exporters.report.sheets.marks import read_marks  # noqa: PLC0415
    from fer_video.exporters.report.sheets.people import read_people  # noqa: PLC0415

    recordings = read_records([records], longest_frame)
    if len(recordings) > 1:
        raise DataError(f"{records}: holds {len(recordings)} videos; give the records of one")
    study = make_study(
        recordings,
        EpisodeOptions(bridge=bridge),
        [] if people is None else read_people(people, recordings, of_more=True),
        [] if marks is None else read_marks(marks, recordings, of_more=True),
    )
    found = compare(study.videos[0], read_corrected(corrected), corrected)
    sys.stdout.write("\n".join(_lines(found)) + "\n")


def _lines(found: "Agreement") -> Iterator[str]:
    yield (
        f"Cohen's kappa {_number(found.kappa)}, agreement {_number(found.share)} of "
        f"{found.seconds:.1f} s in which either gave a label"
    )
    yield ""
    yield "agreement by label (time of both over the mean of each one's):"
    width = max(map(len, found.labels)) + 2
    for label in found.labels[:-1]:
        yield f"{label:<{width}}{_number(found.of(label))}"
    yield ""
    yield "seconds; rows by hand, columns by the machine:"
    yield " " * width + "".join(f"{label:>{max(9, width)}}" for label in found.labels)
    for label, row in zip(found.labels, found.confusion.tolist(), strict=True):
        yield f"{label:<{width}}" + "".join(f"{cell:>{max(9, width)}.2f}" for cell in row)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:z.3f}"
