"""Waker: lets any thread wake the one that owns Tk."""

import os
import tkinter as tk
from collections.abc import Callable
from contextlib import suppress
from threading import Lock


class Waker:
    """A pipe that Tk watches as it watches the screen, since no other thread may touch Tk.

    The self-pipe trick (Bernstein). On Windows Tk watches no pipes: there nothing wakes the window,
    which has to look by itself.
    """

    def __init__(self, root: tk.Tk, woken: Callable[[], None]) -> None:
        """Let `woken` be called in this window's thread, once for all calls of `wake` since."""
        self._root, self._lock = root, Lock()
        self.works = hasattr(root.tk, "createfilehandler")
        """Whether this system's Tk can be woken."""
        self._woken = tk.CallWrapper(woken, None, root)  # it reports errors as Tk does elsewhere
        self._ends: tuple[int, ...] = os.pipe() if self.works else ()
        if self.works:
            self._watch()

    def wake(self) -> None:
        """Let the window's thread call `woken` soon; returns at once, does nothing once closed."""
        with self._lock, suppress(BlockingIOError):  # it is full, so that Tk is about to read it
            if self._ends:
                os.write(self._ends[1], b"!")

    def close(self) -> None:
        """Wake no more; called by the window's thread, while it has the window."""
        with self._lock:
            ends, self._ends = self._ends, ()
        for end in ends[:1]:
            self._root.tk.deletefilehandler(end)
        for end in ends:
            os.close(end)

    def _watch(self) -> None:
        for end in self._ends:
            os.set_blocking(end, False)
        self._root.tk.createfilehandler(self._ends[0], tk.READABLE, self._readable)

    def _readable(self, end: int, _mask: int) -> None:
        os.read(end, 4096)
        self._woken()
