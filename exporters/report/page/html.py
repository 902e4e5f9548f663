"""One page with everything, which can be mailed: it asks for nothing from anywhere."""

from collections.abc import Mapping
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from fer_video.exporters.data.atomic import write_text
from fer_video.exporters.report.analysis.study import Study
from fer_video.exporters.report.page.markup import items, table
from fer_video.exporters.report.page.methods import citation, methods
from fer_video.exporters.report.page.prose import REASONS_TOLD, seconds, trust
from fer_video.exporters.report.page.video import section
from fer_video.exporters.report.pictures.write import pictured
from fer_video.exporters.report.recorded.about import (
    About,
    all_networks,
    incomplete,
    networks_of,
)


def write_html(study: Study, output: Path, about: About) -> None:
    """Write report.html.

    Args:
        study: what is told.
        output: the folder; a video that is found is linked by its way from there.
        about: what is known of the runs, by video.

    Raises:
        OutputError: it cannot be written.
    """
    names = ", ".join(video.name for video in study.videos[:3])
    more = f" and {len(study.videos) - 3} more" if len(study.videos) > 3 else ""
    page = Template(_part("page.html")).substitute(
        title=escape(f"Facial expressions: {names}{more}"),
        style=_part("page.css"),
        warning=_warning(about),
        head=_head(study, about),
        videos="\n".join(section(video, output) for video in study.videos),
        trust=items(trust(study, about)),
        runs=_runs(study, about),
        missing=_missing(study),
        methods=escape(methods(study, about)),
        citation=escape(citation()),
        script=_part("page.js"),
    )
    write_text(output / "report.html", page)


def _part(name: str) -> str:
    return files(__package__ or "").joinpath(name).read_text("utf-8")


def _head(study: Study, about: About) -> str:
    rows = [
        (
            video.name,
            seconds(video.recording.end - video.recording.times[0]),
            str(len(video.recording.times)),
            str(len(video.subjects)),
            _COMPLETE.get(about.get(video.name, {}).get("complete"), "not told"),
            ", ".join(networks_of(about, video.name, "expressions")) or "not told",
            str(about.get(video.name, {}).get("version", "not told")),
        )
        for video in study.videos
    ]
    return table(("video", "duration", "frames", "people", "records", "network", "version"), rows)


_COMPLETE: Mapping[Any, str] = {True: "complete", False: "incomplete"}


def _warning(about: About) -> str:
    """That numbers are of a part of a video, where nobody overlooks it."""
    lines = (f"The records of {video} are incomplete: {lost}." for video, lost in incomplete(about))
    return "".join(f'<p class="warning">{escape(line)}</p>' for line in lines)


def _runs(study: Study, about: About) -> str:
    """What was read by what, to be checked: files, fingerprints, times."""
    runs = [(video.name, about.get(video.name, {})) for video in study.videos]
    known = [(name, run, run.get("source", {})) for name, run in runs if "start" in run]
    rows = [
        (
            name,
            str(run["start"]),
            seconds(float(run.get("seconds", 0))),
            str(source.get("dropped", "")),
            f"{source['size']:,}" if "size" in source else "",
            str(source.get("modified", "")),
            str(source.get("sha256") or ""),
        )
        for name, run, source in known
    ]
    if not rows:
        return "<p>Nothing is told of it.</p>"
    networks = [
        (name, str(one.get("precision") or ""), sha256)
        for (name, sha256), one in all_networks(about, [video for video, _ in runs]).items()
    ]
    commands = dict.fromkeys(str(run["command"]) for _, run, _ in known if "command" in run)
    return (
        "".join(f"<p><code>{escape(command)}</code></p>" for command in commands)
        + table(_RUN, rows)
        + table(("network", "precision", "SHA-256 of its file"), networks)
    )


_RUN = ("video", "begun", "took", "dropped", "bytes", "modified", "SHA-256 of the file")


def _missing(study: Study) -> str:
    rows = [
        (
            f"{summary.file}, {summary.person}",
            seconds(summary.observed),
            seconds(summary.valid),
            *(seconds(summary.missing[reason]) for reason in REASONS_TOLD),
        )
        for video in study.videos
        for summary in (subject.summary for subject in pictured(video))
    ]
    head = ("", "observed", "valid", *(reason.replace("_", " ") for reason in REASONS_TOLD))
    told = (f"{name.replace('_', ' ')}: {text}" for name, text in REASONS_TOLD.items())
    return table(head, rows) + items(told)
