"""Shapley values: what each player adds, averaged over all orders, and nothing left over."""

from itertools import permutations

import numpy as np
import pytest

from fer_video.engine.parts.shapley import shapley


@pytest.mark.parametrize("players", [1, 3, 5])
def test_values_are_the_mean_over_all_orders_and_sum_up(players: int) -> None:
    values = np.random.default_rng(players).random((2**players, 4)).astype(np.float32)
    expected = np.zeros((players, 4))
    orders = list(permutations(range(players)))
    for order in orders:
        coalition = 0
        for player in order:
            expected[player] += values[coalition | 1 << player] - values[coalition]
            coalition |= 1 << player
    found = shapley(values)
    assert found == pytest.approx(expected / len(orders), abs=1e-6)
    assert found.sum(axis=0) == pytest.approx(values[-1] - values[0], abs=1e-6)


def test_player_that_never_changes_anything_gets_nothing() -> None:
    values = np.random.default_rng(1).random((8, 1)).astype(np.float32)
    values[4:] = values[:4]
    assert shapley(values)[2] == pytest.approx(0, abs=1e-7)
