"""The window: its keys, its closing, and machines that have none."""

import cv2
import pytest
from fakes import FakeScreen

from fer_video.engine.capture_demo import Demo
from fer_video.engine.errors import OutputError
from fer_video.engine.frames import RecognizedFrame
from fer_video.engine.output import Leave
from fer_video.engine.window import Window


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> FakeScreen:
    """A screen in place of OpenCV's windows."""
    screen = FakeScreen()
    monkeypatch.setenv("DISPLAY", ":0")
    for name in ("namedWindow", "resizeWindow", "imshow", "waitKey", "getWindowProperty"):
        monkeypatch.setattr(cv2, name, getattr(screen, name))
    monkeypatch.setattr(cv2, "destroyAllWindows", screen.destroyAllWindows)
    return screen


@pytest.fixture(scope="module")
def recognized() -> RecognizedFrame:
    return RecognizedFrame(next(Demo().frames()), ())


def test_frame_is_shown_in_bgr_at_its_size(screen: FakeScreen, recognized: RecognizedFrame) -> None:
    window = Window("demo")
    window.write(recognized)
    window.close()
    assert [picture.shape for picture in screen.shown] == [(720, 1280, 3)]
    assert screen.size == (1280, 720)
    assert not screen.open


@pytest.mark.parametrize("key", [ord("q"), 27])
def test_key_leaves(screen: FakeScreen, recognized: RecognizedFrame, key: int) -> None:
    window = Window("demo")
    window.write(recognized)
    screen.key = key
    with pytest.raises(Leave):
        window.write(recognized)


def test_closed_window_leaves(screen: FakeScreen, recognized: RecognizedFrame) -> None:
    window = Window("demo")
    screen.open = False
    with pytest.raises(Leave):
        window.write(recognized)


def test_machine_without_a_display_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(OutputError, match=r"no display.*--no-display"):
        Window("demo")


def test_opencv_without_windows_is_told_what_to_do(
    screen: FakeScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cv2, "namedWindow", screen.fail)
    with pytest.raises(OutputError, match=r"has no windows.*opencv-python"):
        Window("demo")
