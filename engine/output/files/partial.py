"""Partial: results are written beside their target and moved into place when they are whole."""

import logging
import os
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from tempfile import mkstemp

from fer_video.engine.errors import OutputError

try:
    import fcntl
except ModuleNotFoundError:  # Windows; two runs on one target are not told there
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger(__name__)

_LONGEST = 100
"""Bytes that a part of a file's name may have; file systems take some 255 for all of it."""


class Partial:
    """A target's temporary neighbour; a pipe or device has none and is written directly."""

    def __init__(self, target: str | Path, *, warn: bool = True) -> None:
        """Make the neighbour, empty, for its owner alone, and under a name that none can foresee.

        Args:
            target: to be written or replaced.
            warn: whether to say so if another run is writing it at this moment.

        Raises:
            OutputError: the target is a folder, or its folder is missing or not writable.
        """
        self.target, self._warn = Path(target), warn
        mode = self._mode()
        if mode is not None and S_ISDIR(mode):
            raise OutputError(f"{target}: is a folder; give the name of a file in it")
        self.direct = mode is not None and not S_ISREG(mode)
        """Whether the target is no regular file, and is written as it is."""
        self._real = self.target
        """The file itself where the target is a link to it."""
        self._descriptor: int | None = None
        """Of the neighbour, whose lock says that it is still written; given up with the process."""
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
        finally:
            self._let_go()
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
        finally:
            self._let_go()

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
        suffix = shortened(self._real.suffix)
        whole = blake2b(os.fsencode(self._real.name), digest_size=4).hexdigest()
        beginning = f".{shortened(self._real.stem)}.{whole}."
        try:
            if folder.is_dir():
                if self._warn:
                    self._tell_of_others(folder, beginning)
                descriptor, name = mkstemp(f".partial{suffix}", beginning, folder)
                self._descriptor = descriptor
                if not _locked(descriptor):
                    self._let_go()
                return Path(name)
        except OSError as error:
            raise self._refused(error) from error
        raise OutputError(f"{self.target}: there is no folder {folder}; make it first")

    def _tell_of_others(self, folder: Path, beginning: str) -> None:
        """Warn if another run is writing the same target; what a killed one left is not locked."""
        with suppress(PermissionError):  # a folder that may be written, but not looked into
            names = (path for path in folder.iterdir() if path.name.startswith(beginning))
            if any(map(_is_locked, names)):
                log.warning(
                    "%s: another run is writing it at this moment; the one that ends last "
                    "replaces what the other wrote",
                    self.target,
                )

    def _let_go(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

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


def _locked(descriptor: int) -> bool:
    """Lock a file that is open; whether that was possible, as on some network drives it is not."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_locked(path: Path) -> bool:
    """Whether somebody else has locked the file."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:  # it is gone, or another user's
        return False
    try:
        return fcntl is not None and not _locked(descriptor)
    finally:
        os.close(descriptor)


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
