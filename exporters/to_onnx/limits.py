"""What a card says that a network cannot do: what was measured of it, and what holds of any."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_WEAK = 0.6
"""Recall under which a card warns of a class."""
_LOST = 0.1
"""Loss of accuracy from which on a card warns of a condition."""
_MEANING = "Reads what a face shows, not what a person feels."
_ALWAYS_SURE = (
    "It has a label for every face, also where the face shows none of them: no validation face "
    "did, to choose by under which confidence a face is `uncertain`."
)
_UNKNOWN = (
    "Not measured: heads turned far aside, children, and how it differs between groups of people. "
    "Its labels were given by people and carry their errors and their bias. It must not be used to "
    "judge, rank, hire, police, diagnose or observe people, nor without their knowledge."
)


def limits_of(reports: Sequence[Mapping[str, Any]], *, always_sure: bool = False) -> str:
    """The limits of one network, in whole sentences.

    Args:
        reports: contents of the report.json of its evaluations.
        always_sure: it has a label for every face, since nothing told when it should have none.
    """
    found = [sentence for report in reports for sentence in _weaknesses(report)]
    if not reports:
        found = ["Nothing was measured of this network: `fer-video evaluate` does."]
    return " ".join([_MEANING, *found, *[_ALWAYS_SURE] * always_sure, _UNKNOWN])


def _weaknesses(report: Mapping[str, Any]) -> Iterator[str]:
    data = report["data"]
    for number, label in enumerate(report["labels"]):
        recall = report["per_class"][label]["recall"]
        if recall is not None and recall < _WEAK:
            mistaken = _mostly_read_as(report["labels"], report["confusion"][number], number)
            yield f"On {data} it reads {recall:.0%} of the {label} faces right{mistaken}."
    shares = report.get("conditions") or {}
    lost = {name: max(shares.values()) - share for name, share in shares.items()}
    worst = [f"{name} ({100 * loss:.0f})" for name, loss in lost.items() if loss >= _LOST]
    if worst:
        yield f"On {data} it loses ten points or more under: {', '.join(worst)}."


def _mostly_read_as(labels: Sequence[str], row: Sequence[int], own: int) -> str:
    """What most of the others are taken for."""
    others = [0 if place == own else count for place, count in enumerate(row)]
    return f", and takes most of the others for {labels[others.index(max(others))]}" * any(others)
