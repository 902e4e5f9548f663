"""Few combinations in which every possible pair of values meets."""

import random
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple, TypeVar

Combination = TypeVar("Combination", bound=NamedTuple)


def covering(possible: Sequence[Combination], seed: int = 0) -> list[Combination]:
    """Some of the combinations, which hold every pair of values that all of them hold.

    First those are taken that bring many new pairs, so that they are few, though not the fewest.
    """
    shuffled = random.Random(seed).sample(possible, len(possible))
    met: set[object] = set()
    taken = []
    most = len(_pairs(possible[0]))
    for least in range(most, 0, -1):
        for combination in shuffled:
            pairs = _pairs(combination)
            if len(pairs - met) >= least:
                taken.append(combination)
                met |= pairs
    return taken


def _pairs(combination: NamedTuple) -> set[object]:
    return set(combinations(enumerate(combination), 2))
