"""`fer-video gui`: the window in Tk."""

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from fer_video.cli.options.arguments import Parts
from fer_video.cli.options.flags import EngineFlags, FileFlags, LiveFlags, flattened
from fer_video.cli.options.reading import SOURCES, Names
from fer_video.cli.terminal.signals import INTERRUPTED, hear

if TYPE_CHECKING:
    from fer_video.cli.desktop_window.app import App
    from fer_video.engine import EngineOptions
    from fer_video.engine.run.observe import Observe

_NO_TK = (
    "gui: this Python has no Tk; install python3-tk (Debian, Ubuntu), python3-tkinter (Fedora), "
    "python-tk (Homebrew), or a Python from python.org; `fer-video --source SRC` needs none"
)
Profile = Annotated[
    bool,
    typer.Option(
        "--profile",
        help="Print how often a picture was shown, how long after its capture, and what that went "
        "to, on stderr when the window is closed.",
    ),
]
_HEARD = 100
"""Milliseconds between two looks whether somebody asked the program to end."""


@dataclass(frozen=True)
class WindowFlags(EngineFlags):
    """The engine's flags; unlike elsewhere, parts are read unless that is declined."""

    parts: Parts = 5.0


@flattened
def gui(
    source: Annotated[list[str] | None, SOURCES] = None,
    *,
    name: Names = None,
    engine: WindowFlags,
    live: LiveFlags,
    profile: Profile = False,
) -> None:
    """Show faces in a window, and what each part of them says.

    Pictures, videos and cameras are opened from it or by --source; each menu shows the keys.
    """
    from fer_video.engine.capture.expand import expand  # noqa: PLC0415
    from fer_video.engine.capture.naming import names_for  # noqa: PLC0415
    from fer_video.engine.run.observe import unobserved  # noqa: PLC0415
    from fer_video.perf.latency import latency_table  # noqa: PLC0415
    from fer_video.perf.recorder import Recorder  # noqa: PLC0415

    recorder = Recorder()
    options = engine.options(live, FileFlags())
    if name:
        names_for(sum(len(expand(one)) for one in source or ()), name)
    app = _opened(options, recorder if profile else unobserved)
    if source:
        app.open(source, name or ())
    code = _run(app)
    if app.player.unsaved:
        sys.stderr.write(f"fer-video: {' '.join(app.player.unsaved.split())}\n")
        code = code or 1
    if profile:
        sys.stderr.write("\n".join([str(app.shown), *latency_table(recorder)]) + "\n")
    sys.stderr.flush()
    if app.player.stuck:  # it may be within any library, and has nothing to lose
        os._exit(code)
    sys.exit(code)


def _opened(options: "EngineOptions", observe: "Observe") -> "App":
    """The window, with nothing in it yet.

    Raises:
        OutputError: there is no Tk, or no display.
    """
    from fer_video.engine.capture.live.devices import devices  # noqa: PLC0415
    from fer_video.engine.errors import OutputError  # noqa: PLC0415

    try:
        from tkinter import TclError  # noqa: PLC0415

        from fer_video.cli.desktop_window.app import App  # noqa: PLC0415
    except ImportError as error:
        raise OutputError(_NO_TK) from error
    try:
        return App(
            options,
            cameras=lambda: [f"{one.source}  {one.name}" for one in devices()],
            observe=observe,
        )
    except TclError as error:
        raise OutputError(f"gui: no window can be opened ({error})") from error


def _run(app: "App") -> int:
    """Until it is closed, or somebody asks the program to end, which is as good; the exit code.

    A handler that raised would raise within a callback of Tk, which reports it and goes on.
    """
    asked: list[int] = []
    give_back = hear(lambda number, _frame: asked.append(number))

    def look() -> None:
        if asked:
            app.close()
        else:
            app.root.after(_HEARD, look)

    try:
        look()
        app.run()
    finally:
        app.close()
        give_back()
    return INTERRUPTED if asked else 0
