"""`fer-video`: joins the sub-commands and turns errors into one line and an exit code."""

import gc
import logging
import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from types import FrameType

import typer

from fer_video.cli.commands.agreement import agreement
from fer_video.cli.commands.doctor import devices, doctor
from fer_video.cli.commands.models import app as models
from fer_video.cli.commands.predict import predict
from fer_video.cli.commands.profile import profile
from fer_video.cli.commands.report import report
from fer_video.cli.commands.run import run
from fer_video.cli.commands.tune import tune
from fer_video.cli.desktop import gui
from fer_video.cli.offline.clips import clips
from fer_video.cli.offline.evaluate import evaluate
from fer_video.cli.offline.export import export
from fer_video.cli.offline.prepare import prepare
from fer_video.cli.offline.quantize import quantize
from fer_video.cli.offline.tables import tables
from fer_video.cli.offline.teach import teach
from fer_video.cli.offline.train import train
from fer_video.cli.options.shell_globs import Command, ManySources
from fer_video.cli.terminal.messages import speak_of_flags, with_flags
from fer_video.cli.terminal.quiet import keep_to_itself, quiet_opencv
from fer_video.cli.terminal.signals import INTERRUPTED, hear

app = typer.Typer(
    name="fer-video",
    cls=ManySources,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.callback(
    invoke_without_command=True,
    epilog="Exit codes: 0 done, 1 an error told in one line, 2 wrong usage, 130 interrupted.",
)(run)
_COMMANDS = (
    *(gui, report, agreement, profile, tune, predict, devices, doctor),
    *(prepare, teach, train, export, quantize, evaluate, clips, tables),
)
for command in _COMMANDS:
    app.command(cls=Command)(command)
app.add_typer(models, name="models")


def main() -> None:
    """Run the command line; 0 done, 1 a known error, 2 wrong usage, 130 interrupted."""
    gc.set_threshold(50_000)  # loading libraries makes many objects and no garbage
    if isinstance(sys.stdout, TextIOWrapper):  # a file's name may hold what it cannot spell
        sys.stdout.reconfigure(errors="backslashreplace")
    logging.basicConfig(format="fer-video: %(levelname)s: %(message)s", level=logging.WARNING)
    logging.getLogger().handlers[0].addFilter(speak_of_flags)
    logging.addLevelName(logging.WARNING, "warning")
    keep_to_itself()
    quiet_opencv()
    interrupted = False

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal interrupted
        interrupted = True
        raise KeyboardInterrupt

    give_back = hear(interrupt)
    try:
        _run_command()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except SystemExit as end:
        if interrupted and end.code == 1:  # what typer makes of it at a question
            sys.exit(INTERRUPTED)
        raise
    except Exception as error:
        if not (_is_told(error, interrupted) or interrupted):
            raise
        # a library that is interrupted may make any error of it
        sys.exit(INTERRUPTED if interrupted else 1)
    finally:
        give_back()


def _run_command() -> None:
    """All that it prints is out at its end, or the error is."""
    try:
        app()
    except SystemExit:
        with suppress(BrokenPipeError):  # nobody reads it any more
            sys.stdout.flush()
        raise


def _is_told(error: Exception, interrupted: bool) -> bool:
    """Whether it is an error that one line tells, which it does; else it is a defect."""
    from fer_video.engine.errors import FerError, OutputError  # noqa: PLC0415 - slow

    if isinstance(error, OutputError) or (isinstance(error, FerError) and not interrupted):
        sys.stderr.write(_line(error) + "\n")
        return True
    if interrupted or not isinstance(error, OSError):
        return False
    if error.filename is None:
        return _stdout_is_told()
    sys.stderr.write(_refusal(error) + "\n")
    return True


def _stdout_is_told() -> bool:
    """Whether stdout cannot be written, by trying again; then that is said in one line."""
    try:
        sys.stdout.write("\n")
        sys.stdout.flush()
    except OSError as error:
        sys.stderr.write(f"fer-video: stdout: cannot be written ({error.strerror})\n")
        return True
    return False


def _refusal(error: OSError) -> str:
    """What the system said of a file or folder that nobody asked it about before."""
    name = os.fsdecode(error.filename) if isinstance(error.filename, bytes) else error.filename
    said = f"{name}: {error.strerror}; check the name, the permissions and the disk's space"
    return f"fer-video: {' '.join(said.split())}"


def _line(error: Exception) -> str:
    notes = [note for note in getattr(error, "__notes__", ()) if note != "in stage capture"]
    said = f"fer-video: {with_flags(str(error))} {' '.join(f'({note})' for note in notes)}"
    return " ".join(said.split())
