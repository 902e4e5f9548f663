"""Newest: hands the newest result of each source to whoever shows it, and keeps no queue."""

from collections.abc import Callable
from threading import Lock

from fer_video.engine.contracts.sink import WindowClosed
from fer_video.engine.frames.handovers import RecognizedFrame


class Newest:
    """A sink with one slot a source: a result takes the place of an older one that nobody took.

    One thread may write while another takes; neither ever waits for the other's work, so that a
    slow screen holds up no engine. A window takes as often as it can show: an OpenCV window
    between two frames, a Tk window when it is told, a page whenever its browser is ready.
    """

    def __init__(self, tell: Callable[[], None] = lambda: None) -> None:
        """Begin with empty slots; `tell` is called by the writer behind each result."""
        self.closed = False
        """Whether nobody looks any more."""
        self._lock, self._tell = Lock(), tell
        self._slots: dict[str, RecognizedFrame] = {}

    def write(self, recognized: RecognizedFrame) -> None:
        """Put a result into the slot of its source.

        Raises:
            WindowClosed: nobody will take it.
        """
        if self.closed:
            raise WindowClosed
        with self._lock:
            self._slots[recognized.frame.source] = recognized
        self._tell()

    def take(self) -> tuple[RecognizedFrame, ...]:
        """Empty the slots: what came since the last time, at most one result a source."""
        with self._lock:
            slots, self._slots = self._slots, {}
        return tuple(slots.values())

    def close(self) -> None:
        """Let the next `write` end its loop; from any thread."""
        self.closed = True
