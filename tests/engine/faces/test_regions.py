"""Where parts are: around the landmarks, an eye with its brow, the person's left and right."""

import numpy as np
import pytest
from numpy.typing import NDArray

from fer_video.engine.faces.evidence import PARTS
from fer_video.engine.faces.regions import part_masks, part_shares, places

UPRIGHT = np.array([[65, 70], [115, 70], [90, 95], [70, 125], [110, 125]], np.float32)
"""A face that looks into the camera, in a crop of 180 pixels: its right eye at the left."""


def owner(masks: NDArray[np.float32], x: float, y: float) -> str:
    """Whose a pixel is, if it is anybody's."""
    values = masks[:, round(y), round(x)]
    return PARTS[int(values.argmax())] if values.max() > 0.5 else "rest"


def test_parts_are_where_the_landmarks_say() -> None:
    masks = part_masks(180, UPRIGHT)
    spots = {"right_eye": (65, 70), "left_eye": (115, 70), "nose": (90, 95), "mouth": (90, 125)}
    assert {owner(masks, *spot) for spot in spots.values()} == set(PARTS)
    assert all(owner(masks, *spot) == name for name, spot in spots.items())
    assert owner(masks, 65, 50) == "right_eye"  # the brow
    assert owner(masks, 70, 125) == owner(masks, 110, 125) == "mouth"  # its corners
    assert owner(masks, 20, 110) == owner(masks, 90, 20) == owner(masks, 90, 170) == "rest"


def test_no_pixel_is_given_away_twice() -> None:
    total = part_masks(180, UPRIGHT).sum(axis=0)
    assert total.max() <= 1 + 1e-6
    assert total.min() >= 0


@pytest.mark.parametrize("turn", [-30, 20])
def test_parts_turn_with_the_face(turn: float) -> None:
    angle = np.radians(turn)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = ((UPRIGHT - 90) @ rotation.T + 90).astype(np.float32)
    masks, brow = part_masks(180, turned), rotation @ (65 - 90, 50 - 90) + 90
    assert owner(masks, *brow) == "right_eye"


@pytest.mark.parametrize("points", [np.zeros((5, 2)), np.full((5, 2), 1e9), -UPRIGHT])
def test_landmarks_that_are_no_face_have_masks_too(points: NDArray[np.float64]) -> None:
    assert np.isfinite(part_masks(180, points.astype(np.float32))).all()


def test_eyes_of_a_head_turned_aside_do_not_shrink_to_nothing() -> None:
    aside = UPRIGHT.copy()
    aside[:2, 0] = 90
    assert places(aside)["mouth"].across > 10


def test_each_place_of_what_is_seen_is_shared_out_by_how_near_the_parts_are() -> None:
    shares = part_shares(22, 180, UPRIGHT)
    np.testing.assert_allclose(shares.sum(axis=0), 1, atol=1e-6)
    for index, name in enumerate(PARTS):
        place = places(UPRIGHT)[name]
        cell = int(place.y * 22 / 180), int(place.x * 22 / 180)
        assert shares[(index, *cell)] > 0.75, name
    assert shares[:2, 8, 0].argmax() == PARTS.index("right_eye")  # far from all, nearest to it
