"""A video on the page: its player, its scores, and what each person in it did."""

import base64
from collections.abc import Iterator, Sequence
from html import escape
from os import fsencode
from os import path as paths
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from fer_video.exporters.report.analysis.study import Subject, Video
from fer_video.exporters.report.page.markup import table
from fer_video.exporters.report.page.packing import packed
from fer_video.exporters.report.page.prose import seconds, share
from fer_video.exporters.report.pictures.charts import shares, transition_matrix
from fer_video.exporters.report.pictures.colours import colours
from fer_video.exporters.report.pictures.write import pictured, write_picture
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


def section(video: Video, output: Path) -> str:
    """The section of one video.

    Args:
        video: what is told of it.
        output: folder of the page, from which the video is linked.
    """
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

    return quote(fsencode(way.as_posix()))  # a name may have bytes that are no UTF-8


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
    labels = table(_HEAD, _label_rows(subject))
    for label, colour in colours(video.recording.labels).items():
        swatch = f'<span class="swatch" style="background:{colour}"></span>'
        cell = f"<td>{escape(label)}</td>"
        labels = labels.replace(cell, f"<td>{swatch}{escape(label)}</td>", 1)
    return (
        f"<h3>{escape(subject.name)}</h3><p>{escape(told)}</p>"
        f'<div class="person">{labels}{_image(transition_matrix(video, subject), folder)}</div>'
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
