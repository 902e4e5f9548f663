"""Patterns that a shell has expanded: `--source *.mp4` comes as `--source a.mp4 b.mp4 ...`."""

import shlex
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from fer_video.cli.options.needs import refuse_idle

_FLAGS = ("--source", "-s")
_NOUNS: Mapping[str, str] = {
    "--source": "a source",
    "--data": "a data set",
    "--faces": "prepared faces",
    "--weights": "weights",
    "--from": "weights to start from",
    "--model": "a network",
}
"""Flags of what commands read, the first that a command has being what it is mostly given."""
_KINDS: Mapping[str, tuple[str, ...]] = {
    ".onnx": ("--from", "--model"),
    ".keras": ("--weights", "--from"),
    ".npz": ("--faces",),
}
"""Flags that take such files."""
_DEMO = "demo"
"""Name of the source that the package brings."""


class ManySources(TyperGroup):
    """The program's commands, and files behind `--source`, which would else be taken for those."""

    def parse_args(self, context: Any, words: list[str]) -> list[str]:
        """Give each of the files a flag of its own."""
        words = spread(words, self.commands)
        _refuse_repeated(self.make_parser(context).parse_args([*words])[2])
        return super().parse_args(context, words)

    def resolve_command(self, context: Any, words: list[str]) -> Any:
        """The command that the first word names.

        Raises:
            typer.BadParameter: it is no command, but a source.
        """
        if words[0] not in self.commands and _is_source(words[0]):
            _refuse(words[0])
        return super().resolve_command(context, words)


class Command(TyperCommand):
    """A command that says how to give what stands behind it without a flag, or with one that it
    does without."""

    def parse_args(self, context: Any, words: list[str]) -> list[str]:
        """Read the flags.

        Raises:
            typer.BadParameter: a word has no flag before it, files have one, a flag of what is read
                is repeated, of which but the last would count, or a flag does nothing.
        """
        flags = {flag for parameter in self.params for flag in parameter.opts}
        files = next((one for one in self.params if one.param_type_name == "argument"), None)
        if files and (given := {*_FLAGS}.difference(flags).intersection(words)):
            raise typer.BadParameter(
                f"{given.pop()}: {self.name} takes files without a flag, as in "
                f"`fer-video {self.name} {files.make_metavar(context)}`"
            )
        said, bare, order = self.make_parser(context).parse_args([*words])
        _refuse_repeated(order)
        if files is None:  # told before flags that are missing: they are often the same
            flag = next((one for one in _flags_for(*bare[:1]) if one in flags), None)
            if bare and flag and not said.get("help"):
                _refuse(bare[0], flag)
        left = super().parse_args(context, words)
        refuse_idle(context)
        return left


def _refuse_repeated(given: list[Any]) -> None:
    flags = [one.opts[0] for one in given if one.opts[0] in _NOUNS and not one.multiple]
    for flag in flags:
        if flags.count(flag) > 1:
            raise typer.BadParameter(f"{flag}: takes {_NOUNS[flag]}, not several; give one of them")


def _flags_for(word: str = "") -> tuple[str, ...]:
    """What a word may have been meant for, the likeliest first."""
    return (*_KINDS.get(Path(word).suffix.lower(), ()), *_NOUNS)


def _refuse(word: str, flag: str = "--source") -> NoReturn:
    raise typer.BadParameter(f"{word}: give {_NOUNS[flag]} as {flag} {shlex.quote(word)}")


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
    """Whether a word that is no command is one: a file, there or not, a camera's number, an
    address."""
    named = "://" in word or bool(Path(word).suffix)
    return word == _DEMO or word.isdecimal() or named or _is_there(word)


def _is_there(name: str) -> bool:
    try:
        return Path(name).exists()
    except OSError:
        return False
