"""What is drawn, where, and that nothing else changes."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest
from PIL import ImageFont

from fer_video.engine.faces.expressions import EXPRESSIONS, UNCERTAIN, Expression, Reading
from fer_video.engine.faces.face import Box, Face
from fer_video.engine.frames.frame import ColourMatrix, Frame
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.frames.picture import to_frame
from fer_video.engine.render.canvas import Canvas, to_ycbcr
from fer_video.engine.render.palette import PALETTE, colours
from fer_video.engine.render.stage import Render
from fer_video.engine.text import text_mask
from tests.media import BT601, BT709, to_planes, to_rgb

GREY = 90


def plain(width: int, height: int) -> Frame:
    picture = av.VideoFrame(width, height, "yuv420p")
    for plane, value in zip(picture.planes, (16 + round(GREY * 219 / 255), 128, 128), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    return to_frame(picture, index=0, pts=0, time_base=Fraction(1), source="test")


def reading(
    box: Box,
    expression: str = Expression.HAPPY,
    score: float = 0.9,
    sure: bool = True,
) -> Reading:
    scores = np.full(5, 0.05, np.float32)
    scores[EXPRESSIONS.index(expression)] = 0.8
    return Reading(Face(box, score), scores, expression, scores, sure)


def draw(frame: Frame, *readings: Reading) -> Frame:
    return Render()(RecognizedFrame(frame, readings)).frame


def changed(frame: Frame) -> np.ndarray[tuple[int, int]]:
    """(H, W) bool: where luma is not the background's any more."""
    return np.abs(frame.luma.astype(int) - plain(frame.width, frame.height).luma) > 1


SCREENS = [(426, 240), (854, 480), (1280, 720), (3840, 2160), (720, 1280)]


def test_frame_without_faces_stays_as_it_is() -> None:
    assert not changed(draw(plain(320, 240))).any()


@pytest.mark.parametrize("screen", SCREENS)
def test_box_is_drawn_in_the_expressions_colour(screen: tuple[int, int]) -> None:
    width, height = screen
    side = min(screen) // 3
    left, top = (width - side) // 2, (height - side) // 2
    y, x = top + side // 2, left + side // 2
    for expression in EXPRESSIONS:
        frame = draw(plain(*screen), reading(Box(left, top, side, side), expression))
        luma, cb, cr = to_ycbcr(PALETTE[expression], frame.colour)
        for row, column in ((y, left), (y, left + side - 1), (top + side - 1, x)):
            assert abs(int(frame.luma[row, column]) - luma) <= 1
        for row, column in ((y, left + 1), (y, left + side - 1), (top + side - 1, x)):
            assert abs(int(frame.cb[row // 2, column // 2]) - cb) <= 1
            assert abs(int(frame.cr[row // 2, column // 2]) - cr) <= 1


@pytest.mark.parametrize("screen", SCREENS)
def test_face_itself_stays_visible(screen: tuple[int, int]) -> None:
    side = min(screen) // 3
    left, top = (screen[0] - side) // 2, (screen[1] - side) // 2
    drawn = changed(draw(plain(*screen), reading(Box(left, top, side, side))))
    inside = drawn[top + side // 4 : top + side * 3 // 4, left + side // 4 : left + side * 3 // 4]
    assert not inside.any()


@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_changes_far_from_the_face(screen: tuple[int, int]) -> None:
    side = min(screen) // 5
    drawn = changed(draw(plain(*screen), reading(Box(side, side, side, side))))
    assert drawn.any()
    assert not drawn[int(3.2 * side) :].any()
    assert not drawn[:, 5 * side :].any()


@pytest.mark.parametrize("screen", SCREENS)
def test_text_is_there_and_large_enough_to_read(screen: tuple[int, int]) -> None:
    """The tab above the box holds dark text on the expression's colour."""
    side = min(screen) // 3
    left, top = (screen[0] - side) // 2, (screen[1] - side) // 2
    frame = draw(plain(*screen), reading(Box(left, top, side, side)))
    above = frame.luma[:top, left : left + side].astype(int)
    tab = above[(above > GREY + 60).any(axis=1)]
    dark = (tab < 60).any(axis=1).sum()
    assert dark >= max(min(screen) / 80, 6)
    assert (tab < 60).sum() > 40


@pytest.mark.parametrize("aspect", [2.0, 0.5])
def test_what_is_drawn_is_as_wide_on_screen_whatever_the_pixels_are(aspect: float) -> None:
    width, left, side = (round(length / aspect) for length in (640, 160, 160))
    square = changed(draw(plain(640, 480), reading(Box(160, 150, 160, 160))))
    stored = replace(plain(width, 480), pixel_aspect=aspect)
    narrow = changed(draw(stored, reading(Box(left, 150, side, 160))))
    for rows in (slice(100, 148), slice(160, 300)):  # the label, and the bars beside the box
        columns, wanted = (np.flatnonzero(drawn[rows].any(axis=0)) for drawn in (narrow, square))
        assert columns[0] * aspect == pytest.approx(wanted[0], abs=4)
        assert columns[-1] * aspect == pytest.approx(wanted[-1], abs=24)


def test_expressions_are_told_apart_by_their_text_and_bars() -> None:
    box = Box(200, 150, 160, 160)
    pictures = [draw(plain(640, 480), reading(box, name)).luma for name in EXPRESSIONS]
    for i, one in enumerate(pictures):
        assert all(not np.array_equal(one, other) for other in pictures[i + 1 :])


def test_uncertain_reading_has_a_grey_box_and_a_chip_that_names_no_expression() -> None:
    box = Box(200, 150, 160, 160)
    frames = [draw(plain(640, 480), reading(box, name, 0.9, False)) for name in EXPRESSIONS]
    for frame in frames:
        chip = to_rgb(frame)[120:150, 200:360]
        assert (np.abs(chip - PALETTE[UNCERTAIN]).max(axis=-1) < 4).sum() > 500
        assert (np.ptp(chip, axis=-1) < 8).all()  # no colour anywhere
        assert (chip.max(axis=-1) < 60).sum() > 40  # the text
        assert np.abs(to_rgb(frame)[230, 200] - PALETTE[UNCERTAIN]).max() < 4
        np.testing.assert_array_equal(frame.luma[:150], frames[0].luma[:150])
    sure = draw(plain(640, 480), reading(box, EXPRESSIONS[0], 0.9, True))
    assert np.ptp(to_rgb(sure)[120:150, 200:360], axis=-1).max() > 100


@pytest.mark.parametrize("count", [8, 30])
def test_labels_nobody_knows_have_colours_of_their_own_in_any_order(count: int) -> None:
    labels = (*EXPRESSIONS, *(f"label {i}" for i in range(count - 5)))
    given = colours(labels)
    assert {name: given[name] for name in PALETTE} == PALETTE
    assert colours(tuple(reversed(labels))) == given
    shades = np.array([given[label] for label in (*labels, UNCERTAIN)], float)
    apart = np.abs(shades[:, None] - shades).max(axis=-1) + 1000 * np.eye(len(shades))
    assert apart.min() >= (50 if count == 8 else 25)
    assert (shades.max(axis=1) > 100).all()  # black text can be read on it


def test_each_of_eight_labels_has_a_bar_in_its_colour() -> None:
    labels = tuple(f"label {i}" for i in range(8))
    scores = np.full(8, 0.125, np.float32)
    face = Face(Box(100, 100, 260, 260), 0.9)
    read = Reading(face, scores, labels[7], scores, labels=labels)
    picture = to_rgb(draw(plain(854, 480), read))[:, 365:]
    rows = [
        np.flatnonzero((np.abs(picture - colours(labels)[label]).max(axis=-1) < 12).any(axis=1))
        for label in labels
    ]
    assert all(len(row) >= 3 for row in rows)
    assert all(one.max() < other.min() for one, other in pairwise(rows))


def test_longer_bar_for_the_higher_score() -> None:
    frame = draw(plain(640, 480), reading(Box(100, 150, 160, 160), Expression.SURPRISE))
    blue = to_rgb(frame)[150:330, 265:]
    near = np.abs(blue - PALETTE[Expression.SURPRISE]).max(axis=-1) < 40
    faint = np.abs(blue - PALETTE[Expression.ANGRY]).max(axis=-1) < 40
    assert near.sum(axis=1).max() > 5 * faint.sum(axis=1).max() > 0


ODD_PLACES = [
    Box(-50, -50, 100, 100),
    Box(300, 220, 100, 100),
    Box(-400, -400, 100, 100),
    Box(1000, 1000, 50, 50),
    Box(-100, -100, 900, 900),
    Box(0, 0, 320, 240),
    Box(10.4, 20.6, 0.2, 0.3),
    Box(5, 230, 200, 8),
    Box(318, 0, 1, 240),
]


@pytest.mark.parametrize("box", ODD_PLACES)
@pytest.mark.parametrize("screen", [(320, 240), (321, 241), (16, 12), (3, 2), (1, 1)])
def test_any_box_on_any_picture_can_be_drawn(box: Box, screen: tuple[int, int]) -> None:
    frame = draw(plain(*screen), reading(box))
    assert (frame.width, frame.height) == screen


def test_label_of_a_face_at_the_upper_border_stays_in_the_picture() -> None:
    frame = draw(plain(640, 480), reading(Box(600, -20, 120, 140)))
    assert (frame.luma[:30, 480:] < 60).sum() > 20


def test_fifty_faces_can_be_drawn_and_the_surest_lies_on_top() -> None:
    boxes = [Box(x * 120.0 + 10, y * 130.0 + 30, 60, 70) for x in range(10) for y in range(5)]
    frame = draw(plain(1280, 720), *(reading(box, score=0.5) for box in boxes))
    assert all(changed(frame)[round(b.top + 35), round(b.left)] for b in boxes)
    same = Box(300, 200, 150, 150)
    sure = reading(same, Expression.ANGRY, 0.9)
    unsure = reading(same, Expression.HAPPY, 0.4)
    one = draw(plain(1280, 720), sure, unsure)
    assert np.abs(to_rgb(one)[275, 300] - PALETTE[Expression.ANGRY]).max() < 40


@pytest.mark.parametrize("weights", [BT601, BT709])
@pytest.mark.parametrize("full_range", [False, True])
def test_colours_are_converted_with_the_frames_matrix_and_range(
    weights: tuple[float, float], full_range: bool
) -> None:
    rgb = (232, 76, 61)
    expected = to_planes(np.array([[rgb]], np.uint8), weights, full_range)
    found = to_ycbcr(rgb, ColourMatrix(*weights, full_range))
    assert found == pytest.approx([float(plane[0, 0]) for plane in expected], abs=0.51)


def test_rectangle_fills_exactly_its_pixels() -> None:
    frame = plain(64, 48)
    canvas = Canvas(frame)
    canvas.rectangle(11, 7, 20, 9, (255, 255, 255))
    canvas.finish()
    drawn = changed(frame)
    assert drawn[7:16, 11:31].all()
    drawn[7:16, 11:31] = False
    assert not drawn.any()


def test_text_mask_has_the_height_that_was_asked_for() -> None:
    mask = text_mask(("happy", "surprise"), 20, 24)
    assert mask.shape[0] == 48
    assert mask[:24].any()
    assert mask[24:].any()
    assert mask.max() == 255


def test_bars_of_faces_side_by_side_stay_apart() -> None:
    left, right = reading(Box(100, 300, 140, 160), score=0.7), reading(Box(460, 300, 140, 160))
    alone, both = draw(plain(700, 720), left), draw(plain(700, 720), left, right)
    between = np.s_[290:460, 242:455]
    assert changed(alone)[between].any()
    assert np.array_equal(both.luma[between], alone.luma[between])
    assert changed(both)[465:490, 470:590].any()


def test_label_lies_over_the_bars_of_the_face_above() -> None:
    above, below = reading(Box(0, 60, 150, 100)), reading(Box(0, 180, 150, 100), score=0.7)
    both, alone = draw(plain(150, 300), above, below), draw(plain(150, 300), below)
    tab = np.s_[166:178, 0:20]
    assert changed(draw(plain(150, 300), above))[tab].any()
    assert np.array_equal(both.luma[tab], alone.luma[tab])


def test_words_of_other_scripts_are_told_from_each_other() -> None:
    try:
        ImageFont.truetype("DejaVuSans.ttf", 20)
    except OSError:
        pytest.skip("this machine lacks DejaVu")
    one, other = (text_mask((word,), 20, 24) for word in ("радость", "рбдпсуь"))
    assert one.shape != other.shape or (one != other).any()


def test_letters_that_no_font_has_are_told_once(caplog: pytest.LogCaptureFixture) -> None:
    for size, said in ((20, "87%"), (22, "86%"), (22, "5%")):
        text_mask((f"\U00012000 {said}",), size, 24)
    assert [record.getMessage() for record in caplog.records] == [
        "no font of this machine has all of these letters: \U00012000; they are boxes"
    ]
