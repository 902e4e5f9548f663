"""Partial: results are written beside their target and moved into place when they are whole."""

import os
from pathlib import Path

from fer_video.engine.errors import OutputError


class Partial:
    """A target's temporary neighbour; a pipe or device has none and is written directly."""

    def __init__(self, target: str | Path) -> None:
        """Choose the place; nothing is created yet.

        Raises:
            OutputError: the target is a folder, or its folder is missing or not writable.
        """
        self.target = Path(target)
        if self.target.is_dir():
            raise OutputError(f"{target}: is a folder; give the name of a file in it")
        self.direct = self.target.exists() and not self.target.is_file()
        """Whether the target is no regular file, and is written as it is."""
        if self.direct:
            self.path = self.target
            return
        real = self.target.resolve()
        if not real.parent.is_dir():
            raise OutputError(f"{target}: there is no folder {real.parent}; make it first")
        if not os.access(real.parent, os.W_OK | os.X_OK):
            raise OutputError(f"{target}: no permission to write in {real.parent}")
        self._real = real
        self.path = real.with_name(f".{real.stem[:100]}.{os.getpid()}.partial{real.suffix}")

    def commit(self) -> None:
        """Move what was written into place, replacing an older file in one step.

        Raises:
            OutputError: it cannot be moved; what was written stays under its temporary name.
        """
        if self.direct:
            return
        try:
            self.path.replace(self._real)
        except OSError as error:
            raise OutputError(
                f"{self.target}: cannot be replaced ({error.strerror}); "
                f"the result is in {self.path}"
            ) from error

    def discard(self) -> None:
        """Throw away what was written; an older target stays as it was."""
        if not self.direct:
            self.path.unlink(missing_ok=True)
