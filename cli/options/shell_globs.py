"""Patterns that a shell has expanded: `--source *.mp4` comes as `--source a.mp4 b.mp4 ...`."""

from collections.abc import Container
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

_FLAGS = ("--source", "-s")


class ManySources(TyperGroup):
    """The program's commands, and files behind `--source`, which would else be taken for those."""

    def parse_args(self, context: Any, words: list[str]) -> list[str]:
        """Give each of the files a flag of its own."""
        return super().parse_args(context, spread(words, self.commands))

    def resolve_command(self, context: Any, words: list[str]) -> Any:
        """The command that the first word names.

        Raises:
            typer.BadParameter: it is no command, but a file.
        """
        if words[0] not in self.commands and _is_there(words[0]):
            raise typer.BadParameter(f"{words[0]}: give a file as --source FILE")
        return super().resolve_command(context, words)


def spread(words: list[str], commands: Container[str]) -> list[str]:
    """The words, with `--source` before each file that follows another source.

    Args:
        words: behind the program's name.
        commands: names that are no files.
    """
    spread: list[str] = []
    for word in words:
        follows = spread[-2:-1] and spread[-2] in _FLAGS and spread[-1] not in _FLAGS
        if follows and not word.startswith("-") and word not in commands and _is_there(word):
            spread.append("--source")
        spread.append(word)
    return spread


def _is_there(name: str) -> bool:
    try:
        return Path(name).exists()
    except OSError:
        return False
