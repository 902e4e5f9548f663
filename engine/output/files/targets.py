"""Names of results, and what they must not replace."""

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from stat import S_ISREG
from unicodedata import normalize

from fer_video.engine.address import without_secrets
from fer_video.engine.contracts.source import unique_names
from fer_video.engine.errors import OutputError
from fer_video.engine.output.files.partial import shortened


def file_names(sources: Sequence[str]) -> list[str]:
    """Names of sources as parts of files' names: `rtsp://host/cam 1` becomes `host_cam_1`."""
    return unique_files([_file_name(without_secrets(source)) for source in sources])


def unique_files(names: Sequence[str]) -> list[str]:
    """Names of files, each once, also where `A.mp4` is `a.mp4`, as on macOS and Windows."""
    folded = [name.casefold() for name in names]
    pairs = zip(names, folded, unique_names(folded), strict=True)
    return [name + once[len(fold) :] for name, fold, once in pairs]


def _file_name(source: str) -> str:
    tail = source.partition("://")[2] or Path(source).stem
    spelt = tail.encode(errors="surrogateescape").decode(errors="replace")
    return shortened(re.sub(r"[^\w.-]+", "_", normalize("NFC", spelt)).strip("_.")) or "source"


def check_targets(inputs: Sequence[Path], targets: Sequence[str | Path]) -> None:
    """Refuse to write over an input, or two results into one file or to stdout (`-`).

    Args:
        inputs: files that are read (`SourceInfo.files`).
        targets: files that will be written.

    Raises:
        OutputError: naming the file.
    """
    read, written = set(map(_identity, inputs)), set[object]()
    for target in targets:
        file = _identity(Path(target))
        if file in read:
            raise OutputError(f"{target}: is the input; give the output another name or folder")
        if file in written:
            name = "stdout" if str(target) == "-" else target
            raise OutputError(f"{name}: two results cannot go into one file")
        written.add(file)


def _identity(path: Path) -> object:
    """Equal for all names of a file; each time another of what is none, such as a device."""
    with suppress(OSError, RuntimeError):  # opening it will say what is wrong with it
        try:
            status = path.stat()
        except FileNotFoundError:
            return path.resolve()
        if S_ISREG(status.st_mode):
            return status.st_dev, status.st_ino
    return object()
