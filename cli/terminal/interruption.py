"""Interruption: Ctrl-C, a request to end and a terminal that goes away, without losing results."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Event, Lock, Thread, main_thread
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Self

from fer_video.cli.terminal.signals import ASKING, INTERRUPTED, hear

if TYPE_CHECKING:
    from fer_video.engine import Pipeline
    from fer_video.engine.frames.handovers import RecognizedFrame

_PATIENCE = 1.0
"""Seconds after which a run that has been asked to end says what it still does."""
_STUCK = 2.0
"""Seconds that one frame may then take before something is taken to wait for ever."""


class _Asked(Exception):  # noqa: N818 - no error: somebody wants the run to end here
    """Raised where nothing is half done."""


class Interruption:
    """Within `with`, a signal ends a run between two frames, and nothing that was written is lost.

    Until `protect` there is nothing to lose, and it ends the process at once, even while a library
    loads or a source keeps it waiting. From then on it is only noted, and the loop over `frames`
    ends at the next, or where it waits for it; what was written is finished in peace,
    however many signals follow. The end of `with` then raises `KeyboardInterrupt`.

    A frame that does not come to its end, since nobody reads the pipe into which it is written, is
    given up after some seconds. Signals come to a thread of their own, since the main thread may be
    anywhere in a library, where an exception may be lost or leave half of its work done.
    """

    def __init__(self) -> None:
        """Hear nothing yet."""
        self.cut = False
        """Whether the run was ended before its source was."""
        self._lock = Lock()
        self._protected = self._stuck = False
        self._asked, self._left, self._over = Event(), Event(), Event()
        self._taken = ExitStack()
        """What is undone at the end."""

    def __enter__(self) -> Self:
        """Hear the signals, in the main thread."""
        from socket import socketpair  # noqa: PLC0415 - `--help` needs none

        self._receiver, sender = socketpair()
        sender.setblocking(False)
        watcher = Thread(target=self._watch, name="fer-video signals", daemon=True)
        watcher.start()
        for undo in (self._receiver.close, watcher.join, sender.close, self._over.set):
            self._taken.callback(undo)
        self._taken.callback(signal.set_wakeup_fd, signal.set_wakeup_fd(sender.fileno()))
        self._taken.callback(hear(self._raise_if_stuck))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the signals to whom they were left before.

        Raises:
            KeyboardInterrupt: the run was cut short, or asked to end before it began.
        """
        begun = self._left.is_set()
        self._left.set()
        self._taken.close()
        if (self.cut and error is None) or (self._asked.is_set() and not begun):
            raise KeyboardInterrupt

    def protect(self) -> None:
        """From here on there is something to lose."""
        with self._lock:
            self._protected = True

    @contextmanager
    def frames(self, pipeline: "Pipeline") -> Iterator[Iterator["RecognizedFrame"]]:
        """The frames of a running pipeline, up to the one at which somebody asks to end.

        From here on there is something to lose. Whatever calls the pipeline's `idle` in the loop's
        body, as a window does that is paused, leaves the loop, too.
        """
        self.protect()
        self._left.clear()  # where a loop before was left for another moment of the film
        waiting = pipeline.idle

        def idle() -> None:
            self._check()
            if waiting is not None:
                waiting()

        pipeline.idle = idle
        try:
            yield self._until_asked(pipeline)
        except _Asked:
            self.cut = True
            pipeline.cut_short()
        finally:
            self._left.set()

    def _until_asked(self, pipeline: "Pipeline") -> Iterator["RecognizedFrame"]:
        self._check()
        for recognized in pipeline:
            yield recognized
            self._check()

    def _check(self) -> None:
        if self._asked.is_set():
            raise _Asked

    def _watch(self) -> None:
        """The thread's life: Python writes the number of each signal into the socket."""
        for number in iter(lambda: self._receiver.recv(1), b""):
            if number[0] not in ASKING:
                continue
            with self._lock:
                if not self._protected:
                    os._exit(INTERRUPTED)
            if not self._asked.is_set():
                self._asked.set()
                self._see_to_it(number[0])

    def _see_to_it(self, number: int) -> None:
        if not self._over.wait(_PATIENCE):
            with suppress(OSError):  # the terminal is gone
                sys.stderr.write("fer-video: finishing what was written; one moment\n")
        if not self._left.wait(_STUCK) and hasattr(signal, "pthread_kill"):
            self._stuck = True
            signal.pthread_kill(main_thread().ident or 0, number)

    def _raise_if_stuck(self, _number: int, _frame: FrameType | None) -> None:
        """In the main thread, behind each signal."""
        if self._stuck and not self._left.is_set():
            self._stuck = False
            raise KeyboardInterrupt
