"""One page with everything, which can be mailed: it asks for nothing from anywhere."""

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from os import path as paths
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from fer_video.exporters.data.atomic import write_text
from fer_video.exporters.report.analysis.study import Study, Subject, Video
from fer_video.exporters.report.page.packing import packed
from fer_video.exporters.report.page.prose import (
    REASONS_TOLD,
    citation,
    methods,
    seconds,
    share,
    trust,
)
from fer_video.exporters.report.pictures.charts import shares, transition_matrix
from fer_video.exporters.report.pictures.colours import colours
from fer_video.exporters.report.pictures.write import pictured, write_picture
from fer_video.exporters.report.recorded.about import About, incomplete, networks_of
from fer_video.exporters.report.recorded.media import find_video

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_HEAD = (
    "",
    "share of valid time",
    "episodes",
    "per minute",
    "mean",
    "longest",
    "first after",
    "peak",
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
        videos="\n".join(_video(video, output) for video in study.videos),
        trust=_items(trust(study, about)),
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
    return _table(("video", "duration", "frames", "people", "records", "network", "version"), rows)


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
    networks = {
        name: (name, str(one.get("precision") or ""), str(one.get("sha256") or ""))
        for video, _ in runs
        for name, one in networks_of(about, video).items()
    }
    commands = dict.fromkeys(str(run["command"]) for _, run, _ in known if "command" in run)
    return (
        "".join(f"<p><code>{escape(command)}</code></p>" for command in commands)
        + _table(_RUN, rows)
        + _table(("network", "precision", "SHA-256 of its file"), networks.values())
    )


_RUN = ("video", "begun", "took", "dropped", "bytes", "modified", "SHA-256 of the file")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose cells are escaped."""
    cells = "".join(f"<th>{escape(name)}</th>" for name in head)
    lines = ("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f'<div class="scroll"><table><thead><tr>{cells}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _items(lines: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _video(video: Video, output: Path) -> str:
    people = pictured(video)
    left = len(video.subjects) - len(people)
    note = f'<p class="note">{left} more people are in the tables alone.</p>' if left else ""
    with TemporaryDirectory() as folder:
        drawn = _image(shares(video, people), Path(folder)) if people else ""
        told = "\n".join(_person(video, subject, Path(folder)) for subject in people)
    return Template(_SECTION).substitute(
        name=escape(video.name),
        source=_link(video, output),
        options="".join(f"<option>{escape(subject.name)}</option>" for subject in people),
        data=packed(video, people),
        shares=drawn,
        people=told or "<p>No face was found.</p>",
        note=note,
    )


_SECTION = """<section class="video">
<h2>$name</h2>
<script type="application/octet-stream">$data</script>
<p class="note absent-note"><label>Show the video from a file of this computer:
<input type="file" accept="video/*"></label></p>
<div class="player">
<div class="stage"><video controls muted preload="auto"$source></video><canvas></canvas></div>
<div class="episodes"><table><thead><tr><th>begins</th><th>episode</th><th>seconds</th>
<th>peak</th></tr></thead><tbody></tbody></table></div>
</div>
<div class="bar"><label>Person <select>$options</select></label>
<span><button data-zoom="0.5" aria-label="zoom in">+</button>
<button data-zoom="2" aria-label="zoom out">&minus;</button>
<button data-zoom="Infinity">all</button></span>
<span class="note">Wheel zooms, dragging moves, a click goes there in the video.</span></div>
<div class="chart"><canvas role="img" aria-label="scores over time"></canvas>
<div class="tip" hidden></div></div>
$shares
$people
$note
</section>"""


def _link(video: Video, output: Path) -> str:
    """Where the video is, seen from the page; nothing if it is not found or on another drive."""
    found = find_video(video.recording)
    if found is None:
        return ""
    try:
        way = Path(paths.relpath(found.resolve(), output.resolve()))
    except ValueError:  # no way leads from one drive of Windows to another
        return ""
    return f' src="{escape(_quoted(way))}"'


def _quoted(way: Path) -> str:
    from urllib.parse import quote  # noqa: PLC0415 - for one link

    return quote(way.as_posix())


def _image(figure: "Figure", folder: Path) -> str:
    write_picture(figure, folder / "picture", ("svg",))
    text = base64.b64encode((folder / "picture.svg").read_bytes()).decode()
    return f'<figure><img alt="" src="data:image/svg+xml;base64,{text}"></figure>'


def _person(video: Video, subject: Subject, folder: Path) -> str:
    summary = subject.summary
    valence = "" if summary.valence is None else f", mean valence {summary.valence:+.2f}"
    told = (
        f"In view {seconds(summary.in_view)} of {seconds(summary.observed)}; valid "
        f"{seconds(summary.valid)} ({share(summary.valid, summary.observed)}). "
        f"{summary.transitions} transitions{valence}."
    )
    table = _table(_HEAD, _label_rows(subject))
    for label, colour in colours(video.recording.labels).items():
        swatch = f'<span class="swatch" style="background:{colour}"></span>'
        table = table.replace(f"<td>{escape(label)}</td>", f"<td>{swatch}{escape(label)}</td>", 1)
    return (
        f"<h3>{escape(subject.name)}</h3><p>{escape(told)}</p>"
        f'<div class="person">{table}{_image(transition_matrix(video, subject), folder)}</div>'
    )


def _label_rows(subject: Subject) -> Iterator[Sequence[str]]:
    for label, one in subject.summary.labels.items():
        yield (
            label,
            "" if one.share is None else f"{one.share:.1%}",
            str(one.episodes),
            _number(one.per_minute),
            _number(one.episode_mean, " s"),
            _number(one.episode_longest, " s"),
            _number(one.latency, " s"),
            _number(one.peak),
        )


def _number(value: float | None, unit: str = "") -> str:
    return "" if value is None else f"{value:.2f}{unit}"


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
    return _table(head, rows) + _items(told)
