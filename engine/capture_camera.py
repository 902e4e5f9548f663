"""[1] Cameras, by number or device path, through OpenCV."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from time import monotonic
from typing import Any

import av

from fer_video.engine.clock import Clock
from fer_video.engine.errors import SourceError
from fer_video.engine.frames import Frame, SourceInfo
from fer_video.engine.picture import to_frame

_TIME_BASE = Fraction(1, 90_000)


class Camera:
    """A camera; its frames are stamped with the time at which they arrived."""

    def __init__(self, device: str) -> None:
        """Open a camera.

        Args:
            device: its number (`"0"`) or path (`"/dev/video0"`).

        Raises:
            SourceError: there is no such camera, it is in use, or it gives no picture.
        """
        self._name = f"camera {device}"
        self._capture = _open(device, self._name)
        self._first = self._read()
        if self._first is None:
            self.close()
            raise SourceError(
                f"{self._name}: opens but gives no picture; is another program on it?"
            )

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
        clock = Clock(self._name, _TIME_BASE, Fraction(0), self.info.frame_rate)
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
            index, bgr = index + 1, self._read()
        raise SourceError(f"{self._name}: stopped giving pictures; is it still plugged in?")

    def stop(self) -> None:
        """A camera's read ends with its next picture."""

    def close(self) -> None:
        """Give the device back."""
        self._capture.release()

    def _read(self) -> Any:
        """(H, W, 3) uint8, BGR; None when there is no more."""
        good, bgr = self._capture.read()
        return bgr if good else None


def _open(device: str, name: str) -> Any:
    """OpenCV is loaded here and not before: its wheel needs system libraries that files do not."""
    absent = f"{name}: there is no such camera, or it may not be opened; is it plugged in, and are "
    absent += "you allowed to use /dev/video*?"
    if not device.isdecimal() and not Path(device).exists():
        raise SourceError(absent)
    try:
        import cv2  # noqa: PLC0415
    except ImportError as error:
        raise SourceError(
            f"{name}: OpenCV cannot be loaded ({error}); install libgl1 and libglib2.0-0, or use "
            "opencv-python-headless"
        ) from error
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    capture = cv2.VideoCapture(int(device) if device.isdecimal() else device)
    if not capture.isOpened():
        raise SourceError(absent)
    return capture
