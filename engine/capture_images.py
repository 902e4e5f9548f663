"""[1] One image, a folder or a glob of them: a frame each, in name order."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import av.error

from fer_video.engine.errors import SourceError
from fer_video.engine.frames import Frame, SourceInfo
from fer_video.engine.picture import to_frame

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".pgm", ".ppm", ".jp2"}
)
_RATE = Fraction(25)


class Images:
    """Still images of any sizes as frames; in an output video each lasts 1/25 s."""

    def __init__(self, files: Sequence[tuple[Path, str]], name: str) -> None:
        """Take images in the order given.

        Args:
            files: path and the name to report for it (its path within the folder).
            name: of the whole, for messages.
        """
        self._files = files
        self._name = name
        first = next((p for p in map(_try_decode, (path for path, _ in files)) if p), None)
        self._size = (first.width, first.height) if first else (0, 0)

    @property
    def info(self) -> SourceInfo:
        """The size is the first image's."""
        width, height = self._size
        return SourceInfo(
            self._name, width, height, _RATE, time_base=1 / _RATE, frames=len(self._files)
        )

    def frames(self) -> Iterator[Frame]:
        """Every image that can be decoded.

        Raises:
            SourceError: after the last of them, naming those that could not.
        """
        broken: list[str] = []
        for index, (path, file) in enumerate(self._files):
            picture = _try_decode(path)
            if picture is None:
                broken.append(file)
            else:
                yield to_frame(
                    picture,
                    index=index,
                    pts=index,
                    time_base=1 / _RATE,
                    source=self._name,
                    file=file,
                )
        if broken:
            names = ", ".join(broken[:5]) + (", ..." if len(broken) > 5 else "")
            raise SourceError(
                f"{self._name}: {len(broken)} of {len(self._files)} images are missing or cannot "
                f"be decoded: {names}; mend or remove them (the others were processed)"
            )

    def close(self) -> None:
        """Nothing is held open between two images."""


def list_images(folder: Path) -> list[tuple[Path, str]]:
    """The images in a folder and below, by code point of their path within it.

    Raises:
        SourceError: there are none.
    """
    found = (path for path in folder.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES)
    names = sorted(path.relative_to(folder).as_posix() for path in found)
    if not names:
        suffixes = " ".join(sorted(IMAGE_SUFFIXES))
        raise SourceError(f"{folder}: no images in this folder (looked for {suffixes})")
    return [(folder / name, name) for name in names]


def _try_decode(path: Path) -> av.VideoFrame | None:
    try:
        with av.open(str(path)) as container:
            return next(container.decode(video=0), None)
    except (av.error.FFmpegError, OSError, IndexError):
        return None
