"""Crops of whatever map: none reads beyond the picture, and none takes more memory than it may."""

import numpy as np
import pytest
from numpy.typing import NDArray

from fer_video.engine.detect.kernels.follow import follow, motions
from fer_video.engine.kernels.sample import bounded
from fer_video.engine.kernels.view import view
from fer_video.engine.preprocess.kernels import crop_face

SIDE = 24
PICTURES = [(1, 1), (1, 5000), (5000, 1), (2, 3), (97, 131)]
LARGEST = 4
"""Longer sides of a picture that a crop may span."""


def maps(count: int) -> list[NDArray[np.float32]]:
    """Maps of all sizes that float32 has, some not finite; none is a face's."""
    rng = np.random.default_rng(11)
    wild = []
    for _ in range(count):
        size = 10.0 ** rng.uniform(-6, 38, (2, 3))
        matrix = (size * rng.choice([-1, 0, 1], (2, 3))).astype(np.float32)
        if rng.random() < 0.3:
            matrix[rng.integers(2), rng.integers(3)] = rng.choice([np.nan, np.inf, -np.inf])
        wild.append(matrix)
    return wild


def spanned(matrix: NDArray[np.float32], side: int) -> NDArray[np.float64]:
    """(4, 2): where a map's corners lie in the picture."""
    last = side - 1
    corners = np.array([[0, 0, 1], [last, 0, 1], [0, last, 1], [last, last, 1]], float)
    places: NDArray[np.float64] = corners @ matrix.T.astype(float)
    return places


@pytest.mark.parametrize("size", PICTURES)
def test_no_map_goes_farther_than_a_face_of_the_picture_can(size: tuple[int, int]) -> None:
    most = LARGEST * max(size)
    for matrix in maps(500):
        corners = spanned(bounded(matrix, SIDE, *size), SIDE)
        assert np.isfinite(corners).all()
        assert np.ptp(corners, axis=0).max() <= most * 1.001
        assert (corners.mean(axis=0) >= -most * 1.001).all()
        assert (corners.mean(axis=0) <= [size[1] + most * 1.001, size[0] + most * 1.001]).all()


def test_largest_crop_has_so_many_pixels_however_long_the_picture_is() -> None:
    matrix = np.array([[1e6, 0, 0], [0, 1e6, 0]], np.float32)
    corners = spanned(bounded(matrix, SIDE, 1, 2**26), SIDE)
    assert np.ptp(corners, axis=0).max() <= 32768


@pytest.mark.parametrize("turn", [0.0, 0.7, 3.0])
@pytest.mark.parametrize("scale", [0.01, 1.0, 10.0])
def test_map_of_a_face_stays_as_it_is(turn: float, scale: float) -> None:
    """Up to faces that fill the picture, and outside it as well."""
    a, b = scale * np.cos(turn), scale * np.sin(turn)
    for x, y in ((60, 50), (-100, -100), (300, 400)):
        matrix = np.array([[a, b, x], [-b, a, y]], np.float32)
        np.testing.assert_array_equal(bounded(matrix, SIDE, 97, 131), matrix)


def test_map_that_is_too_large_keeps_its_middle() -> None:
    matrix = np.array([[1e5, 0, -1e5 * 11.5 + 60], [0, 1e5, -1e5 * 11.5 + 40]], np.float32)
    corners = spanned(bounded(matrix, SIDE, 97, 131), SIDE)
    np.testing.assert_allclose(corners.mean(axis=0), [60, 40], atol=1)


@pytest.mark.parametrize("size", PICTURES)
def test_crop_of_any_map_shows_nothing_but_the_picture(size: tuple[int, int]) -> None:
    """All pixels of the picture have one colour; what is read beside it would have another."""
    luma = np.full(size, 126, np.uint8)
    half = (size[0] + 1) // 2, (size[1] + 1) // 2
    cb, cr = np.full(half, 128, np.uint8), np.full(half, 128, np.uint8)
    out = np.empty((SIDE, SIDE), np.uint32)
    for matrix in maps(150):
        out[:] = 0xFFFFFFFF
        crop_face(luma, cb, cr, matrix, 0.299, 0.114, True, out)
        assert (out == 0x7E7E7E).all(), matrix


@pytest.mark.parametrize("size", PICTURES)
def test_view_of_any_map_shows_nothing_but_the_picture(size: tuple[int, int]) -> None:
    plane, out = np.full(size, 126, np.uint8), np.empty((SIDE, SIDE), np.float32)
    for matrix in maps(150):
        view(plane, matrix, out)
        np.testing.assert_allclose(out, 126, rtol=1e-3)


def test_following_from_any_map_ends_at_a_place() -> None:
    rng = np.random.default_rng(2)
    plane = rng.integers(0, 256, (97, 131), np.uint8)
    template, now = rng.uniform(0, 255, (2, SIDE, SIDE)).astype(np.float32)
    images, products = motions(template)
    for matrix in maps(150):
        place = matrix
        for _ in range(5):
            place = follow(plane, place, template, images, 1e3 * np.linalg.inv(products), now)
        assert 0 <= now.min() <= now.max() <= 255.1
