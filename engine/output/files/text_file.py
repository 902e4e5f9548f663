"""TextFile: whole lines, in a file that is moved into place, or on stdout."""

import sys
from pathlib import Path
from typing import IO, Protocol, TextIO

from fer_video.engine.errors import OutputError
from fer_video.engine.output.files.partial import Partial


class _Stream(Protocol):
    """What bytes are written to."""

    def write(self, data: memoryview, /) -> int: ...
    def flush(self) -> None: ...


class TextFile:
    """A text file that always ends with a whole line."""

    def __init__(self, target: str | Path) -> None:
        """Create the file beside its target; `-` is stdout, which no other target touches.

        Raises:
            OutputError: the place cannot be written, or there is no stdout.
        """
        self._target = str(target)
        self._partial = None if self._target == "-" else Partial(target)
        self._file = None if self._partial is None else self._create(self._partial)
        self._stream: _Stream = self._file or _stdout()
        self.written = 0
        """Bytes, in whole lines."""
        self.in_place = False
        """Whether the file has been moved to its target."""

    @property
    def path(self) -> Path | None:
        """Where the file will be; None of stdout, a pipe or a device."""
        return None if self._partial is None or self._partial.direct else self._partial.target

    def write(self, text: str) -> None:
        """Append whole lines and flush them.

        Raises:
            OutputError: they cannot be written; those before them stay.
        """
        if self._file is not None and self._file.closed:
            raise OutputError(f"{self._target}: is closed; write before that")
        data = memoryview(text.encode(errors="backslashreplace"))  # of a name that is no UTF-8
        size = len(data)
        try:
            while data:
                data = data[self._stream.write(data) :]
            self._stream.flush()
        except OSError as error:
            raise self._explain(error) from error
        self.written += size

    def close(self) -> None:
        """Move the file into place if something was written; else leave no trace.

        Raises:
            OutputError: it cannot be finished; the message says where it is.
        """
        if self._partial is None or self._file is None or self._file.closed:
            return
        try:
            with self._file:
                if not self._partial.direct:
                    self._file.truncate(self.written)
        except OSError as error:
            raise OutputError(
                f"{self._target}: cannot be finished ({error.strerror}); "
                f"what was written is in {self._partial.path}"
            ) from error
        if self.written:
            self._partial.commit()
            self.in_place = True
        else:
            self._partial.discard()

    def _create(self, partial: Partial) -> IO[bytes]:
        try:
            return partial.path.open("wb", buffering=0)
        except OSError as error:
            partial.discard()
            raise self._explain(error) from error

    def _explain(self, error: OSError) -> OutputError:
        name = "stdout" if self._partial is None else self._target
        if isinstance(error, BrokenPipeError):
            return OutputError(f"{name}: nobody reads it any more; what was read is good")
        return OutputError(
            f"{name}: cannot be written ({error.strerror}); check the disk's space and the "
            "permissions"
        )


class _Text:
    """A stdout that takes text alone, such as a notebook's."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.flush = stream.flush

    def write(self, data: memoryview, /) -> int:
        self._stream.write(data.tobytes().decode())
        return len(data)


def _stdout() -> _Stream:
    """Stdout, whatever stands for it now.

    Raises:
        OutputError: there is none.
    """
    stream = sys.stdout
    if stream is None or stream.closed:
        raise OutputError("stdout: there is none, or it is closed; give the name of a file")
    buffer: IO[bytes] | None = getattr(stream, "buffer", None)
    return buffer or _Text(stream)
