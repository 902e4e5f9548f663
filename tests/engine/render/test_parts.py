"""What is drawn of a face's parts: an outline in the colour of what each says, and its share."""

import numpy as np
import pytest

from fer_video.engine.faces.evidence import Parts
from fer_video.engine.faces.expressions import EXPRESSIONS, Reading
from fer_video.engine.faces.face import Box, Face
from fer_video.engine.faces.regions import places
from fer_video.engine.render.palette import PALETTE
from tests.engine.render.test_stage import draw, plain, reading
from tests.media import to_rgb

POINTS = np.array([[240, 190], [300, 190], [270, 220], [248, 250], [292, 250]], np.float32)
BOX = Box(200, 130, 140, 170)
SAID = {"left_eye": "surprise", "right_eye": "angry", "nose": "disgust", "mouth": "happy"}


def with_parts(evidence: float, box: Box = BOX) -> Reading:
    """A happy face of which each part says something of its own; the mouth's evidence is given."""
    rows = np.zeros((14, 5), np.float32)
    for part, label in enumerate(SAID.values()):
        rows[3 * part, EXPRESSIONS.index(label)] = 1.0
    rows[11, EXPRESSIONS.index("happy")] = evidence
    one = reading(box)
    face = Face(box, 0.9, POINTS)
    parts = Parts.from_rows(rows, EXPRESSIONS)
    return Reading(face, one.scores, one.expression, one.raw_scores, parts=parts)


def test_outlines_are_in_the_colours_of_what_the_parts_say() -> None:
    picture = to_rgb(draw(plain(640, 480), with_parts(0.5))).astype(int)
    for name, place in places(POINTS).items():
        y, x = round(place.y), round(place.x + place.across)  # its side towards the person's left
        near = picture[y - 2 : y + 3, x - 4 : x + 5].reshape(-1, 3)
        assert np.abs(near - PALETTE[SAID[name]]).max(axis=1).min() < 40, name
    untouched = picture[218:222, 268:272]  # within the nose
    assert np.ptp(untouched) < 4


def bars(evidence: float) -> int:
    """Pixels of the mouth's colour beside the box, where the bars are."""
    picture = to_rgb(draw(plain(640, 480), with_parts(evidence))).astype(int)
    beside = picture[:, round(BOX.left + BOX.width) + 4 :]
    return int((np.abs(beside - PALETTE["happy"]).max(axis=-1) < 12).sum())


def test_bar_is_as_long_as_what_the_part_adds_or_takes_away() -> None:
    nothing, some, more, less = map(bars, (0.0, 0.3, 0.6, -0.2))
    assert nothing < some < more
    assert more - nothing == pytest.approx(2 * (some - nothing), rel=0.25)
    assert less > nothing


@pytest.mark.parametrize("box", [Box(-900, -900, 140, 170), Box(2, 300, 630, 170)])
def test_parts_beyond_the_picture_or_without_room_for_bars_are_drawn_as_far_as_they_go(
    box: Box,
) -> None:
    draw(plain(640, 480), with_parts(0.5, box))
    draw(plain(64, 48), with_parts(0.5, box))
