"""Labels of a network and of a data set, matched by name.

A network may tell apart more than a data set shows, or less, and in another order. Where the data
has no such label, the network's score for it is left out and the others are scaled to sum to 1: it
chooses among what the data can show. Images of a label that the network does not have are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.errors import ModelError
from fer_video.engine.faces.expressions import EXPRESSIONS, Scores
from fer_video.exporters.data.labels import usual


@dataclass(frozen=True, slots=True)
class Match:
    """What two lists of labels have in common, in the order of the data's."""

    labels: tuple[str, ...]
    """Labels that both have, as the data calls them."""
    columns: tuple[int, ...]
    """Where each of them stands among the network's."""
    places: tuple[int, ...]
    """Where each of them stands among the data's."""
    left_out: tuple[int, ...]
    """Where those stand among the network's that the data does not have."""
    lacking: tuple[int, ...]
    """Where those stand among the data's that the network does not have."""

    def scores(self, scores: Scores) -> Scores:
        """Scores of the common labels, which sum to 1.

        Args:
            scores: (labels,) or (n, labels) of the network.
        """
        common = scores[..., list(self.columns)]
        total = common.sum(axis=-1, keepdims=True)
        even = np.full_like(common, 1 / len(self.columns))
        scores = np.divide(common, total, out=even, where=total > 0)
        return np.asarray(scores, np.float32)

    def read(self, scores: Scores) -> NDArray[np.intp]:
        """What faces are read as, among the data's labels.

        Args:
            scores: (n, labels) of the network.
        """
        places = np.array(self.places, np.intp)
        return np.asarray(places[self.scores(scores).argmax(axis=1)], np.intp)


def match_labels(network: Sequence[str], data: Sequence[str] = EXPRESSIONS) -> Match:
    """Match by name, whatever the case; anger is angry, and happiness happy.

    Args:
        network: labels of the network, in order.
        data: labels of the data, in order.

    Raises:
        ModelError: they have none in common.
    """
    known = [usual(label) for label in network]
    wanted = [usual(label) for label in data]
    places = tuple(i for i, name in enumerate(wanted) if name in known)
    if not places:
        raise ModelError(
            f"a network of {', '.join(network)} cannot be measured on data of {', '.join(data)}: "
            "they have no label in common; name the labels in the network's card as the data does"
        )
    return Match(
        tuple(str(data[i]) for i in places),
        tuple(known.index(wanted[i]) for i in places),
        places,
        tuple(i for i, name in enumerate(known) if name not in wanted),
        tuple(i for i, name in enumerate(wanted) if name not in known),
    )
