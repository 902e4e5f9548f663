"""Partial: results are written beside their target and moved into place when they are whole."""

import os
from contextlib import suppress
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from tempfile import mkstemp

from fer_video.engine.errors import OutputError

_LONGEST = 100
"""Bytes that a part of a file's name may have; file systems take some 255 for all of it."""


class Partial:
    """A target's temporary neighbour; a pipe or device has none and is written directly."""

    def __init__(self, target: str | Path) -> None:
        """Make the neighbour, empty, for its owner alone, and under a name that none can foresee.

        Raises:
            OutputError: the target is a folder, or its folder is missing or not writable.
        """
        self.target = Path(target)
        mode = self._mode()
        if mode is not None and S_ISDIR(mode):
            raise OutputError(f"{target}: is a folder; give the name of a file in it")
        self.direct = mode is not None and not S_ISREG(mode)
        """Whether the target is no regular file, and is written as it is."""
        self._real = self.target
        """The file itself where the target is a link to it."""
        self.path = self.target if self.direct else self._make_neighbour()

    def commit(self) -> None:
        """Bring what was written to the disk and into place, replacing an older file in one step.

        The older file's permissions stay; a new one has the usual ones.

        Raises:
            OutputError: it cannot be moved; what was written stays under its temporary name.
        """
        if self.direct:
            return
        try:
            with self.path.open("r+b") as file:
                mode = self._mode()
                with suppress(OSError):  # a file system without permissions
                    self.path.chmod(_usual_mode() if mode is None else mode & 0o777)
                os.fsync(file.fileno())
            self.path.replace(self._real)
        except OSError as error:
            raise OutputError(
                f"{self.target}: cannot be replaced ({error.strerror or error}); "
                f"the result is in {self.path}"
            ) from error
        with suppress(OSError):  # Windows and some network drives cannot sync a folder
            _sync_folder(self._real.parent)

    def discard(self) -> None:
        """Throw away what was written; an older target stays as it was.

        Raises:
            OutputError: it cannot be removed.
        """
        if self.direct:
            return
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"{self.path}: cannot be removed ({error.strerror})") from error

    def _mode(self) -> int | None:
        """Kind and permissions of the target; None where there is none."""
        try:
            return self.target.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise self._refused(error) from error

    def _make_neighbour(self) -> Path:
        self._real = self.target.resolve()
        folder = self._real.parent
        stem, suffix = shortened(self._real.stem), shortened(self._real.suffix)
        try:
            if folder.is_dir():
                descriptor, name = mkstemp(f".partial{suffix}", f".{stem}.", folder)
                os.close(descriptor)
                return Path(name)
        except OSError as error:
            raise self._refused(error) from error
        raise OutputError(f"{self.target}: there is no folder {folder}; make it first")

    def _refused(self, error: OSError) -> OutputError:
        return OutputError(
            f"{self.target}: cannot be made ({error.strerror}); check the folder's permissions, "
            "or choose another name or place"
        )


def shortened(name: str, longest: int = _LONGEST) -> str:
    """The beginning of a part of a file's name, so that file systems take the whole.

    Args:
        name: the part.
        longest: bytes that it may have; a character of several is not cut in two.
    """
    whole = name.encode(errors="surrogateescape")[:longest].decode(errors="ignore")
    return os.fsdecode(whole.encode())


def _usual_mode() -> int:
    """The permissions of a new file; the mask of this process is told only to who changes it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask


def _sync_folder(folder: Path) -> None:
    """Make a file's new name last, as `fsync` makes its content."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
