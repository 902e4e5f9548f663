"""Smoothed scores: smooth in seconds, quick enough, and each face by itself."""

import numpy as np
import pytest

from fer_video.engine.faces.expressions import EXPRESSIONS, Expression, Scores
from fer_video.engine.smooth.smoother import ScoreSmoother

HAPPY, NEUTRAL = Expression.HAPPY, Expression.NEUTRAL


def scores(**shares: float) -> Scores:
    """The shares named, and the rest spread over the others."""
    rest = (1 - sum(shares.values())) / (len(EXPRESSIONS) - len(shares))
    return np.array([shares.get(name, rest) for name in EXPRESSIONS], np.float32)


def labels(smoother: ScoreSmoother, readings: list[Scores], fps: float = 30) -> list[str]:
    return [smoother(1, raw, i / fps)[1] for i, raw in enumerate(readings)]


def test_first_reading_is_taken_as_it_is() -> None:
    raw = scores(happy=0.6)
    smoothed, label = ScoreSmoother(0.1)(1, raw, 12.0)
    assert np.array_equal(smoothed, raw)
    assert label == HAPPY


@pytest.mark.parametrize("fps", [10, 25, 60])
def test_step_is_followed_in_seconds_not_in_frames(fps: int) -> None:
    smoother = ScoreSmoother(0.5)
    for i in range(fps + 1):  # the last of the old at 0, one second of the new
        smoothed, _ = smoother(1, scores(happy=1.0) if i else scores(neutral=1.0), i / fps)
    assert smoothed[EXPRESSIONS.index(HAPPY)] == pytest.approx(1 - np.exp(-2), abs=1e-4)
    assert smoothed.sum() == pytest.approx(1)


def test_label_outlasts_a_frame_that_says_otherwise() -> None:
    calm, other = scores(neutral=0.7), scores(happy=0.8)
    assert labels(ScoreSmoother(0.1), [calm] * 10 + [other] + [calm] * 10) == [NEUTRAL] * 21


def test_label_changes_within_150_ms() -> None:
    seen = labels(ScoreSmoother(0.1), [scores(neutral=0.8)] * 10 + [scores(happy=0.8)] * 10)
    assert seen.index(HAPPY) - 10 <= 0.15 * 30
    assert seen[-1] == HAPPY


def test_narrow_lead_does_not_change_the_label() -> None:
    near = scores(neutral=0.40, happy=0.44)
    assert labels(ScoreSmoother(0.1), [scores(neutral=0.6), *[near] * 60])[-1] == NEUTRAL
    assert labels(ScoreSmoother(0.1, margin=0.0), [scores(neutral=0.6), *[near] * 60])[-1] == HAPPY


def test_faces_do_not_mix() -> None:
    smoother = ScoreSmoother(0.5)
    for i in range(30):
        one, _ = smoother(1, scores(happy=0.9), i / 30)
        other, _ = smoother(2, scores(neutral=0.9), i / 30)
    assert one == pytest.approx(scores(happy=0.9))
    assert other == pytest.approx(scores(neutral=0.9))


@pytest.mark.parametrize("later", [5.0, -1.0])
def test_face_that_was_gone_or_time_that_runs_back_begins_anew(later: float) -> None:
    smoother = ScoreSmoother(10.0)
    smoother(1, scores(happy=0.9), 1.0)
    smoothed, label = smoother(1, scores(neutral=0.9), 1.0 + later)
    assert smoothed == pytest.approx(scores(neutral=0.9))
    assert label == NEUTRAL


def test_faces_that_went_are_forgotten() -> None:
    smoother = ScoreSmoother(0.1)
    for identity in range(1000):
        smoother(identity, scores(happy=0.9), float(identity))
    assert len(smoother._shown) == len(smoother._low_pass._states) == 1
