"""Names of the files that the pictures of each source go into."""

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fer_video.engine.frames.info import SourceInfo


def output_files(
    output: Path, infos: "Sequence[SourceInfo]", *, several: bool = False
) -> "list[Path | list[Path]]":
    """Where each source's pictures go: a video, or a still for each of its photographs.

    Args:
        output: as given; of several sources a folder.
        infos: of the sources.
        several: more were asked for than could be opened.

    Raises:
        OutputError: the folder cannot be made, or its name is that of a file or of stdout.
    """
    from fer_video.engine.output.files.extensions import CONTAINERS  # noqa: PLC0415
    from fer_video.engine.output.stills import files_for  # noqa: PLC0415

    if len(infos) == 1 and not several:
        is_video = str(output) == "-" or output.suffix.lower() in CONTAINERS
        if is_video or not infos[0].stills:
            return [output]
        return [files_for(output, infos[0].files)]
    _make_folder(output, infos)
    photographs = [file for info in infos if info.stills for file in info.files]
    stills = iter(files_for(output, photographs))
    videos = iter(_videos_in(output, [info.name for info in infos if not info.stills]))
    return [
        list(islice(stills, len(info.files))) if info.stills else next(videos) for info in infos
    ]


def _make_folder(output: Path, infos: "Sequence[SourceInfo]") -> None:
    from fer_video.engine.errors import OutputError  # noqa: PLC0415

    if str(output) == "-":
        raise OutputError("stdout: takes the video of one source; of several, name a folder")
    if output.suffix and not output.is_dir():
        names = ", ".join(info.name for info in infos[:3]) + (", ..." if len(infos) > 3 else "")
        raise OutputError(
            f"{output}: {len(infos)} sources ({names}) give as many results; name a folder, such "
            f"as {output.with_suffix('')}"
        )
    try:
        output.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"{output}: cannot be made ({error.strerror})") from error


def _videos_in(folder: Path, sources: "Sequence[str]") -> list[Path]:
    from fer_video.engine.output.files.targets import file_names  # noqa: PLC0415

    return [folder / f"{name}.mp4" for name in file_names(sources)]
