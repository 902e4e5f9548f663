"""Flags that do nothing without another one."""

from collections.abc import Mapping

import typer

_NEEDS: Mapping[str, tuple[str, ...]] = {
    "preset": ("output",),
    "crf": ("output",),
    "bitrate": ("output",),
    "copy_sound": ("output",),
    "csv_excel": ("csv",),
    "no_about": ("json", "csv", "report"),
    "jitter": ("realtime",),
    "stall": ("realtime",),
    "seed": ("jitter", "stall"),
}
"""By their parameters' names; one of those named has to be given, too, where a command has any."""


def refuse_idle(context: typer.Context) -> None:
    """Refuse a flag that would be ignored; in a settings file it may wait for its turn.

    Raises:
        typer.BadParameter: there is one.
    """
    for name, needed in _NEEDS.items():
        source = context.get_parameter_source(name)
        there = [one for one in needed if one in context.params]
        given = source is not None and source.name == "COMMANDLINE"
        if given and there and not any(context.params[one] for one in there):
            flags = " or ".join(f"--{one}" for one in there)
            raise typer.BadParameter(f"--{name.replace('_', '-')}: does nothing without {flags}")
