"""`fer-video` as a process, and `python -m fer_video.cli`: interrupted without a traceback."""

import gc
import os
import signal
import sys
from contextlib import suppress

from fer_video.cli.signals import INTERRUPTED, hear


def start() -> None:
    """Load and run the command line; no interruption makes a traceback, however early or late."""
    hear(lambda _number, _frame: os._exit(INTERRUPTED))
    from fer_video.cli.main import main  # noqa: PLC0415 - takes a tenth of a second

    try:
        main()
    finally:
        with suppress(OSError):  # nobody reads it any more, which has been said
            sys.stdout.flush()
        hear(signal.SIG_IGN)  # all is in place, and only memory is left to be given back
        gc.freeze()  # by the system, at once: a search for garbage takes a fifth of a second


if __name__ == "__main__":
    start()
