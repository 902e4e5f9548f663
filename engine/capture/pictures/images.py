"""One image, a folder or a glob of them: a frame each, in name order."""

import logging
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from fer_video.engine.capture.pictures.photograph import is_animated, read_photograph
from fer_video.engine.errors import SourceError
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.frames.picture import to_frame

log = logging.getLogger(__name__)

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".pgm", ".ppm", ".jp2"}
    | {".avif", ".heic", ".heif"}
)
"""Extensions of files that are taken for images, in folders and by name."""
_RATE = Fraction(25)
"""Frames a second in an output video."""


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
        self._told = False
        """Whether it was said that an image is animated."""

    @property
    def info(self) -> SourceInfo:
        """Without a size: each image has its own."""
        files = tuple(path for path, _ in self._files)
        return SourceInfo(
            self._name, 0, 0, _RATE, 1 / _RATE, frames=len(files), files=files, stills=True
        )

    def outside(self, folder: Path) -> "Images | None":
        """Those images that are not the folder's, or the file's, of that name; None without any."""
        top = folder.resolve()
        kept = [one for one in self._files if not one[0].resolve().is_relative_to(top)]
        return Images(kept, self._name) if kept else None

    def frames(self) -> Iterator[Frame]:
        """Every image that can be decoded.

        Raises:
            SourceError: after the last of them, naming those that could not.
        """
        broken: list[str] = []
        for index, (path, file) in enumerate(self._files):
            try:
                picture, orientation = read_photograph(path)
                self._tell_of_animation(path)
                yield to_frame(
                    picture,
                    orientation=orientation,
                    index=index,
                    pts=index,
                    time_base=1 / _RATE,
                    source=self._name,
                    file=file,
                )
            except SourceError as error:
                broken.append(str(error))
        if broken:
            names = "; ".join(broken[:3]) + ("; ..." if len(broken) > 3 else "")
            raise SourceError(f"{len(broken)} of {len(self._files)} images were skipped: {names}")

    def _tell_of_animation(self, path: Path) -> None:
        """Say once that there is more in a file than is read."""
        if not self._told and is_animated(path):
            self._told = True
            log.warning(
                "%s: is animated, and its first picture is read, as of all such images; save it as "
                "mp4 or GIF to have them all",
                path,
            )

    def stop(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is held open between two images."""
