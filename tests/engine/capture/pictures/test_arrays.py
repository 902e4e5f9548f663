"""Pictures of one's own: which arrays are taken, when they are shown, and how they are refused."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from fer_video.engine import Recognizer
from fer_video.engine.capture.pictures.arrays import Arrays
from fer_video.engine.capture.pictures.given import Picture
from fer_video.engine.errors import OptionsError, SourceError
from fer_video.engine.run.pipeline import Pipeline
from tests.fakes import FakeStages, lane_of
from tests.media import moving

RGB = moving(64, 48, 5)


def test_frames_are_the_pictures_in_their_order_and_at_the_rate() -> None:
    frames = list(Arrays(RGB, colour="RGB", frame_rate=25).frames())
    assert [frame.index for frame in frames] == list(range(5))
    assert [frame.time for frame in frames] == pytest.approx([i / 25 for i in range(5)])
    for frame, rgb in zip(frames, RGB, strict=True):
        assert np.abs(frame.to_bgr()[..., ::-1].astype(int) - rgb).mean() < 3


def test_order_of_the_channels_is_bgr_unless_another_is_named() -> None:
    (red,) = Arrays([np.full((8, 8, 3), (0, 0, 255), np.uint8)]).frames()
    (blue,) = Arrays([np.full((8, 8, 3), (0, 0, 255), np.uint8)], colour="RGB").frames()
    assert red.cr.mean() > 200 > red.cb.mean()
    assert blue.cb.mean() > 200 > blue.cr.mean()


def test_gray_pictures_and_views_that_are_not_contiguous_are_taken() -> None:
    gray = np.arange(48 * 64, dtype=np.uint8).reshape(48, 64)
    one, other = Arrays([gray, RGB[0][:, ::-1, ::-1]]).frames()
    assert (one.cb == 128).all()
    assert (one.to_bgr() == gray[..., None]).all()
    assert other.luma.shape == (48, 64)
    turned = other.to_bgr()[:, ::-1].astype(int)
    assert np.abs(turned - RGB[0][..., ::-1]).mean() < 3


def test_times_are_those_given_and_increase() -> None:
    pairs = [(RGB[0], time) for time in (0.0, 0.5, 0.5, 2.0)]
    times = [frame.time for frame in Arrays(pairs).frames()]
    assert times == pytest.approx([0.0, 0.5, 0.5, 2.0], abs=1e-4)
    assert times == sorted(set(times))


def test_times_of_a_clock_that_counts_from_1970_are_taken() -> None:
    now = 1_790_000_000.25
    times = [f.time for f in Arrays([(RGB[0], now), (RGB[0], now + 1 / 30)]).frames()]
    assert times == pytest.approx([now, now + 1 / 30], abs=1e-4)


@pytest.mark.parametrize("number", [np.float32, np.float64, np.int64, np.array, Fraction])
def test_times_and_rates_are_any_kind_of_number(number: Any) -> None:
    frames = list(Arrays([(RGB[0], number(1)), (RGB[1], number(3))]).frames())
    assert [frame.time for frame in frames] == [1.0, 3.0]
    assert [frame.time for frame in Arrays(RGB[:2], frame_rate=number(4)).frames()] == [0.0, 0.25]


@pytest.mark.parametrize("apart", [2, 1200, 1800, 3600, 86_400])
def test_pictures_may_come_once_a_day(apart: int) -> None:
    arrays = Arrays(RGB[:3], frame_rate=1 / apart)
    assert arrays.info.frame_rate == Fraction(1, apart)
    assert [frame.time for frame in arrays.frames()] == [0.0, apart, 2.0 * apart]


def test_array_may_be_changed_once_the_next_is_asked_for() -> None:
    canvas = np.zeros((8, 8), np.uint8)

    def painted() -> Iterator[Picture]:
        for level in (40, 200):
            canvas[:] = level
            yield canvas

    first, second = Arrays(painted()).frames()
    assert second.luma.mean() - first.luma.mean() > 100


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (np.zeros((4, 4, 3), np.float32), "float32"),
        (np.zeros((4, 4, 4), np.uint8), r"\(4, 4, 4\)"),
        (np.zeros((4,), np.uint8), r"\(4,\)"),
        (np.zeros((0, 4, 3), np.uint8), "no pixels"),
        ([[1, 2], [3, 4]], "list"),
        (None, "is None, which `cv2.imread` gives"),
        ((None, 1.0), "is None, which `cv2.imread` gives"),
        ((RGB[0],), r"tuple \(ndarray\); give an array, or \(array, seconds\)"),
        ((RGB[0], 1.0, 2), "tuple .*ndarray, float, int"),
        ((1.0, RGB[0]), "tuple .*float, ndarray"),
    ],
)
def test_what_is_no_picture_is_refused_by_its_number(wrong: Any, said: str) -> None:
    frames = Arrays([RGB[0], wrong], name="robot").frames()
    next(frames)
    with pytest.raises(SourceError, match=rf"robot: frame 1: .*{said}"):
        next(frames)


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(OptionsError, match="colour GBR: give one of BGR, RGB"):
        Arrays(RGB, colour="GBR")  # type: ignore[arg-type]
    for rate in (0, 1e-7, float("nan"), float("inf"), None, "fast"):
        with pytest.raises(OptionsError, match=f"frame rate {rate}: give frames a second"):
            Arrays(RGB, frame_rate=rate)  # type: ignore[arg-type]


def test_endless_pictures_are_taken_no_faster_than_they_are_used() -> None:
    made = 0

    def endless() -> Iterator[Picture]:
        nonlocal made
        while True:
            made += 1
            yield RGB[0]

    with Pipeline([lane_of(Arrays(endless()), FakeStages().chain(), in_flight=3)]) as pipeline:
        seen = [next(pipeline).frame.index for _ in range(20)]
    assert seen == list(range(20))
    assert made <= 20 + 3 + 2  # in flight, in the slot, and in the reader's hand


def test_rate_and_length_are_told_beforehand() -> None:
    info = Arrays(RGB, frame_rate=29.97, name="robot").info
    assert (info.name, info.frames, info.live) == ("robot", 5, False)
    assert float(info.frame_rate) == pytest.approx(29.97, rel=1e-4)
    assert Arrays(iter(RGB)).info.frames is None
    assert Arrays(RGB, frame_rate=Fraction(30000, 1001)).info.frame_rate == Fraction(30000, 1001)


@pytest.mark.parametrize(
    "time", [float("nan"), float("inf"), -float("inf"), 1e300, 10**400, None, "soon"]
)
def test_time_that_is_none_is_refused(time: Any) -> None:
    with pytest.raises(SourceError, match=r"robot: frame 0: has the time .*; give seconds"):
        next(Arrays([(RGB[0], time)], name="robot").frames())


@pytest.mark.parametrize("shape", [(48, 64, 3), (48, 64)])
def test_one_picture_is_not_taken_for_its_rows(shape: tuple[int, ...]) -> None:
    with pytest.raises(SourceError, match=r"frames: is one picture .*give a list"):
        Arrays(np.zeros(shape, np.uint8))
    with pytest.raises(SourceError, match=r"batch: is one picture"):
        Recognizer().batch(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("shape", [(2, 48, 64, 3), (2, 48, 64)])
def test_stack_of_pictures_is_several(shape: tuple[int, ...]) -> None:
    assert len(list(Arrays(np.zeros(shape, np.uint8)).frames())) == 2
