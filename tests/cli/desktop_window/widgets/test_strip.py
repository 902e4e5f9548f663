"""Strip: what is on the screen is what was read, at its time."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ImageGrab

from fer_video.cli.desktop_window.playing.history import SPAN, Moment
from fer_video.engine.faces.expressions import EXPRESSIONS, Reading
from fer_video.engine.faces.face import Box, Face
from tests.programs.display import lasting_screen

tkinter = pytest.importorskip("tkinter", reason="needs a Python with Tk")
from fer_video.cli.desktop_window.widgets.strip import Strip  # noqa: E402 - needs Tk
from fer_video.cli.desktop_window.widgets.theme import BACK, colour_of, set_up  # noqa: E402 - needs Tk

if TYPE_CHECKING:
    from tkinter import Tk


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> Iterator["Tk"]:
    monkeypatch.setenv("DISPLAY", lasting_screen())
    root = tkinter.Tk()
    fonts = set_up(root)
    yield root
    del fonts
    root.destroy()


def sure(label: str) -> Reading:
    scores = np.array([float(one == label) for one in EXPRESSIONS], np.float32)
    return Reading(Face(Box(0, 0, 9, 9), 1.0, id=1), scores, label, scores)


def shot(strip: Strip) -> NDArray[np.uint8]:
    """(H, W, 3) uint8, RGB: as it is on the screen."""
    strip.update()
    left, top = strip.winfo_rootx(), strip.winfo_rooty()
    box = (left, top, left + strip.winfo_width(), top + strip.winfo_height())
    return np.asarray(ImageGrab.grab(box, xdisplay="").convert("RGB"))


def rgb(colour: str) -> list[int]:
    return list(bytes.fromhex(colour[1:]))


@pytest.mark.parametrize(("width", "begin"), [(900, 0.0), (601, 0.0), (900, 100.0)])
def test_lane_has_the_colour_of_what_was_read_where_it_was_read(
    root: "Tk", width: int, begin: float
) -> None:
    strip = Strip(root)
    strip.pack(fill="both", expand=True)
    root.geometry(f"{width}x160")
    root.update()
    times = np.arange(begin, begin + 10, 0.1)
    moments = [
        Moment("a", time, {1: sure("happy" if time < begin + 5 else "angry")})
        for time in times.tolist()
    ]
    strip.show(moments, ("a", 1), begin + 10)
    seen = shot(strip)
    left = 86
    across = (strip.winfo_width() - 98) / SPAN  # pixels a second
    behind = 20 if begin else 0  # the last thirty seconds, of which the first twenty are empty
    expected = {2.5: colour_of("happy", EXPRESSIONS), 7.5: colour_of("angry", EXPRESSIONS)}
    for time, colour in (expected | ({} if begin else {15.0: BACK})).items():
        pixel = seen[15, round(left + (time + behind) * across)]
        assert pixel.tolist() == rgb(colour), time
    assert seen[35, round(left + (2.5 + behind) * across)].tolist() == rgb(BACK)  # no parts read
