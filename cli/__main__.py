"""`fer-video` as a process, and `python -m fer_video.cli`: interrupted without a traceback."""

import gc
import os
import signal
import sys

from fer_video.cli.terminal.signals import INTERRUPTED, hear


def start() -> None:
    """Load and run the command line; no interruption makes a traceback, however early or late."""
    hear(lambda _number, _frame: os._exit(INTERRUPTED))
    _hold_places()
    from fer_video.cli.main import main  # noqa: PLC0415 - takes a tenth of a second

    code: object = None
    try:
        main()
    except SystemExit as end:
        code = end.code
        raise
    finally:
        try:
            sys.stdout.flush()
        except OSError:  # nobody reads it any more, which has been said
            sys.stdout = None  # else Python tries again, and complains
        hear(signal.SIG_IGN)  # all is in place, and only memory is left to be given back
        gc.freeze()  # by the system, at once: a search for garbage takes a fifth of a second
        if code == INTERRUPTED:  # an interrupted `exec`, of a dataclass say, would end it by SIGINT
            os._exit(INTERRUPTED)


def _hold_places() -> None:
    """Let no file take the number of a stdout or stderr that is closed, and with it what is said.

    What goes to stderr goes nowhere then; to ask for something on stdout is an error.
    """
    for number, name, mode in ((1, "stdout", os.O_RDONLY), (2, "stderr", os.O_WRONLY)):
        if getattr(sys, name) is None:
            place = os.open(os.devnull, mode)
            if place != number:
                os.dup2(place, number)
            setattr(sys, name, os.fdopen(number, "w", closefd=False))


if __name__ == "__main__":
    start()
