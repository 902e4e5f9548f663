"""A resting face as zero: read as neutral, and its changes as themselves."""

import numpy as np
import pytest

from fer_video.engine.expressions import EXPRESSIONS, Scores
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


def test_rests_again_when_asked() -> None:
    baseline = NeutralBaseline()
    baseline.begin(1.0)
    for i in range(31):
        baseline(1, SOUR, i / 30)
    assert named(baseline(1, SOUR, 1.1)) == "neutral"
    baseline.begin(1.0)
    assert named(baseline(1, SOUR, 1.2)) == "disgust"


def test_faces_that_went_are_forgotten() -> None:
    baseline = NeutralBaseline(1.0)
    for identity in range(1000):
        baseline(identity, SOUR, 10.0 * identity)
    assert len(baseline._faces) == 1
