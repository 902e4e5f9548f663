"""Writes a report, format by format."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from fer_video.engine.errors import OptionsError, OutputError
from fer_video.exporters.data.atomic import make_folder, write_json
from fer_video.exporters.report.analysis.events import responses
from fer_video.exporters.report.analysis.study import Study, Video
from fer_video.exporters.report.formats.bids import write_bids
from fer_video.exporters.report.formats.boris import write_boris
from fer_video.exporters.report.formats.elan import write_elan
from fer_video.exporters.report.formats.facereader import write_facereader
from fer_video.exporters.report.formats.webvtt import write_webvtt
from fer_video.exporters.report.page.html import write_html
from fer_video.exporters.report.pictures.write import (
    check_pictures,
    pictured,
    stems,
    write_pictures,
)
from fer_video.exporters.report.recorded.about import About
from fer_video.exporters.report.recorded.recording import file_stems
from fer_video.exporters.report.tables import frame_table, result_tables
from fer_video.exporters.report.tables.parquet import check_parquet, parquet_is_there, write_parquet
from fer_video.exporters.report.tables.table import Table, described, write_csv


def write_report(
    study: Study, output: Path, formats: Sequence[str] | None = None, about: About | None = None
) -> list[str]:
    """Write a study in several formats.

    Args:
        study: what is written, see `make_study`.
        output: the folder; made if it is not there. Of an earlier report's tables those go that
            this one, if it has tables, does not write; other files stay.
        formats: of `FORMATS`; None for all that can be written.
        about: what is known of the runs.

    Returns:
        Names of the formats that were written.

    Raises:
        OptionsError: a format is not known, or needs what is not installed; nothing is written.
        OutputError: the folder or a file cannot be written.
    """
    chosen = check_formats(formats)
    make_folder(output)
    tables = [name for name in TABLES if name in chosen]
    if tables:
        _write_tables(study, output, tables, about or {})
    for name, write in OTHERS.items():
        if name in chosen:
            write(study, output, about or {})
    return chosen


def check_formats(formats: Sequence[str] | None) -> list[str]:
    """The formats to write, without repetition; all that can be written unless they are named.

    Raises:
        OptionsError: one is not known, or needs what is not installed.
    """
    chosen = FORMATS if formats is None else tuple(dict.fromkeys(formats))
    for name in chosen:
        if name not in FORMATS:
            raise OptionsError(f"format {name}: choose of {', '.join(FORMATS)}")
    if {"pictures", "html"} & {*chosen}:
        check_pictures()
    if formats is None and not parquet_is_there():
        return [name for name in FORMATS if name != "parquet"]
    if "parquet" in chosen:
        check_parquet()
    return list(chosen)


def _tables(study: Study, about: About) -> Iterator[Table]:
    """All of a report, one at a time, since that of the frames may be long."""
    yield frame_table.frames(study)
    yield result_tables.episodes(study)
    yield result_tables.summaries("summary", study.summaries(), study.labels, about)
    yield result_tables.transitions(study)
    if study.names:
        yield result_tables.summaries("summary_by_person", study.people(), study.labels)
    if any(video.events for video in study.videos):
        yield result_tables.events(list(responses(study)))


def _write_tables(study: Study, output: Path, formats: Sequence[str], about: About) -> None:
    told: dict[str, Any] = {}
    earlier = _earlier(output)
    for table in _tables(study, about):
        if "csv" in formats:
            write_csv(table, output / f"{table.name}.csv")
        if "parquet" in formats:
            write_parquet(table, output / f"{table.name}.parquet", about)
        told |= described([table])
    if about:
        write_json(output / "runs.json", dict(about))
    written = {f"{name}.{suffix}" for name in told for suffix in formats}
    _remove(earlier - written - ({"runs.json"} if about else set()), output)
    write_json(output / "columns.json", told)


def _earlier(output: Path) -> set[str]:
    """Files of tables that an earlier report may have left in the folder, by what it told of them;
    none where it told nothing: what has their names is then somebody's own."""
    try:
        told = json.loads((output / "columns.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    tables = _TABLE_NAMES.intersection(told) if isinstance(told, dict) else set()
    return {"runs.json"} | {f"{name}.{suffix}" for name in tables for suffix in TABLES}


def _remove(names: Iterable[str], folder: Path) -> None:
    """Remove what would contradict the tables that were written."""
    for path in map(folder.joinpath, names):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(
                f"{path}: is of an earlier report and cannot be removed ({error.strerror}); remove "
                "it, or choose another folder"
            ) from error


def _write_tracks(study: Study, output: Path, _about: About) -> None:
    for video, stem in _stems(study, output, "webvtt"):
        write_webvtt(video, stem)


def _write_elan(study: Study, output: Path, _about: About) -> None:
    for video, stem in _stems(study, output, "elan"):
        write_elan(video, stem.with_name(f"{stem.name}.eaf"))


def _write_boris(study: Study, output: Path, about: About) -> None:
    write_boris(study, make_folder(output / "boris") / "report.boris", about)


def _write_bids(study: Study, output: Path, _about: About) -> None:
    for video, stem in _stems(study, output, "bids"):
        write_bids(video, stem)


def _write_facereader(study: Study, output: Path, _about: About) -> None:
    named = stems(study)
    for video, stem in _stems(study, output, "facereader"):
        for subject in pictured(video):
            write_facereader(video, subject, stem.with_name(named[video.name, subject.name]))


def _stems(study: Study, output: Path, folder: str) -> Iterator[tuple[Video, Path]]:
    """Each video with the path of its files, without what comes behind its name."""
    make_folder(output / folder)
    names = file_stems([video.recording for video in study.videos])
    return (
        (video, output / folder / name) for video, name in zip(study.videos, names, strict=True)
    )


TABLES = ("csv", "parquet")
"""Formats of all tables, and what their files' names end with."""
_TABLE_NAMES = frozenset(
    ("frames", "episodes", "summary", "transitions", "summary_by_person", "events")
)
"""Names of the tables."""
OTHERS: dict[str, Callable[[Study, Path, About], None]] = {
    "pictures": lambda study, output, _about: write_pictures(study, output),
    "html": write_html,
    "webvtt": _write_tracks,
    "elan": _write_elan,
    "boris": _write_boris,
    "bids": _write_bids,
    "facereader": _write_facereader,
}
"""What else a report can be written as."""
FORMATS = (*TABLES, *OTHERS)
