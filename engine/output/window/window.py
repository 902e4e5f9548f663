"""A window on the screen, through OpenCV; the only place where frames become BGR."""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np

from fer_video.engine.errors import OutputError
from fer_video.engine.frames import RecognizedFrame, SourceInfo
from fer_video.engine.options import ON_KEY
from fer_video.engine.output.recording import Recording, fresh_name
from fer_video.engine.output.targets import file_names
from fer_video.engine.output.window.mosaic import Mosaic
from fer_video.engine.output.window.overlay import KEYS, Meter, write_lines
from fer_video.engine.sink import WindowClosed

_QUIT = (ord("q"), 27)
_INSTEAD = "write results instead (`VideoWriter`, `JsonLines`, `Csv`)"
_PATIENCE = 1.0
"""Seconds without a frame after which the window says so."""
_WHILE_PAUSED = 30
"""Milliseconds between two looks at the keys."""


class Window:
    """A sink that shows the newest frame and obeys keys; `h` shows them.

    The last of the sinks: it writes on its own copy of the picture, but a recording moves the time
    stamp that the encoder reads.
    """

    def __init__(
        self,
        infos: Sequence[SourceInfo],
        folder: Path | None = None,
        calibrate: Callable[[], None] | None = None,
    ) -> None:
        """Open a resizable window.

        Args:
            infos: of the sources; several share the window as a grid.
            calibrate: takes the faces of this moment as resting, for the key `c`.
            folder: for recordings and pictures; the current one by default.

        Raises:
            OutputError: there is no display, or this OpenCV has no windows.
        """
        self._infos = {info.name: info for info in infos}
        self._live = any(info.live for info in infos)
        self._title = f"fer-video: {', '.join(self._infos)}"
        self._mosaic = Mosaic(infos)
        self._folder = Path() if folder is None else folder
        self._calibrate = calibrate
        self._cv2 = _open(self._title)
        self._meter = Meter()
        self._recordings: dict[str, Recording] = {}
        self._help = False
        self._notice = "h: keys"
        self._last: RecognizedFrame | None = None
        self._picture = np.zeros((1, 1, 3), np.uint8)
        """What is shown, without the lines of text."""
        self._shown_at = 0.0

    def write(self, recognized: RecognizedFrame) -> None:
        """Show a frame and look at the keys; while paused, wait for one.

        Raises:
            WindowClosed: the person wants to leave.
        """
        self._picture, first = self._mosaic(recognized.frame), self._last is None
        if first:
            self._cv2.resizeWindow(self._title, *self._picture.shape[1::-1])
        self._last, self._shown_at = recognized, monotonic()
        recording = self._recordings.get(recognized.frame.source)
        if recording is not None:
            self._try(partial(recording.write, recognized))
        self._show(recognized, "")
        if self._obey(self._cv2.waitKey(1)):
            self._pause(recognized)

    def idle(self) -> None:
        """Look at the keys while no frame comes, and say so if that lasts.

        Raises:
            WindowClosed: the person wants to leave.
        """
        if self._last is not None and monotonic() - self._shown_at > _PATIENCE:
            self._show(self._last, f"waiting for {', '.join(self._infos)}")
        self._obey(self._cv2.waitKey(1))

    def close(self) -> None:
        """Close the window, and finish a recording.

        Raises:
            OutputError: its end cannot be written.
        """
        self._cv2.destroyAllWindows()
        self._finish_recordings()

    def _pause(self, recognized: RecognizedFrame) -> None:
        going_on = False
        while not going_on:
            self._show(recognized, "paused")
            going_on = self._obey(self._cv2.waitKey(_WHILE_PAUSED))

    def _show(self, recognized: RecognizedFrame, state: str) -> None:
        speed = state or self._meter(recognized.frame, live=self._live)
        files = ", ".join(recording.path.name for recording in self._recordings.values())
        recording = f"recording {files}" if files else self._notice
        bgr = self._picture.copy()
        write_lines(bgr, [" | ".join(filter(None, (speed, recording)))], top=False)
        if self._help:
            write_lines(bgr, KEYS, top=True)
        self._cv2.imshow(self._title, bgr)

    def _obey(self, key: int) -> bool:
        """Whether `space` was pressed.

        Raises:
            WindowClosed: `q`, Esc, or the window was closed.
        """
        gone = self._cv2.getWindowProperty(self._title, self._cv2.WND_PROP_VISIBLE) < 1
        if key & 0xFF in _QUIT or gone:
            raise WindowClosed
        if key & 0xFF == ord("h"):
            self._help = not self._help
        if key & 0xFF == ord("c") and self._calibrate is not None:
            self._calibrate()
            self._notice = f"relax your face for {ON_KEY:.0f} seconds"
        if key & 0xFF == ord("r"):
            self._try(self._toggle_recording)
        if key & 0xFF == ord("s") and self._last is not None:
            self._try(self._save)
        return key & 0xFF == ord(" ")

    def _try(self, action: Callable[[], None]) -> None:
        """A picture or recording that fails must not end what else is going on."""
        try:
            action()
        except OutputError as error:
            self._notice = str(error)
            with suppress(OutputError):  # of the same cause
                self._finish_recordings()

    def _toggle_recording(self) -> None:
        if self._recordings:
            self._finish_recordings()
            return
        labels = file_names(list(self._infos)) if len(self._infos) > 1 else [""]
        for (name, info), label in zip(self._infos.items(), labels, strict=True):
            self._recordings[name] = Recording(self._folder, info, label)

    def _finish_recordings(self) -> None:
        recordings, self._recordings = list(self._recordings.values()), {}
        with ExitStack() as stack:
            for recording in recordings:
                stack.callback(recording.close)
        saved = [recording.path.name for recording in recordings if recording.path.exists()]
        if saved:  # not without a frame
            self._notice = f"saved {', '.join(saved)}"

    def _save(self) -> None:
        path = fresh_name(self._folder, ".png")
        good, data = self._cv2.imencode(".png", self._picture)
        try:
            path.write_bytes(data if good else b"")
        except OSError as error:
            raise OutputError(f"{path}: cannot be written ({error.strerror})") from error
        self._notice = f"saved {path.name}"


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
