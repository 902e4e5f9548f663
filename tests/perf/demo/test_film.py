"""The drawing behind the packaged clip."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fer_video.engine.capture.film.demo import open_demo
from fer_video.perf.demo.canvas import SCALE
from fer_video.perf.demo.drawing import Sitter
from fer_video.perf.demo.face import HAPPY, NEUTRAL, SURPRISE
from fer_video.perf.demo.film import RATE, expression_at, filmed

PORTRAIT = Path(__file__).parents[3] / "perf" / "demo" / "portrait.webp"
MOUTH = slice(130 * SCALE, 170 * SCALE), slice(195 * SCALE, 255 * SCALE)


@pytest.fixture(scope="module")
def portrait() -> NDArray[np.uint8]:
    return np.asarray(Image.open(PORTRAIT).convert("RGB"))


@pytest.fixture(scope="module")
def sitter(portrait: NDArray[np.uint8]) -> Sitter:
    return Sitter(portrait)


def difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    return float(np.abs(one.astype(float) - other).mean())


def test_smile_is_the_portraits_own(sitter: Sitter, portrait: NDArray[np.uint8]) -> None:
    size = portrait.shape[1] * SCALE, portrait.shape[0] * SCALE
    enlarged = np.asarray(Image.fromarray(portrait).resize(size))
    assert difference(sitter.show(HAPPY), enlarged) < 3
    assert difference(sitter.show(HAPPY)[MOUTH], enlarged[MOUTH]) < 5


def test_mouth_closes_at_rest_and_opens_in_surprise(sitter: Sitter) -> None:
    """Teeth are bright, and what is behind them is dark."""
    rest, smile, surprise = (
        sitter.show(expression)[MOUTH].min(axis=2) for expression in (NEUTRAL, HAPPY, SURPRISE)
    )
    assert 5 * (rest > 220).sum() < min((smile > 220).sum(), (surprise > 220).sum())
    assert 20 * (rest < 40).sum() < (surprise < 40).sum()


def test_nothing_but_the_face_moves(sitter: Sitter) -> None:
    one, other = sitter.show(NEUTRAL), sitter.show(SURPRISE)
    one[10 * SCALE : 210 * SCALE, 150 * SCALE : 300 * SCALE] = 0
    other[10 * SCALE : 210 * SCALE, 150 * SCALE : 300 * SCALE] = 0
    np.testing.assert_array_equal(one, other)


def test_packaged_clip_is_what_is_drawn(sitter: Sitter) -> None:
    """Within what its encoder took away; a mouth that is drawn otherwise is far more."""
    for frame in islice(open_demo().frames(), 20, None, 90):
        time = frame.index / RATE
        drawn = filmed(sitter.show(expression_at(time)), time)
        assert difference(frame.to_bgr()[..., ::-1], drawn) < 4
