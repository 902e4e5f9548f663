"""Cameras, by number or device path, through OpenCV."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from math import ceil
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

import av

from fer_video.engine.capture.timing.clock import Clock
from fer_video.engine.errors import SourceError
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.frames.picture import to_frame
from fer_video.engine.options.live import LiveOptions

_TIME_BASE = Fraction(1, 90_000)
"""Seconds a tick of the time stamps."""
_TIME_LIMIT = "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT"
"""Whole seconds that OpenCV waits for a picture on Linux; else 10. It takes this from nowhere but
the environment, when it first waits, and keeps it."""
_OPENING = Lock()
"""Held by who opens a camera, which changes for that time what belongs to the whole process."""


class Camera:
    """A camera; its frames are stamped with the time at which they arrived."""

    def __init__(self, device: str, options: LiveOptions) -> None:
        """Open a camera.

        Args:
            device: its number (`"0"`) or path (`"/dev/video0"`).
            options: the mode to ask for; the driver may give another.

        Raises:
            SourceError: there is no such camera, it is in use, or it gives no picture.
        """
        self._name = f"camera {device}"
        cv2 = _opencv(device, self._name)
        with ExitStack() as unless_read, _apart(cv2, options.timeout):
            self._capture = cv2.VideoCapture(int(device) if device.isdecimal() else device)
            unless_read.callback(self.close)
            if not self._capture.isOpened():
                raise _absent(self._name)
            _ask_for(self._capture, cv2, options)
            self._first = self._read()
            if self._first is None:
                raise SourceError(
                    f"{self._name}: opens but gives no picture; is another program on it?"
                )
            unless_read.pop_all()
        self._resting = False

    @property
    def info(self) -> SourceInfo:
        """As the first picture shows; the rate is what the driver claims."""
        height, width = self._first.shape[:2] if self._first is not None else (0, 0)
        claimed = self._capture.get(5)  # CAP_PROP_FPS
        rate = Fraction(round(claimed * 100), 100) if claimed >= 1 else Fraction(30)
        return SourceInfo(self._name, width, height, rate, _TIME_BASE, live=True)

    def frames(self) -> Iterator[Frame]:
        """Pictures as they come.

        Raises:
            SourceError: the camera went away.
        """
        clock = Clock(self._name, _TIME_BASE, self.info.frame_rate)
        start = monotonic()
        index, bgr = 0, self._first
        while bgr is not None:
            yield to_frame(
                av.VideoFrame.from_ndarray(bgr, format="bgr24"),
                index=index,
                pts=clock.stamp(round((monotonic() - start) / _TIME_BASE)),
                time_base=_TIME_BASE,
                source=self._name,
            )
            index, bgr = self._skip_while_resting(index + 1), self._read()
        raise SourceError(f"{self._name}: stopped giving pictures; is it still plugged in?")

    def rest(self, resting: bool) -> None:
        """Take pictures off the device without decoding them, or decode them; see `let_rest`."""
        self._resting = resting

    def stop(self) -> None:
        """A camera's read ends with its next picture, whether or not it rests."""
        self._resting = False

    def close(self) -> None:
        """Give the device back."""
        self._capture.release()

    def _skip_while_resting(self, index: int) -> int:
        """The driver's buffers are emptied meanwhile, so that the next picture is no old one."""
        while self._resting and self._capture.grab():
            index += 1
        return index

    def _read(self) -> Any:
        """(H, W, 3) uint8, BGR; None when there is no more."""
        good, bgr = self._capture.read()
        return bgr if good else None


def _opencv(device: str, name: str) -> Any:
    """OpenCV is loaded here and not before: its wheel needs system libraries that files do not."""
    if not device.isdecimal() and not Path(device).exists():
        raise _absent(name)
    try:
        import cv2  # noqa: PLC0415
    except ImportError as error:
        raise SourceError(
            f"{name}: OpenCV cannot be loaded ({error}); install libgl1 and libglib2.0-0, or use "
            "opencv-python-headless"
        ) from error
    return cv2


def _absent(name: str) -> SourceError:
    return SourceError(
        f"{name}: there is no such camera, or it may not be opened; is it plugged in, and are you "
        "allowed to use /dev/video*?"
    )


@contextmanager
def _apart(cv2: Any, timeout: float) -> Iterator[None]:
    """OpenCV silent and with a time limit while a camera is opened; then both are as before."""
    messages = cv2.utils.logging
    with _OPENING:
        limit, level = os.environ.get(_TIME_LIMIT), messages.getLogLevel()
        os.environ[_TIME_LIMIT] = str(ceil(timeout))
        messages.setLogLevel(messages.LOG_LEVEL_SILENT)
        try:
            yield
        finally:
            messages.setLogLevel(level)
            del os.environ[_TIME_LIMIT]
            if limit is not None:
                os.environ[_TIME_LIMIT] = limit


def _ask_for(capture: Any, cv2: Any, options: LiveOptions) -> None:
    """Format first, since sizes and rates belong to it; a driver keeps what it cannot change."""
    if options.fourcc is not None:
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*options.fourcc))
    sizes = {
        cv2.CAP_PROP_FRAME_WIDTH: options.width,
        cv2.CAP_PROP_FRAME_HEIGHT: options.height,
        cv2.CAP_PROP_FPS: options.fps,
    }
    for name, value in sizes.items():
        if value is not None:
            capture.set(name, value)
