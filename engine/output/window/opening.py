"""Opening of a window through OpenCV, and why there can be none."""

import os
import subprocess
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.errors import OutputError

_INSTEAD = "write results instead (`VideoWriter`, `JsonLines`, `Csv`)"
_MOST = 1280, 720
"""Width and height in pixels that a window opens with at most: less than any usual screen has."""
_ASK = (
    "import ctypes; x = ctypes.CDLL('libX11.so.6'); x.XOpenDisplay.restype = ctypes.c_void_p; "
    "raise SystemExit(not x.XOpenDisplay(None))"
)
"""A program that ends with 0 where the display that the environment names lets it in."""
_PATIENCE = 10.0
"""Seconds that a display may take to do so."""


def missing_display() -> str:
    """Why there can be no window; nothing where a display lets a program in."""
    if sys.platform != "linux":
        return ""
    if named := os.environ.get("DISPLAY"):
        return "" if _answers() else f"the display {named} does not answer"
    if os.environ.get("WAYLAND_DISPLAY"):
        return "there is no display of X, which Wayland needs XWayland for"
    return "this machine has no display"


def _answers() -> bool:
    """Asked by another process: OpenCV's Qt would end this one, and PyAV's libxcb may hang it."""
    ask = [sys.executable, "-I", "-S", "-c", _ASK]
    try:
        run = subprocess.run(ask, check=False, stderr=subprocess.DEVNULL, timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        return False
    return run.returncode == 0


def _opencv_came_first() -> bool:
    """Whether OpenCV was loaded before PyAV, or PyAV is not loaded yet."""
    loaded = [name for name in sys.modules if name in ("av", "cv2")]
    return loaded[:1] != ["av"]


def open_window(title: str) -> Any:
    """OpenCV with a window open.

    Without a display its Qt ends the whole process, and loaded after PyAV it hangs on PyAV's
    copy of libxcb (PyAV issue 978); so both are looked at first.
    """
    if missing := missing_display():
        raise OutputError(f"window: {missing}; {_INSTEAD}")
    if sys.platform == "linux" and not _opencv_came_first():
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


def fitted(bgr: NDArray[np.uint8]) -> tuple[int, int]:
    """Width and height of a window for a picture, in its proportions."""
    height, width = bgr.shape[:2]
    zoom = min(_MOST[0] / width, _MOST[1] / height, 1.0)
    return max(round(width * zoom), 1), max(round(height * zoom), 1)
