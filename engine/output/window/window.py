"""A window on the screen, through OpenCV; the only place where frames become BGR."""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.errors import OutputError
from fer_video.engine.frames import RecognizedFrame, SourceInfo
from fer_video.engine.output.controls import Controls
from fer_video.engine.output.newest import Newest
from fer_video.engine.output.window.mosaic import Mosaic
from fer_video.engine.output.window.overlay import KEYS, Meter, write_lines
from fer_video.engine.sink import WindowClosed

_ESCAPE = "\x1b"
_INSTEAD = "write results instead (`VideoWriter`, `JsonLines`, `Csv`)"
_PATIENCE = 1.0
"""Seconds without a frame after which the window says so."""
_REFRESH = 0.012
"""Least seconds between two pictures, so that a screen of 60 Hz misses none of a camera's."""
_PAUSED = 0.05
"""Seconds between two looks at the keys while paused."""


class Window:
    """A sink that shows the newest frame of each source and obeys keys; `h` shows them.

    Frames that come faster than a screen can show them are recorded, but not shown. Put it last
    among the sinks: a recording moves the time stamp that the encoder of another one reads.
    """

    def __init__(
        self,
        infos: Sequence[SourceInfo],
        controls: Controls,
        meanwhile: Callable[[], None] | None = None,
    ) -> None:
        """Open a resizable window.

        Args:
            infos: of the sources; several share the window as a grid.
            controls: what the keys do; closed with the window.
            meanwhile: what is done while a frame is waited for, and so while paused, too: it calls
                `idle`, and may raise what is to end the loop. `idle` alone by default.

        Raises:
            OutputError: there is no display, or this OpenCV has no windows.
        """
        self._names = ", ".join(info.name for info in infos)
        self._live = any(info.live for info in infos)
        self._title = f"fer-video: {self._names}"
        self._mosaic = Mosaic(infos)
        self._controls = controls
        self._meanwhile = meanwhile or self.idle
        self._newest = Newest()
        self._cv2 = _open(self._title)
        self._meter = Meter()
        self._help = False
        self._picture: NDArray[np.uint8] | None = None
        """The newest picture without the lines of text, once there is one."""
        self._text = "", False
        """The line of status that is shown, and whether the keys are."""
        self._came_at = self._looked_at = 0.0
        """When the last frame came, and when it was last looked after: monotonic seconds."""
        self._actions: dict[str, Callable[[], None]] = {
            "q": self._newest.close,
            _ESCAPE: self._newest.close,
            "h": self._toggle_help,
            "c": controls.calibrate,
            "r": controls.record,
            "s": self._save,
            " ": controls.pause,
        }

    def write(self, recognized: RecognizedFrame) -> None:
        """Take a frame, and show it if the last is old enough; while paused, wait for a key.

        Raises:
            WindowClosed: the person is done.
        """
        self._newest.write(recognized)
        self._controls.write(recognized)
        self._came_at = monotonic()
        self._meter.add(recognized.frame, live=self._live)
        if self._came_at - self._looked_at >= _REFRESH:
            self._look()
        while not self._controls.going.wait(_PAUSED):
            self._meanwhile()

    def idle(self) -> None:
        """Look at the keys while paused, or while no frame comes, and say so if that lasts.

        Raises:
            WindowClosed: the person is done.
        """
        if not self._controls.going.is_set():
            self._look("paused")
        elif monotonic() - self._came_at > _PATIENCE:
            self._look(f"waiting for {self._names}")
        else:
            self._look()

    def close(self) -> None:
        """Close the window, and finish a recording; safe to call twice.

        Raises:
            OutputError: its end cannot be written.
        """
        self._newest.close()
        with suppress(self._cv2.error):  # it was closed by its X, see `_gone`
            self._cv2.destroyWindow(self._title)
        self._controls.close()

    def _look(self, state: str = "") -> None:
        """Show what is new, and do what a key asks for.

        Raises:
            WindowClosed: `q`, Esc, or the window was closed.
        """
        self._looked_at = monotonic()
        self._show(state or self._meter.text)
        key = chr(self._cv2.waitKey(1) & 0xFF)
        if key in self._actions:
            self._actions[key]()
        if self._gone():
            self._newest.close()
        if self._newest.closed:
            raise WindowClosed

    def _show(self, state: str) -> None:
        """Draw the newest frames and the text, if any of it is new."""
        frames = [recognized.frame for recognized in self._newest.take()]
        if frames:
            first, self._picture = self._picture is None, self._mosaic(frames)
            if first:
                self._cv2.resizeWindow(self._title, *self._picture.shape[1::-1])
        text = self._status(state), self._help
        if self._picture is not None and (frames or text != self._text):
            self._text = text
            self._draw(self._picture.copy())

    def _draw(self, bgr: NDArray[np.uint8]) -> None:
        status, with_keys = self._text
        write_lines(bgr, [status], top=False)
        if with_keys:
            write_lines(bgr, KEYS, top=True)
        self._cv2.imshow(self._title, bgr)

    def _status(self, state: str) -> str:
        files = ", ".join(self._controls.recorded)
        notice = self._controls.notice or ("" if files else "h: keys")
        return " | ".join(filter(None, (state, files and f"recording {files}", notice)))

    def _gone(self) -> bool:
        """Whether the window was closed by its frame's X."""
        try:
            return bool(self._cv2.getWindowProperty(self._title, self._cv2.WND_PROP_VISIBLE) < 1)
        except self._cv2.error:  # Qt knows no window any more once the last was closed
            return True

    def _toggle_help(self) -> None:
        self._help = not self._help

    def _save(self) -> None:
        if self._picture is not None:
            self._controls.save(self._picture)


def _open(title: str) -> Any:
    """OpenCV with a window open.

    Without a display its Qt ends the whole process, and loaded after PyAV it hangs on PyAV's
    copy of libxcb (PyAV issue 978); so both are looked at first.
    """
    if sys.platform == "linux" and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        raise OutputError(f"window: this machine has no display; {_INSTEAD}")
    if sys.platform == "linux" and "av" in sys.modules and "cv2" not in sys.modules:
        raise OutputError("window: needs OpenCV loaded before PyAV; `import cv2` at the very top")
    try:
        import cv2  # noqa: PLC0415

        cv2.namedWindow(title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
    except ImportError as error:
        raise OutputError(
            f"window: OpenCV cannot be loaded ({error}); install libgl1 and libglib2.0-0, or "
            f"{_INSTEAD}"
        ) from error
    except cv2.error as error:
        raise OutputError(
            "window: the OpenCV installed here has no windows (opencv-python-headless?); install "
            f"opencv-python, or {_INSTEAD}"
        ) from error
    return cv2
