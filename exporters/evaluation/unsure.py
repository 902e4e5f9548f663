"""How many faces are `uncertain` by a network's own threshold: of those that it should know, and of
those that show none of its labels."""

from collections.abc import Sequence

from fer_video.engine.faces.expressions import Scores
from fer_video.engine.network.card import ModelCard
from fer_video.exporters.data.datasets import Dataset
from fer_video.exporters.evaluation.matching import match_labels

UNSURE, UNSURE_OTHERS = "uncertain", "uncertain, showing none"
"""Names of the two shares in reports and cards."""


def of_known(
    card: ModelCard, dataset: Dataset, scores: Sequence[Scores | None]
) -> list[Scores | None]:
    """The scores of the faces whose label a network has, which may be fewer than the data's.

    Args:
        card: of the network.
        dataset: what was read.
        scores: (labels,) of each sample, in order.
    """
    places = match_labels(card.labels, dataset.labels).places
    return [s for s, i in zip(scores, dataset.indices(), strict=True) if i in places]


def unsure(
    card: ModelCard, known: Sequence[Scores | None], others: Sequence[Scores | None]
) -> dict[str, float]:
    """Shares of the faces that are less confident than the card says, by the names above.

    Args:
        card: of the network.
        known: scores (labels,) of each face that shows one of the labels; None where none was
            found, which counts nowhere.
        others: the same of faces that show none of them.

    Returns:
        Nothing of what there is no face of, nor where the card has every face labelled.
    """
    found = {UNSURE: known, UNSURE_OTHERS: others}
    faces = {name: [s for s in scores if s is not None] for name, scores in found.items()}
    least = card.min_confidence
    return {
        name: sum(float(s.max()) < least for s in scores) / len(scores)
        for name, scores in faces.items()
        if scores and least
    }
