"""`python -m fer_video.cli.reference`: the command line as a page, made from its own help.

The page is docs/command-line.md; a test compares the two, so that neither drifts from the other.
"""

import sys
from collections.abc import Iterator

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from fer_video.cli.main import app

_HEAD = """\
# The command line

This page is printed by the program itself: `python -m fer_video.cli.reference`. What sources there
are and how a window is used is told on the page of [cameras and streams](live.md), what is written
on that of [records](records.md).
"""
_VERBATIM = "\b"
"""In a help text: the paragraph keeps its line breaks."""


def page() -> str:
    """All commands and flags, in Markdown."""
    program = get_command(app)
    assert isinstance(program, TyperGroup)
    context = typer.Context(program, info_name="fer-video")
    sections = [_section(program, context, of_all=True)]
    sections += _sections(program, context)
    return "\n".join((_HEAD, *sections))


def _sections(group: TyperGroup, context: typer.Context) -> Iterator[str]:
    """Of each command of a group, and of those behind it."""
    for name, command in group.commands.items():
        assert isinstance(command, TyperCommand | TyperGroup)
        inner = typer.Context(command, parent=context, info_name=name)
        yield _section(command, inner)
        if isinstance(command, TyperGroup):
            yield from _sections(command, inner)


def _section(
    command: TyperCommand | TyperGroup, context: typer.Context, *, of_all: bool = False
) -> str:
    title = f"`{context.command_path}`" + (" without a command" if of_all else "")
    texts = f"{command.help}\n\n{command.epilog or ''}".strip().split("\n\n")
    lines = [f"## {title}", *map(_paragraph, texts)]
    rows = list(_rows(command, context))
    if rows:
        lines.append("\n".join(("| flag | what it does |", "|---|---|", *rows)))
    return "\n\n".join(lines) + "\n"


def _paragraph(text: str) -> str:
    if text.startswith(_VERBATIM):
        return f"```\n{text.removeprefix(_VERBATIM).strip()}\n```"
    return " ".join(text.split())


def _rows(command: TyperCommand | TyperGroup, context: typer.Context) -> Iterator[str]:
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record is not None:
            name, told = (text.replace("|", "\\|") for text in record)
            yield f"| `{name}` | {' '.join(told.split())} |"


if __name__ == "__main__":
    sys.stdout.write(page())
