"""Writes the pictures of a report, each as SVG for a paper and as PNG for a slide."""

import importlib.util
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_video.engine.errors import OptionsError
from fer_video.engine.output.files.targets import unique_files
from fer_video.exporters.data.atomic import make_folder, replacing
from fer_video.exporters.report.analysis.study import Study, Subject, Video
from fer_video.exporters.report.pictures.charts import (
    MOST_ROWS,
    overview,
    shares,
    transition_matrix,
)
from fer_video.exporters.report.pictures.timeline import timeline
from fer_video.exporters.report.recorded.recording import file_stems

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_PEOPLE = 12
"""People of a video who get pictures: those who are longest in view."""
_UNSAFE = re.compile(r"[^\w-]+")
_PLAIN: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "fer-video",
    "text.parse_math": False,
}
"""Text stays text, also where it has dollars, and the same report gives the same file."""


def check_pictures() -> None:
    """Refuse what cannot be drawn, before anything is.

    Raises:
        OptionsError: matplotlib is not installed.
    """
    if importlib.util.find_spec("matplotlib") is None:
        raise OptionsError("pictures and the page need matplotlib; pip install matplotlib")


def pictured(video: Video) -> list[Subject]:
    """The people of a video who get pictures, in the order of their first sight."""
    longest = sorted(video.subjects, key=lambda one: -one.track.in_view)[:MOST_PEOPLE]
    return [subject for subject in video.subjects if subject in longest]


def stems(study: Study) -> dict[tuple[str, str], str]:
    """Name of the files of each video and person, without what comes behind it."""
    videos = file_stems([video.recording for video in study.videos])
    keys = [(video.name, one.name) for video in study.videos for one in video.subjects]
    names = dict(zip((video.name for video in study.videos), videos, strict=True))
    made = [f"{names[video]}_{_UNSAFE.sub('_', person)}" for video, person in keys]
    return dict(zip(keys, unique_files(made), strict=True))


def write_pictures(study: Study, output: Path) -> None:
    """Write the folder `pictures`.

    Raises:
        OutputError: it cannot be written.
    """
    folder = make_folder(output / "pictures")
    for name, figure in _figures(study):
        write_picture(figure, folder / name)


def _figures(study: Study) -> Iterator[tuple[str, "Figure"]]:
    """Name and picture, one at a time."""
    named = stems(study)
    names = file_stems([video.recording for video in study.videos])
    for video, name in zip(study.videos, names, strict=True):
        people = pictured(video)
        if people:
            yield f"{name}_shares", shares(video, people)
        for subject in people:
            stem = named[video.name, subject.name]
            yield f"{stem}_timeline", timeline(video, subject)
            yield f"{stem}_transitions", transition_matrix(video, subject)
    if len(study.videos) > 1:
        yield from overviews(study)


def overviews(study: Study) -> Iterator[tuple[str, "Figure"]]:
    """Name and picture of each page of everybody who has pictures."""
    chosen = [(video, subject) for video in study.videos for subject in pictured(video)]
    for first in range(0, len(chosen), MOST_ROWS):
        page = f"_{first // MOST_ROWS + 1}" if first else ""
        yield f"overview{page}", overview(study, chosen[first : first + MOST_ROWS])


def write_picture(figure: "Figure", stem: Path, suffixes: Sequence[str] = ("svg", "png")) -> None:
    """Write a picture beside its other forms.

    Raises:
        OutputError: it cannot be written.
    """
    from matplotlib import rc_context  # noqa: PLC0415 - a quarter of a second
    from matplotlib.text import Text  # noqa: PLC0415

    for text in figure.findobj(Text):
        text.set_parse_math(False)  # what is drawn later, such as a tick, takes it of _PLAIN
    for suffix in suffixes:
        metadata = {"Date": None} if suffix == "svg" else None
        with (
            replacing(stem.with_name(f"{stem.name}.{suffix}")) as path,
            rc_context(_PLAIN),
        ):
            figure.savefig(path, dpi=150, metadata=metadata)
            figure.set_layout_engine("none")  # what was laid out once stays
