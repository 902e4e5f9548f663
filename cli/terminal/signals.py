"""Signals: those that ask a process to end, and who hears them.

The first module that a process loads of this package, so it loads next to nothing itself.
"""

import signal
from collections.abc import Callable
from types import FrameType

INTERRUPTED = 130
"""Exit code of a process that was asked to end."""
ASKING = tuple(
    signal.Signals[name]
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if name in signal.Signals.__members__
)
"""The signals that ask: Ctrl-C, the system, a terminal that goes away (not on Windows)."""


def hear(
    handler: Callable[[int, FrameType | None], object] | signal.Handlers,
) -> Callable[[], None]:
    """Let a handler hear the signals; one that was ignored before (`nohup`, `&`) stays ignored.

    Returns:
        Gives the signals back to who heard them before.
    """
    before = {number: signal.getsignal(number) for number in ASKING}
    heard = {number: old for number, old in before.items() if old not in (signal.SIG_IGN, None)}

    def give_back() -> None:
        for number, old in heard.items():
            signal.signal(number, old)

    for number in heard:
        signal.signal(number, handler)
    return give_back
