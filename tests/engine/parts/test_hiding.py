"""Masked crops: what is shown is as it was, what is hidden is blurred; in bytes as in floats."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fer_video.engine.parts.hiding import all_hidings, blurred

SIDE = 60


def masks() -> NDArray[np.float32]:
    """Three parts that fade into each other, and leave some of the crop to nobody."""
    x = np.arange(SIDE, dtype=np.float32)
    parts = np.stack([(1 - np.abs(x - middle) / 20).clip(0, 1) for middle in (10, 25, 45)])
    parts /= np.maximum(parts.sum(axis=0), 1)
    return np.broadcast_to(parts[:, None], (3, SIDE, SIDE)).copy()


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_each_crop_shows_its_parts_and_nothing_else(kind: Any) -> None:
    rng = np.random.default_rng(4)
    shown, hidden = (rng.integers(0, 256, (SIDE, SIDE, 3)).astype(kind) for _ in range(2))
    crops = all_hidings(shown, hidden, masks()[..., None])
    assert crops.dtype == kind
    for number, crop in enumerate(crops):
        cover = sum((masks()[k] for k in range(3) if number >> k & 1), np.zeros((SIDE, SIDE)))
        expected = hidden + cover[..., None] * (shown.astype(float) - hidden)
        assert np.abs(crop - expected).max() <= (3 if kind is np.uint8 else 1e-3)
    np.testing.assert_array_equal(crops[0], hidden)


@pytest.mark.parametrize("side", [16, 48, 180, 224])
def test_flat_crop_stays_as_it_is_when_blurred(side: int) -> None:
    flat = np.full((side, side, 4), 77, np.uint8)
    np.testing.assert_array_equal(blurred(flat, 0), flat)


def test_blur_is_the_same_for_bytes_and_planes_and_leaves_no_detail() -> None:
    crop = np.random.default_rng(2).integers(0, 256, (180, 180, 3)).astype(np.uint8)
    soft = blurred(crop, 0)
    planes = blurred(crop.transpose(2, 0, 1).astype(np.float32), 1)
    assert np.abs(soft - planes.transpose(1, 2, 0)).max() <= 0.51
    assert planes.std() < crop.std() / 20
    assert planes.mean() == pytest.approx(crop.mean(), abs=2)
