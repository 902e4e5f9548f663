"""Screen: OpenCV's window with the newest pictures and the text on them."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.output.window.mosaic import Mosaic
from fer_video.engine.output.window.opening import fitted, open_window
from fer_video.engine.output.window.overlay import KEYS, write_lines


class Screen:
    """Draws only what is new, and tells which key was pressed."""

    def __init__(self, title: str, infos: Sequence[SourceInfo]) -> None:
        """Open a resizable window.

        Args:
            title: of the window, which no other has.
            infos: of the sources; several share the window as a grid.

        Raises:
            OutputError: there is no display, or this OpenCV has no windows.
        """
        # a name that is no UTF-8 has no spelling for OpenCV, which would crash
        self._title = title.encode(errors="replace").decode()
        self._mosaic, self._cv2 = Mosaic(infos), open_window(self._title)
        self.picture: NDArray[np.uint8] | None = None
        """The newest picture without the lines of text, once there is one."""
        self._text: tuple[str, bool, Mapping[str, str]] = "", False, {}
        """What is shown: the line of status, whether the keys are, and what is said of sources that
        are lost."""

    def show(
        self, frames: Sequence[Frame], status: str, with_keys: bool, lost: Mapping[str, str]
    ) -> None:
        """Draw frames and text, if any of it is new.

        Args:
            frames: that came since the last call.
            status: the line below.
            with_keys: say what the keys do.
            lost: what is said of sources that give no picture, by their names.
        """
        if frames:
            first, self.picture = self.picture is None, self._mosaic(frames)
            if first:
                self._cv2.resizeWindow(self._title, *fitted(self.picture))
        text = status, with_keys, lost
        if self.picture is not None and (frames or text != self._text):
            self._text = text
            self._draw(self.picture.copy())

    def key(self) -> str:
        """The key that was pressed since the last call; one of no meaning where none was."""
        return chr(self._cv2.waitKey(1) & 0xFF)

    @property
    def gone(self) -> bool:
        """Whether the window was closed by its frame's X."""
        try:
            return bool(self._cv2.getWindowProperty(self._title, self._cv2.WND_PROP_VISIBLE) < 1)
        except self._cv2.error:  # Qt knows no window any more once the last was closed
            return True

    def close(self) -> None:
        """Close the window; safe to call twice."""
        with suppress(self._cv2.error):  # it was closed by its X, see `gone`
            self._cv2.destroyWindow(self._title)

    def _draw(self, bgr: NDArray[np.uint8]) -> None:
        status, with_keys, lost = self._text
        for source, said in lost.items():
            self._mosaic.darken(bgr, source, said)
        write_lines(bgr, [status], top=False)
        if with_keys:
            write_lines(bgr, KEYS, top=True)
        self._cv2.imshow(self._title, bgr)
