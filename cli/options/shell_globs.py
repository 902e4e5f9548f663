"""Patterns that a shell has expanded: `--source *.mp4` comes as `--source a.mp4 b.mp4 ...`."""

import shlex
from collections.abc import Container
from pathlib import Path
from typing import Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

_FLAGS = ("--source", "-s")
_DEMO = "demo"
"""Name of the source that the package brings."""


class ManySources(TyperGroup):
    """The program's commands, and files behind `--source`, which would else be taken for those."""

    def parse_args(self, context: Any, words: list[str]) -> list[str]:
        """Give each of the files a flag of its own."""
        return super().parse_args(context, spread(words, self.commands))

    def resolve_command(self, context: Any, words: list[str]) -> Any:
        """The command that the first word names.

        Raises:
            typer.BadParameter: it is no command, but a source.
        """
        if words[0] not in self.commands and _is_source(words[0]):
            _refuse(words[0])
        return super().resolve_command(context, words)


class Command(TyperCommand):
    """A command that says how to give what stands behind it without a flag, if it takes sources."""

    def parse_args(self, context: Any, words: list[str]) -> list[str]:
        """Read the flags.

        Raises:
            typer.BadParameter: a word has no flag before it.
        """
        flags = {flag for parameter in self.params for flag in parameter.opts}
        context.allow_extra_args = "--source" in flags
        left = super().parse_args(context, words)
        if left and context.allow_extra_args:
            _refuse(left[0])
        return left


def _refuse(word: str) -> NoReturn:
    raise typer.BadParameter(f"{word}: give a source as --source {shlex.quote(word)}")


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


def _is_source(word: str) -> bool:
    """Whether a word that is no command is one: a file, a camera's number, an address."""
    return word == _DEMO or word.isdecimal() or "://" in word or _is_there(word)


def _is_there(name: str) -> bool:
    try:
        return Path(name).exists()
    except OSError:
        return False
