"""Error-versus-reject curves, and the regression that they judge."""

import numpy as np
import pytest

from fer_video.exporters.evaluation.quality import REJECTED, Regression, errors


def test_rejecting_the_wrong_first_leaves_fewer_wrong() -> None:
    right = np.array([True] * 60 + [False] * 40)
    perfect, upside_down = errors(right, right), errors(~right, right)
    assert perfect == pytest.approx([1 - 60 / max(100 * (1 - r), 60) for r in REJECTED])
    assert upside_down[0] == pytest.approx(0.4)
    assert (np.diff(upside_down) > 0).all()


def test_regression_finds_what_tells_right_from_wrong_and_how_sure_that_is() -> None:
    rng = np.random.default_rng(1)
    given = rng.normal(3, [1, 20, 0.1], (4000, 3))
    chance = 1 / (1 + np.exp(-(given[:, 0] - 3) * 2))
    right = rng.random(4000) < chance
    told = Regression(given, right)(given)
    assert np.abs(told - chance).mean() < 0.03
    assert errors(told, right)[2] < errors(given[:, 1], right)[2] - 0.05
