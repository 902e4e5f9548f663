"""What the commands share that count what is in records: who is who, what is marked, what is one
stretch."""

from pathlib import Path
from typing import Annotated

import typer

BRIDGE_S = 0.2
"""Seconds of a gap that are bridged unless others are given."""

People = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.csv",
        help="Who is who: file,id,name, and start,end for a part of the time.",
    ),
]
Marks = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.csv",
        help="Marks: file,start,end,kind,label, with the kinds exclude, event and condition.",
    ),
]
Bridge = Annotated[
    float, typer.Option(metavar="SECONDS", help="Longest gap that does not end an episode.")
]
LongestFrame = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        help="Time for which a frame counts at most, the rest until the next is lost; unless "
        "given, a second, or ten usual frames if that is more.",
    ),
]
