"""A resting face as zero: read as neutral, and its changes as themselves."""

import numpy as np
import pytest

from fer_video.engine.faces.expressions import EXPRESSIONS, Scores
from fer_video.engine.smooth.baseline import NeutralBaseline


def scores(**shares: float) -> Scores:
    """The shares named, and the rest spread over the others."""
    rest = (1 - sum(shares.values())) / (len(EXPRESSIONS) - len(shares))
    return np.array([shares.get(name, rest) for name in EXPRESSIONS], np.float32)


SOUR, SMILE = scores(disgust=0.7, neutral=0.2), scores(disgust=0.3, happy=0.6)


def named(row: Scores) -> str:
    return EXPRESSIONS[int(row.argmax())]


def test_off_changes_nothing() -> None:
    baseline = NeutralBaseline()
    assert all(baseline(1, SOUR, time) is SOUR for time in (0.0, 5.0))


@pytest.mark.parametrize("fps", [5, 30])
def test_face_that_rests_sourly_is_neutral_and_still_smiles(fps: int) -> None:
    baseline = NeutralBaseline(1.0)
    resting = [baseline(1, SOUR, i / fps) for i in range(2 * fps)]
    assert [named(row) for row in resting] == ["disgust"] * fps + ["neutral"] * fps
    assert resting[-1].sum() == pytest.approx(1)
    assert named(baseline(1, SMILE, 2.0)) == "happy"


def test_moment_of_another_look_while_resting_does_not_count() -> None:
    baseline = NeutralBaseline(1.0)
    for i in range(30):
        baseline(1, SMILE if i in (7, 8) else SOUR, i / 30)
    assert named(baseline(1, SOUR, 1.0)) == "neutral"


def test_each_face_rests_by_itself() -> None:
    baseline = NeutralBaseline(1.0)
    for i in range(31):
        baseline(1, SOUR, i / 30)
    assert named(baseline(2, SOUR, 1.1)) == "disgust"


def seen(baseline: NeutralBaseline, identity: int, start: float, stop: float) -> list[str]:
    """Show a sour face 30 times a second; how it is read."""
    times = [i / 30 for i in range(round(30 * start), round(30 * stop))]
    return [named(baseline(identity, SOUR, time)) for time in times]


def test_face_in_view_rests_when_asked_and_again() -> None:
    baseline = NeutralBaseline()
    assert seen(baseline, 1, 0, 1) == ["disgust"] * 30
    for start in (1, 3):
        baseline.calibrate(1.0)
        assert seen(baseline, 1, start, start + 2) == ["disgust"] * 30 + ["neutral"] * 30


def test_face_that_comes_after_the_request_is_read_as_before() -> None:
    baseline = NeutralBaseline()
    seen(baseline, 1, 0, 1)
    baseline.calibrate(1.0)
    assert seen(baseline, 2, 1, 5) == ["disgust"] * 120
    assert seen(baseline, 1, 1, 5)[-1] == "neutral"


def test_face_that_comes_after_the_request_rests_as_long_as_was_set() -> None:
    baseline = NeutralBaseline(0.5)
    seen(baseline, 1, 0, 1)
    baseline.calibrate(1.0)
    assert seen(baseline, 2, 1, 2) == ["disgust"] * 15 + ["neutral"] * 15
    assert seen(baseline, 1, 1, 2.5) == ["disgust"] * 30 + ["neutral"] * 15


def test_faces_of_every_source_rest_when_asked() -> None:
    baseline = NeutralBaseline()
    sources = [baseline.clone(), baseline.clone()]
    for source in sources:
        seen(source, 1, 0, 1)
    baseline.calibrate(1.0)
    assert [seen(source, 1, 1, 3)[-1] for source in sources] == ["neutral", "neutral"]
    assert [seen(source, 2, 1, 3)[-1] for source in sources] == ["disgust", "disgust"]


@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_faces_that_went_are_forgotten(seconds: float) -> None:
    baseline = NeutralBaseline(seconds)
    for identity in range(1000):
        baseline(identity, SOUR, 10.0 * identity)
    assert len(baseline._faces) == 1
