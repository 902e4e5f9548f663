"""Bell: whatever thread rings it, the window's own answers at once."""

import os
import tkinter as tk
from collections.abc import Callable
from contextlib import suppress
from threading import Lock


class Bell:
    """A pipe for which Tk waits as it does for the screen, since no other thread may touch Tk.

    On Windows Tk waits for no pipes: there nobody answers, and the window looks by itself.
    """

    def __init__(self, root: tk.Tk, answer: Callable[[], None]) -> None:
        """Let `answer` be called in the thread of this window, once for all that rang since."""
        self._root, self._lock = root, Lock()
        self.answers = hasattr(root.tk, "createfilehandler")
        """Whether anybody answers."""
        self._answer = tk.CallWrapper(answer, None, root)  # it reports errors as Tk does elsewhere
        self._ends: tuple[int, ...] = os.pipe() if self.answers else ()
        if self.answers:
            self._listen()

    def ring(self) -> None:
        """Let the window's thread answer soon; comes back at once, and does nothing once closed."""
        with self._lock, suppress(BlockingIOError):  # it is full of what rang before
            if self._ends:
                os.write(self._ends[1], b"!")

    def close(self) -> None:
        """Answer no more; called by the window's thread, while it has the window."""
        with self._lock:
            ends, self._ends = self._ends, ()
        for end in ends[:1]:
            self._root.tk.deletefilehandler(end)
        for end in ends:
            os.close(end)

    def _listen(self) -> None:
        for end in self._ends:
            os.set_blocking(end, False)
        self._root.tk.createfilehandler(self._ends[0], tk.READABLE, self._rung)

    def _rung(self, end: int, _mask: int) -> None:
        os.read(end, 4096)
        self._answer()
