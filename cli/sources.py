"""What `--source` stands for in a run that writes: not what an earlier run has written."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fer_video.engine.capture.expand import SourceName


def without_results(sources: list[str], output: Path | None) -> "list[SourceName]":
    """The sources; of the videos in a folder or pattern, those that are no results of this output.

    Args:
        sources: as named.
        output: a video, or a folder of videos; both may lie in a folder that is read.
    """
    from fer_video.engine.capture.expand import expand  # noqa: PLC0415
    from fer_video.engine.errors import SourceError  # noqa: PLC0415

    if output is None:
        return [*sources]
    kept: list[SourceName] = []
    for source in sources:
        try:
            found = expand(source)
        except SourceError:  # whoever opens it says why
            found = [source]
        kept += (one for one in found if not (isinstance(one, Path) and _is_of(one, output)))
    return kept or [*sources]


def _is_of(film: Path, output: Path) -> bool:
    """Whether a film is the output, or lies in it."""
    return film.resolve().is_relative_to(output.resolve())
