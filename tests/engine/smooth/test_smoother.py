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
    for least, sure in ((0.59, True), (0.61, False)):
        smoothed, *said = ScoreSmoother(0.1, min_confidence=least)(1, raw, 12.0)
        assert np.array_equal(smoothed, raw)
        assert said == [HAPPY, sure]


@pytest.mark.parametrize("fps", [10, 25, 60])
def test_step_is_followed_in_seconds_not_in_frames(fps: int) -> None:
    smoother = ScoreSmoother(0.5)
    for i in range(fps + 1):  # the last of the old at 0, one second of the new
        smoothed, *_ = smoother(1, scores(happy=1.0) if i else scores(neutral=1.0), i / fps)
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


def sure(readings: list[Scores], fps: float = 30) -> list[bool]:
    """Of each reading, whether a face that must be confident by 0.55 is."""
    smoother = ScoreSmoother(0.1, min_confidence=0.55)
    return [smoother(1, raw, i / fps)[2] for i, raw in enumerate(readings)]


CLEAR, DIM = scores(happy=0.7), scores(happy=0.4)


@pytest.mark.parametrize("fps", [15, 30, 60])
@pytest.mark.parametrize("first", [CLEAR, DIM], ids=["sure", "unsure"])
def test_confidence_that_hovers_does_not_flip_a_face_into_and_out_of_uncertain(
    fps: int, first: Scores
) -> None:
    tenth = round(fps * 0.1)
    hovering = ([CLEAR] * tenth + [DIM] * tenth) * 20
    assert len({*sure([first] * fps + hovering, fps)}) == 1


def test_confidence_is_held_for_as_many_frames_wherever_in_the_film() -> None:
    """At 25 a second six frames are 0.24 s, whichever way times are rounded."""
    raw, turns = [CLEAR] * 10 + [DIM] * 20, set()
    for start in range(0, 1000, 7):
        smoother = ScoreSmoother(0.12, min_confidence=0.55)
        seen = [smoother(1, one, (start + i) / 25)[2] for i, one in enumerate(raw)]
        turns.add(seen.index(False))
    assert len(turns) == 1


def test_an_expression_that_follows_another_is_not_uncertain_on_the_way() -> None:
    """Half way, neither scores high."""
    assert all(sure([scores(neutral=0.9)] * 30 + [scores(happy=0.9)] * 30))


@pytest.mark.parametrize("fps", [15, 30, 60])
@pytest.mark.parametrize(("before", "after"), [(CLEAR, DIM), (DIM, CLEAR)], ids=["into", "out"])
def test_a_confidence_that_stays_shows_within_a_third_of_a_second(
    fps: int, before: Scores, after: Scores
) -> None:
    seen = sure([before] * fps + [after] * fps, fps)
    assert seen[0] == (before is CLEAR)
    assert seen[-1] == (after is CLEAR)
    assert 0.2 * fps <= seen.index(seen[-1]) - fps <= fps / 3 + 1


def test_without_smoothing_every_picture_is_sure_or_not_by_itself() -> None:
    smoother = ScoreSmoother(0.0, min_confidence=0.55)
    seen = [smoother(1, raw, i / 30)[2] for i, raw in enumerate([CLEAR, DIM] * 9)]
    assert seen == [True, False] * 9


def test_faces_do_not_mix() -> None:
    smoother = ScoreSmoother(0.5)
    for i in range(30):
        one, *_ = smoother(1, scores(happy=0.9), i / 30)
        other, *_ = smoother(2, scores(neutral=0.9), i / 30)
    assert one == pytest.approx(scores(happy=0.9))
    assert other == pytest.approx(scores(neutral=0.9))


@pytest.mark.parametrize("later", [5.0, -1.0])
def test_face_that_was_gone_or_time_that_runs_back_begins_anew(later: float) -> None:
    smoother = ScoreSmoother(10.0)
    smoother(1, scores(happy=0.9), 1.0)
    smoothed, label, _ = smoother(1, scores(neutral=0.9), 1.0 + later)
    assert smoothed == pytest.approx(scores(neutral=0.9))
    assert label == NEUTRAL


def test_faces_that_went_are_forgotten() -> None:
    smoother = ScoreSmoother(0.1)
    for identity in range(1000):
        smoother(identity, scores(happy=0.9), float(identity))
    assert len(smoother._states) == len(smoother._low_pass._states) == 1
