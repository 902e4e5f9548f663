"""Numbers that let a row be found in the picture: those of faces, and time and number of frames."""

from dataclasses import replace

import numpy as np
import pytest

from fer_video.engine.faces.face import Box, Face
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.render.clock import clock_text
from fer_video.engine.render.stage import Render
from tests.engine.render.test_stage import changed, draw, plain, reading
from tests.media import to_rgb

BOX = Box(200, 150, 160, 160)


def numbered(number: int | None) -> Frame:
    read = reading(BOX)
    return draw(plain(640, 480), replace(read, face=Face(BOX, 0.9, id=number)))


def test_each_face_has_its_number_white_on_black_before_its_label() -> None:
    pictures = [numbered(number) for number in (1, 2, 13)]
    for frame in pictures:
        chip = to_rgb(frame)[125:150, 200:216]
        assert (chip.max(axis=-1) < 40).sum() > 100
        assert (chip.min(axis=-1) > 150).sum() > 5
    assert not np.array_equal(pictures[0].luma, pictures[1].luma)


def test_face_without_a_number_is_drawn_as_before() -> None:
    tab = to_rgb(numbered(None))[136:150, 200:204]
    assert np.ptp(tab, axis=-1).min() > 60  # the label's colour, from the border on


@pytest.mark.parametrize("screen", [(426, 240), (1280, 720), (720, 1280)])
def test_clock_is_in_the_upper_right_corner_and_nowhere_else(screen: tuple[int, int]) -> None:
    frame = Render(clock=True)(RecognizedFrame(plain(*screen), ())).frame
    drawn = changed(frame)
    height = max(min(screen) // 20, 20)
    assert drawn[:height, screen[0] // 2 :].any()
    assert (frame.luma[:height, screen[0] // 2 :] > 200).sum() > 50
    drawn[:height, screen[0] // 2 :] = False
    assert not drawn.any()


def test_clock_is_as_wide_on_screen_whatever_the_pixels_are() -> None:
    widths = []
    for frame in (plain(640, 480), replace(plain(320, 480), pixel_aspect=2.0)):
        drawn = changed(Render(clock=True)(RecognizedFrame(frame, ())).frame).any(axis=0)
        widths.append(drawn.sum() * frame.pixel_aspect)
    assert widths[1] == pytest.approx(widths[0], rel=0.15)


def test_clock_tells_what_the_record_tells() -> None:
    frame = plain(64, 48)
    assert clock_text(replace(frame, time=3723.0046, index=93075)) == "1:02:03.005  frame 93075"
    assert clock_text(replace(frame, time=59.9996, index=7)) == "0:01:00.000  frame 7"
    assert clock_text(replace(frame, file="a.png", index=2)) == "frame 2"
