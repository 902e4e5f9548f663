"""What is read: sources, stretches of files, cameras, and files played as if they were."""

import re
from typing import Annotated

import typer

_TIME = (
    re.compile(r"(?P<seconds>\d+\.?\d*|\.\d+)"),
    re.compile(r"(?P<minutes>\d+):(?P<seconds>[0-5]\d(\.\d*)?)"),
    re.compile(r"(?P<hours>\d+):(?P<minutes>[0-5]\d):(?P<seconds>[0-5]\d(\.\d*)?)"),
)
"""How a time is written; only the first part may be of any size."""
_UNITS = {"hours": 3600, "minutes": 60, "seconds": 1}


def seconds(written: object) -> float:
    """A time as people write it: seconds, MM:SS or HH:MM:SS, with decimals or without.

    Raises:
        BadParameter: it is none.
    """
    for shape in _TIME:
        if found := shape.fullmatch(str(written).strip()):
            return sum(_UNITS[unit] * float(count) for unit, count in found.groupdict().items())
    raise typer.BadParameter(f"{written}: give seconds, MM:SS or HH:MM:SS, such as 1:02.5")


_SOURCE = (
    "What to read: a camera number, a video file, a URL (rtsp, rtmp, http, udp), an image, a "
    "folder or glob of images or videos, `demo`, or `-` for a video on stdin."
)
SOURCE = typer.Option("--source", "-s", metavar="SRC", help=_SOURCE)
SOURCES = typer.Option(
    "--source", "-s", metavar="SRC", help=f"{_SOURCE} Give it again for several at once."
)
Names = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="Name of a source in records, windows and the names of files; give it again for each "
        "of several, in their order.",
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        metavar="SECONDS",
        help="How long a camera or stream may give no picture before it counts as lost.",
    ),
]
Reconnect = Annotated[
    bool,
    typer.Option(
        "--reconnect/--no-reconnect",
        help="Open a lost camera or stream again until it is back, or end there.",
    ),
]
Width = Annotated[
    int | None,
    typer.Option(metavar="PIXELS", help="Width to ask a camera for; unset, its driver chooses."),
]
Height = Annotated[
    int | None,
    typer.Option(metavar="PIXELS", help="Height to ask a camera for; unset, its driver chooses."),
]
Fps = Annotated[
    float | None,
    typer.Option(
        metavar="N",
        help="Frames a second to ask a camera for; unset, its driver chooses.",
    ),
]
Fourcc = Annotated[
    str | None,
    typer.Option(
        metavar="MJPG|YUYV|...",
        help="Four letters of the format to ask a camera for; `fer-video devices` lists them.",
    ),
]
Start = Annotated[
    float,
    typer.Option(
        metavar="TIME",
        parser=seconds,
        help="Of a video file, begin at this time of the film: seconds, MM:SS or HH:MM:SS. What "
        "lies before is not decoded; times stay the film's.",
        show_default=False,
    ),
]
End = Annotated[
    float | None,
    typer.Option(
        metavar="TIME",
        parser=seconds,
        help="Of a video file, end before this time of the film, written as that of --start.",
    ),
]
Every = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        help="Of a video file, read one frame in so many seconds.",
    ),
]
MaxFrames = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, help="Stop after so many frames of a source."),
]
Realtime = Annotated[
    bool,
    typer.Option(
        "--realtime", help="Play a file as if it were a camera: at its pace, late frames dropped."
    ),
]
Jitter = Annotated[
    float,
    typer.Option(
        metavar="SECONDS",
        help="With --realtime: frames come late by up to so long, at random; 0 is never.",
    ),
]
Stall = Annotated[
    float,
    typer.Option(
        metavar="SECONDS",
        help="With --realtime: nothing comes for so long, every 5 s or so; 0 is never.",
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        metavar="N", min=0, help="With --jitter, --stall: the same number repeats them exactly."
    ),
]
