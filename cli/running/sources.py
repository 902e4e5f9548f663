"""What `--source` stands for in a run that writes: not what an earlier run has written."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fer_video.engine.capture.expand import SourceName


def without_results(sources: list[str], output: Path | None) -> "list[SourceName]":
    """The sources; of the files in a folder or pattern, those that are no results of this output.

    Args:
        sources: as named.
        output: a file, or a folder of files; both may lie in a folder that is read.
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
        kept += (one for one in map(partial(_outside, output), found) if one is not None)
    return kept or [*sources]


def _outside(output: Path, found: "SourceName") -> "SourceName | None":
    """What of a source is not the output, nor lies in it."""
    from fer_video.engine.capture.pictures.images import Images  # noqa: PLC0415

    if isinstance(found, Images):
        return found.outside(output)
    is_of = isinstance(found, Path) and found.resolve().is_relative_to(output.resolve())
    return None if is_of else found
