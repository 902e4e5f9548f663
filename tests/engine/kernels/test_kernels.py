"""Every kernel against its plain NumPy version, on random input."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fer_video.engine.capture.pictures import kernels as kernels_channels
from fer_video.engine.detect.kernels import boxes as kernels_boxes
from fer_video.engine.faces.crop import crop_affine
from fer_video.engine.faces.face import Box, Face
from fer_video.engine.frames.frame import Plane
from fer_video.engine.kernels import scale as kernels_scale
from fer_video.engine.network import kernels as kernels_network
from fer_video.engine.preprocess import kernels as kernels_crop
from fer_video.engine.render import kernels as kernels_draw
from tests import reference
from tests.media import BT601, BT709

SIZES = [(48, 64), (37, 51), (1, 1), (2, 3), (120, 7)]
BORDERS = [(5, 3, 20, 11), (-7, -9, 12, 8), (30, 20, 500, 400), (50, 40, 60, 50), (8, 8, 8, 20)]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def random_plane(rng: np.random.Generator, height: int, width: int) -> NDArray[np.uint8]:
    return rng.integers(0, 256, (height, width), np.uint8)


def smooth_plane(rng: np.random.Generator, height: int, width: int) -> NDArray[np.uint8]:
    y, x = np.mgrid[:height, :width]
    a, b, c = rng.uniform(0.02, 0.2, 3)
    levels: NDArray[np.float64] = 127 + 60 * np.sin(a * x + b * y) + 60 * np.cos(c * x)
    return levels.astype(np.uint8)


@pytest.mark.parametrize("size", SIZES)
def test_channels_of_every_pixel_are_reversed(
    rng: np.random.Generator, size: tuple[int, int]
) -> None:
    picture = rng.integers(0, 256, (*size, 3), np.uint8)
    lines = picture.reshape(size[0], -1)
    out = np.zeros_like(lines)
    kernels_channels.reverse_channels(lines, out)
    np.testing.assert_array_equal(out.reshape(picture.shape), picture[..., ::-1])


@pytest.mark.parametrize("size", [*SIZES, (144, 256)])
@pytest.mark.parametrize("target", [(1, 1), (32, 48), (13, 29), (36, 32)])
@pytest.mark.parametrize("full_range", [True, False])
def test_shrink_is_the_mean_of_whole_pixels(
    rng: np.random.Generator, size: tuple[int, int], target: tuple[int, int], full_range: bool
) -> None:
    plane, out = random_plane(rng, *size), np.empty(target, np.uint8)
    kernels_scale.shrink(plane, out, full_range)
    expected = levels(reference.average(plane.astype(float), *target), full_range)
    np.testing.assert_allclose(out, expected, atol=0.51)


def levels(plane: NDArray[np.float64], full_range: bool) -> NDArray[np.float64]:
    return plane if full_range else ((plane - 16) * 255 / 219).clip(0, 255)


@pytest.mark.parametrize("factor", [2, 8, 15, 16, 17, 32])
def test_shrink_adds_up_the_brightest_pixels_without_overflow(factor: int) -> None:
    plane = np.full((9 * factor, 20 * factor), 255, np.uint8)
    for full_range in (True, False):
        out = np.empty((9, 20), np.uint8)
        kernels_scale.shrink(plane, out, full_range)
        assert (out == 255).all()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("full_range", [True, False])
def test_enlarge_is_bilinear(
    rng: np.random.Generator, size: tuple[int, int], full_range: bool
) -> None:
    plane, out = random_plane(rng, *size), np.empty((128, 80), np.uint8)
    kernels_scale.enlarge(plane, out, full_range)
    y, x = np.mgrid[:128, :80]
    at = (x + 0.5) * size[1] / 80 - 0.5, (y + 0.5) * size[0] / 128 - 0.5
    expected = levels(reference.sample(plane.astype(float), *at), full_range)
    np.testing.assert_allclose(out, expected, atol=0.55)


def face(box: tuple[float, float, float, float], angle: float | None) -> Face:
    """A face whose landmarks are turned by `angle` degrees; none for None."""
    left, top, width, height = box
    if angle is None:
        return Face(Box(*box), 1.0)
    upright = np.array([[-0.2, -0.15], [0.2, -0.15], [0, 0], [-0.15, 0.2], [0.15, 0.2]])
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    turned = upright * [width, height] @ np.array([[c, s], [-s, c]])
    centre = np.array([left + width / 2, top + height / 2])
    return Face(Box(*box), 1.0, (turned + centre).astype(np.float32))


def cropped(
    planes: tuple[Plane, Plane, Plane],
    matrix: NDArray[np.float32],
    side: int,
    weights: tuple[float, float],
    full_range: bool,
) -> NDArray[np.float64]:
    """(side, side, 3), R'G'B', by the kernel."""
    out = np.empty((side, side), np.uint32)
    kernels_crop.crop_face(*planes, matrix, *weights, full_range, out)
    pixels = out.view(np.uint8).reshape(side, side, 4)
    assert not pixels[..., 3].any()
    return pixels[..., :3].astype(float)


@pytest.mark.parametrize("angle", [None, 0.0, 25.0, -70.0, 180.0])
@pytest.mark.parametrize(
    "box",
    [
        (20.0, 15.0, 30.0, 40.0),  # enlarged
        (10.0, 5.0, 110.0, 120.0),  # about its size
        (-60.0, -40.0, 400.0, 300.0),  # shrunk, beyond the border
        (200.0, 150.0, 50.0, 60.0),  # outside altogether
    ],
)
@pytest.mark.parametrize("size", [(144, 192), (143, 191)])
@pytest.mark.parametrize(("weights", "full_range"), [(BT601, False), (BT709, True)])
def test_crop_is_within_one_grey_level_of_the_reference(
    rng: np.random.Generator,
    angle: float | None,
    box: tuple[float, float, float, float],
    size: tuple[int, int],
    weights: tuple[float, float],
    full_range: bool,
) -> None:
    half = (size[0] + 1) // 2, (size[1] + 1) // 2
    planes = smooth_plane(rng, *size), smooth_plane(rng, *half), smooth_plane(rng, *half)
    matrix = crop_affine(face(box, angle), 48, 2.5, 0.1)
    out = cropped(planes, matrix, 48, weights, full_range)
    luma, cb, cr = (plane.astype(float) for plane in planes)
    expected = reference.crop((luma, cb, cr), matrix, 48, weights, full_range)
    assert np.abs(out - expected).max() <= 1.5  # one, and half a level for rounding


def test_crop_of_noise_is_within_one_grey_level_too(rng: np.random.Generator) -> None:
    planes = random_plane(rng, 97, 131), random_plane(rng, 49, 66), random_plane(rng, 49, 66)
    matrix = crop_affine(face((10, 10, 80, 80), 12), 65, 2.5, 0.0)
    out = cropped(planes, matrix, 65, BT601, False)
    luma, cb, cr = (plane.astype(float) for plane in planes)
    expected = reference.crop((luma, cb, cr), matrix, 65, BT601, False)
    assert np.abs(out - expected).max() <= 1.5


@pytest.mark.parametrize("channels", [3, 4])
def test_planes_are_scaled_and_may_be_written_in_reverse(
    rng: np.random.Generator, channels: int
) -> None:
    crop = rng.integers(0, 256, (9, 9, channels), np.uint8)
    out = np.empty((3, 9, 9), np.float32)
    means = np.array([120, 127.5, 100], np.float32)
    scales = np.array([1 / 127.5, 1 / 64, 1], np.float32)
    kernels_network.to_planes(crop, means, scales, out[::-1])
    expected = ((crop[..., :3] - means) * scales)[..., ::-1].transpose(2, 0, 1)
    np.testing.assert_allclose(out, expected, atol=1e-5)


@pytest.mark.parametrize("channels", [3, 4])
def test_gray_is_what_opencv_makes_of_colours(rng: np.random.Generator, channels: int) -> None:
    crop = rng.integers(0, 256, (64, 64, channels), np.uint8)
    out = np.empty((64, 64), np.float32)
    kernels_network.to_gray_plane(crop, 0.0, 1.0, out)
    expected = cv2.cvtColor(np.ascontiguousarray(crop[..., :3]), cv2.COLOR_RGB2GRAY)
    assert np.abs(out - expected).max() <= 1
    assert np.mean(out == expected) > 0.99


@pytest.mark.parametrize("stride", [8, 16, 32])
def test_cells_decode_as_yunet_defines_them(rng: np.random.Generator, stride: int) -> None:
    rows, columns = 4, 6
    count = rows * columns
    cls, obj = rng.uniform(0, 1, (2, count)).astype(np.float32)
    bbox = rng.normal(0, 1, (count, 4)).astype(np.float32)
    kps = rng.normal(0, 1, (count, 10)).astype(np.float32)
    out = np.empty((100, 15), np.float32)
    filled = kernels_boxes.decode_cells(cls, obj, bbox, kps, stride, columns, 0.6, out, 3)
    score = np.sqrt(cls * obj)
    kept = score >= 0.6
    assert filled == 3 + kept.sum()
    cell = np.stack([np.arange(count) % columns, np.arange(count) // columns], axis=-1)
    centre, size = (cell + bbox[:, :2]) * stride, np.exp(bbox[:, 2:]) * stride
    points = (kps.reshape(-1, 5, 2) + cell[:, None]) * stride
    expected = np.column_stack([score, centre - size / 2, size, points.reshape(count, 10)])
    np.testing.assert_allclose(out[3:filled], expected[kept], rtol=1e-4, atol=1e-3)


def test_more_cells_than_room_are_left_out() -> None:
    ones = np.ones(50, np.float32)
    out = np.empty((20, 15), np.float32)
    boxes, points = np.zeros((50, 4), np.float32), np.zeros((50, 10), np.float32)
    assert kernels_boxes.decode_cells(ones, ones, boxes, points, 8, 10, 0.5, out, 15) == 20


@pytest.mark.parametrize("count", [0, 1, 40, 300])
@pytest.mark.parametrize("overlap", [0.1, 0.3, 0.7])
def test_suppression_keeps_what_the_reference_keeps(
    rng: np.random.Generator, count: int, overlap: float
) -> None:
    boxes = np.empty((count, 15), np.float32)
    boxes[:, 0] = rng.permutation(count) / max(count, 1)
    boxes[:, 1:3] = rng.uniform(0, 100, (count, 2))
    boxes[:, 3:5] = rng.uniform(5, 60, (count, 2))
    assert kernels_boxes.suppress(boxes, overlap).tolist() == reference.suppress(boxes, overlap)


def test_vote_is_the_weighted_mean_of_those_that_agree(rng: np.random.Generator) -> None:
    boxes = rng.uniform(10, 60, (80, 15)).astype(np.float32)
    boxes[:, 0] = rng.uniform(0.1, 1, 80)
    kept = boxes[:10]
    voted = kernels_boxes.vote(kept, boxes, 0.4)
    for row, found in zip(kept, voted, strict=True):
        agreeing = np.array([box for box in boxes if reference.iou(row[1:5], box[1:5]) >= 0.4])
        expected = np.average(agreeing[:, 1:], axis=0, weights=agreeing[:, 0])
        np.testing.assert_allclose(found, [row[0], *expected], rtol=1e-4)
    assert len(kernels_boxes.vote(kept[:0], boxes, 0.4)) == 0


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("opacity", [0.0, 0.55, 1.0])
@pytest.mark.parametrize("step", [1, 2])
def test_fill_mixes_inside_and_touches_nothing_outside(
    rng: np.random.Generator, border: tuple[int, int, int, int], opacity: float, step: int
) -> None:
    plane = random_plane(rng, 37, 51)
    expected = plane.astype(float)
    left, top, right, bottom = border
    inside = (
        reference.covered(top, bottom, step, 37),
        reference.covered(left, right, step, 51),
    )
    expected[inside] = np.floor(expected[inside] * (1 - opacity) + 200 * opacity + 0.5)
    kernels_draw.fill(plane, left, top, right, bottom, 200, opacity, step)
    assert np.abs(plane - expected).max() <= (opacity == 0.55)


@pytest.mark.parametrize("corner", [(4, 6), (-5, -3), (45, 30), (100, 100)])
@pytest.mark.parametrize("step", [1, 2])
def test_blend_covers_as_far_as_the_mask(
    rng: np.random.Generator, corner: tuple[int, int], step: int
) -> None:
    plane, mask = random_plane(rng, 37, 51), random_plane(rng, 12, 19)
    expected = plane.copy()
    left, top = corner
    for y, x in np.ndindex(37, 51):
        row, column = y * step - top, x * step - left
        if 0 <= row < 12 and 0 <= column < 19:
            share = mask[row, column] / 255
            expected[y, x] = reference.rounded(plane[y, x] * (1 - share) + 90 * share)
    kernels_draw.blend(plane, mask, left, top, 90, step)
    assert np.abs(plane.astype(int) - expected).max() <= 1


def test_warp_is_the_affine_map(rng: np.random.Generator) -> None:
    plane = smooth_plane(rng, 50, 70)
    matrix = np.array([[0.9, 0.3, -4.0], [-0.2, 1.1, 6.0]])
    out = np.empty((40, 60), np.uint8)
    kernels_scale.warp(plane, matrix, 1.2, 100.0, out)
    y, x = np.mgrid[:40, :60].astype(float)
    at = reference.mapped(matrix.astype(np.float32), x, y)
    expected = (reference.sample(plane.astype(float), *at) - 100) * 1.2 + 100
    assert np.abs(out - expected.clip(0, 255)).max() <= 1
