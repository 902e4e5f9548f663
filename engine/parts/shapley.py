"""Exact Shapley values of a few players, who are the bits of a coalition's number.

A player's value is what it adds to a coalition, averaged over all orders in which the players can
join (Shapley, "A Value for n-Person Games", 1953): alone what each is given sums up to all.
"""

from functools import lru_cache
from math import factorial

import numpy as np
from numpy.typing import NDArray


def shapley(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """What each player adds.

    Args:
        values: (2 ** players, labels) float32: of each coalition, in which player i is where bit i
            of its number is set.

    Returns:
        (players, labels) float32, of which the sum is `values[-1] - values[0]`.
    """
    result: NDArray[np.float32] = _weights(len(values)) @ values
    return result


@lru_cache(maxsize=8)
def _weights(coalitions: int) -> NDArray[np.float32]:
    """(players, coalitions): what counts how much for whom."""
    players = coalitions.bit_length() - 1
    weights = np.zeros((players, coalitions), np.float32)
    for number in range(coalitions):
        size = number.bit_count()
        for player in range(players):
            joined = number >> player & 1
            before = size - joined
            share = factorial(before) * factorial(players - before - 1) / factorial(players)
            weights[player, number] = share if joined else -share
    return weights
