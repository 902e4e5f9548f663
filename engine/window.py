"""A window on the screen, through OpenCV; the only place where frames become BGR."""

import os
import sys
from typing import Any

from fer_video.engine.errors import OutputError
from fer_video.engine.frames import RecognizedFrame
from fer_video.engine.output import Leave

_QUIT = (ord("q"), 27)
_INSTEAD = "use --output, --json or --csv with --no-display"


class Window:
    """A sink that shows the newest frame."""

    def __init__(self, title: str) -> None:
        """Open a resizable window.

        Raises:
            OutputError: there is no display, or this OpenCV has no windows.
        """
        self._title = title
        self._cv2 = _open(title)
        self._sized = False

    def write(self, recognized: RecognizedFrame) -> None:
        """Show a frame and look at the keys.

        Raises:
            Leave: the person wants to leave.
        """
        frame = recognized.frame
        if not self._sized:
            self._cv2.resizeWindow(self._title, frame.width, frame.height)
            self._sized = True
        self._cv2.imshow(self._title, frame.to_bgr())
        pressed = self._cv2.waitKey(1) & 0xFF
        gone = self._cv2.getWindowProperty(self._title, self._cv2.WND_PROP_VISIBLE) < 1
        if pressed in _QUIT or gone:
            raise Leave

    def close(self) -> None:
        """Close the window."""
        self._cv2.destroyAllWindows()


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
