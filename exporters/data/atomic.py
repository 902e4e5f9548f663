"""Files that a later command reads: they are replaced in one step, or stay as they were."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fer_video.engine.errors import FerError, OutputError
from fer_video.engine.output.files.partial import Partial


def make_folder(folder: Path) -> Path:
    """Make a folder and those above it, unless it is there; the folder again.

    Raises:
        OutputError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made ({error.strerror}); choose another") from error
    return folder


def check_folder(folder: Path) -> None:
    """Refuse a folder that could not be written to, before hours of work; nothing is made.

    Raises:
        OutputError: it, or what it would lie in, is a file, or may not be written to.
    """
    try:
        there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        usable = there.is_dir() and os.access(there, os.W_OK)
    except OSError:  # a name that is too long, a folder that may not be entered
        usable = False
    if not usable:
        raise OutputError(f"{folder}: cannot be made or written to; choose another folder")


def check_file(target: Path) -> None:
    """Refuse a file that could not be written, before hours of work; nothing is left.

    Raises:
        OutputError: it is a folder, or its folder is missing or cannot be written to.
    """
    Partial(target, warn=False).discard()


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Write beside a target, and move what was written into its place when the block ends well.

    A program that is killed within the block, or a full disk, leaves the older file as it was.

    Args:
        target: the file to write or replace; its folder is there.

    Yields:
        Where to write, with the target's suffix.

    Raises:
        OutputError: the folder is missing, or it cannot be written to.
    """
    partial = Partial(target)
    try:
        yield partial.path
    except BaseException as error:
        partial.discard()
        if isinstance(error, OSError) and not isinstance(error, FerError):
            raise OutputError(
                f"{target}: cannot be written ({error}); check the disk's space and the "
                "permissions, or choose another place"
            ) from error
        raise
    partial.commit()


def write_text(target: Path, text: str) -> None:
    """Write or replace a text file (UTF-8) in one step.

    What UTF-8 cannot hold, such as a byte of a file's name that is none, is spelt: `\\udce9`.

    Raises:
        OutputError: it cannot be written.
    """
    with replacing(target) as path:
        path.write_text(text, encoding="utf-8", errors="backslashreplace")


def write_json(target: Path, value: Any) -> None:
    """Write or replace a JSON file in one step.

    Raises:
        OutputError: it cannot be written.
    """
    write_text(target, json.dumps(value, indent=1) + "\n")
