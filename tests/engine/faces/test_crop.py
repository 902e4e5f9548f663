"""Where a face is cut out: upright, always with the same margin."""

import numpy as np
import pytest
from numpy.typing import NDArray

from fer_video.engine.faces.crop import BOX_SIDE, crop_affine
from fer_video.engine.faces.face import Box, Face

LANDMARKS = np.array([[80, 90], [120, 90], [100, 110], [85, 130], [115, 130]], np.float32)
BOX = Box(60, 50, 80, 110)
SIDE = 180


def turned(angle: float, scale: float = 1.0) -> NDArray[np.float32]:
    c, s = np.cos(np.radians(angle)) * scale, np.sin(np.radians(angle)) * scale
    around = LANDMARKS - [100, 110]
    points: NDArray[np.float64] = around @ np.array([[c, s], [-s, c]]) + [100, 110]
    return points.astype(np.float32)


def in_crop(landmarks: NDArray[np.float32], matrix: NDArray[np.float32]) -> NDArray[np.float64]:
    """Landmarks as they lie in the crop."""
    return np.linalg.solve(matrix[:, :2].astype(float), (landmarks - matrix[:, 2]).T).T


@pytest.mark.parametrize("angle", [0, 17, -45, 90, 170])
@pytest.mark.parametrize("scale", [0.25, 1, 3])
def test_face_lies_in_its_crop_the_same_however_it_is_turned_or_large(
    angle: float, scale: float
) -> None:
    upright = in_crop(LANDMARKS, crop_affine(Face(BOX, 1, LANDMARKS), SIDE, 2.5, 0.1))
    points = turned(angle, scale)
    found = in_crop(points, crop_affine(Face(BOX, 1, points), SIDE, 2.5, 0.1))
    np.testing.assert_allclose(found, upright, atol=0.05)


def test_crop_side_is_a_multiple_of_the_distance_from_eyes_to_mouth() -> None:
    points = in_crop(LANDMARKS, crop_affine(Face(BOX, 1, LANDMARKS), SIDE, 2.5, 0.0))
    drop = points[3:].mean(axis=0) - points[:2].mean(axis=0)
    np.testing.assert_allclose(drop, [0, SIDE / 2.5], atol=0.01)


def test_shift_moves_the_crop_down_the_face() -> None:
    still = in_crop(LANDMARKS, crop_affine(Face(BOX, 1, LANDMARKS), SIDE, 2.5, 0.0))
    moved = in_crop(LANDMARKS, crop_affine(Face(BOX, 1, LANDMARKS), SIDE, 2.5, 0.25))
    np.testing.assert_allclose(still - moved, np.tile([0, 0.25 * SIDE / 2.5], (5, 1)), atol=0.01)


def test_size_holds_when_the_head_turns_away() -> None:
    """A profile brings the eyes together; the crop must not shrink with them."""
    profile = LANDMARKS.copy()
    profile[[0, 1, 3, 4], 0] = 100 + (LANDMARKS[[0, 1, 3, 4], 0] - 100) * 0.2
    sizes = [
        np.hypot(*crop_affine(Face(BOX, 1, points), SIDE, 2.5, 0)[:, 0])
        for points in (LANDMARKS, profile)
    ]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.01)


def test_without_landmarks_it_is_the_square_around_the_box() -> None:
    matrix = crop_affine(Face(BOX, 1), SIDE, 2.5, 0.3)
    middle = matrix @ [(SIDE - 1) / 2, (SIDE - 1) / 2, 1]
    np.testing.assert_allclose(middle, [100, 105], atol=0.01)
    assert matrix[0, 0] * SIDE == pytest.approx(BOX_SIDE * BOX.height, rel=1e-4)
    assert matrix[0, 1] == matrix[1, 0] == 0


CROSSED = np.array([[0, 0], [-10, 0], [0, 0], [-5, 10], [-5, 10]])
"""The left eye on the other side of the right one, as far as the mouth is below."""


@pytest.mark.parametrize("points", [np.full((5, 2), 50.0), np.zeros((5, 2)), CROSSED])
def test_landmarks_that_show_no_way_up_still_give_a_crop(points: NDArray[np.float64]) -> None:
    matrix = crop_affine(Face(BOX, 1, points.astype(np.float32)), SIDE, 2.5, 0)
    assert np.linalg.det(matrix[:, :2].astype(float)) > 0
    middle = matrix @ [(SIDE - 1) / 2, (SIDE - 1) / 2, 1]
    eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
    np.testing.assert_allclose(middle, (eyes + mouth) / 2, atol=0.01)


def test_box_without_size_still_gives_a_crop() -> None:
    matrix = crop_affine(Face(Box(7, 9, 0, 0), 1), SIDE, 2.5, 0)
    assert np.linalg.det(matrix[:, :2].astype(float)) > 0
