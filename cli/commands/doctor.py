"""`fer-video doctor` and `fer-video devices`: what this machine has."""

import sys

import typer

from fer_video.cli.terminal.messages import with_flags
from fer_video.cli.terminal.quiet import quiet_onnxruntime


def doctor() -> None:
    """Check this machine, and say what to do about each problem.

    A missing camera or display is no error: files need neither.
    """
    from fer_video.engine.doctor import findings  # noqa: PLC0415

    quiet_onnxruntime()
    for finding in findings():
        sys.stdout.write(f"{'ok' if finding.good else '--':4}{with_flags(finding.said)}\n")
        if finding.advice:
            sys.stdout.write(f"    -> {with_flags(finding.advice)}\n")


def devices() -> None:
    """List the cameras, each with what to give to --source.

    On Linux also with its modes: a format as --fourcc takes it, and the sizes that the camera has
    in it.
    """
    from fer_video.engine.capture.live.devices import devices as cameras  # noqa: PLC0415

    found = cameras()
    for device in found:
        sys.stdout.write(f"{device.source}  {device.name}\n")
        for mode in device.modes:
            sys.stdout.write(f"    {mode}\n")
    if not found:
        sys.stderr.write("fer-video: no camera was found; `fer-video doctor` says more\n")
        raise typer.Exit(1)
