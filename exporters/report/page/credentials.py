"""A network's figures and limits, from its card, in words for people."""

from collections.abc import Iterator, Mapping
from typing import Any

_RIGHT, _OF_LABEL, _FOUND, _UNREDUCED = "accuracy", " recall", "recall ", "float: "
_UNSURE, _UNSURE_OTHERS = "uncertain", "uncertain, showing none"
"""How the cards of the packaged networks name their figures."""
_AGREE = "int8: labels that agree"
_OF_FACES = ": of faces that show one of its labels (and of others, such as sad ones) "
_MUCH = 0.03
"""Share of the faces, read wrongly besides, from which a condition is told."""
_MOST = 12
"""Figures of other cards that are listed."""


def credentials(name: str, network: Mapping[str, Any]) -> Iterator[str]:
    """What speaks for and against a network, a sentence or two each.

    Args:
        name: of the network.
        network: what is told of it.
    """
    figures = network.get("figures")
    known = figures if isinstance(figures, dict) else {}
    sentences = [*_accuracies(known), *_recalls(known), *_sureness(network, known)]
    sentences += _reduced(known)
    if not sentences:
        listed = ", ".join(f"{key} {value}" for key, value in [*known.items()][:_MOST])
        sentences = [f"{listed or 'no figures are told'}."]
    limits = str(network.get("limits", "")).strip()
    yield from (f"{name}: {sentence}" for sentence in sentences)
    if limits:
        yield f"{name}: {limits}{'' if limits.endswith('.') else '.'}"


def _grouped(figures: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """The figures of each test by their measure: `TEST: MEASURE`."""
    groups: dict[str, dict[str, float]] = {}
    for key, value in figures.items():
        test, _, measure = key.removeprefix(_UNREDUCED).rpartition(": ")
        if isinstance(value, (int, float)):
            groups.setdefault(test, {})[measure] = value
    return groups


def _accuracies(figures: Mapping[str, Any]) -> Iterator[str]:
    """How many faces of each data set are read right, by label, and what makes it much harder."""
    groups = {test: told for test, told in _grouped(figures).items() if test and _RIGHT in told}
    sets: dict[str, list[str]] = {}
    for test in groups:
        sets.setdefault(test.partition(", ")[0], []).append(test)
    for tests in sets.values():
        by_label = [test for test in tests if _shares(groups[test])]
        if not by_label:
            continue
        told = groups[by_label[-1]]  # the last is nearest to a run: faces found and read
        right = f"{told[_RIGHT]:.0%} right ({_shares(told)})"
        yield f"of the faces of {by_label[-1]}, it reads {right}."
        first, hardest = by_label[0], sorted(tests, key=lambda test: groups[test][_RIGHT])
        lost = ", ".join(
            f"{test.removeprefix(f'{first}, ')} {groups[test][_RIGHT]:.0%}"
            for test in hardest
            if test not in by_label and groups[test][_RIGHT] < groups[first][_RIGHT] - _MUCH
        )
        if lost:
            whole = f"{groups[first][_RIGHT]:.0%}"
            yield f"of those of {first}, {whole}, but where they are harder: {lost}."


def _shares(told: Mapping[str, float]) -> str:
    """The share of each label's faces that are read right; empty where it is not told."""
    labels = [key.removesuffix(_OF_LABEL) for key in told if key.endswith(_OF_LABEL)]
    return ", ".join(f"{label} {told[label + _OF_LABEL]:.0%}" for label in labels)


def _recalls(figures: Mapping[str, Any]) -> Iterator[str]:
    """How many faces are found, by size; not those of the detector that it is compared with."""
    for test, told in _grouped(figures).items():
        sizes = [key.removeprefix(_FOUND) for key in told if key.startswith(_FOUND)]
        if sizes and ": " not in test:
            shares = ", ".join(f"{told[_FOUND + size]:.0%} ({size})" for size in sizes)
            yield f"of the faces in test pictures of {test} it finds {shares}."


def _sureness(network: Mapping[str, Any], figures: Mapping[str, Any]) -> Iterator[str]:
    """Under which confidence faces are uncertain unless another is asked for, and how many are."""
    least = network.get("min_confidence")
    if isinstance(least, (int, float)) and least > 0:
        groups = _grouped(figures).items()
        shares = "; ".join(_unsure(test, told) for test, told in groups if _UNSURE in told)
        yield (
            f"a face is uncertain under a confidence of {least:.2f}, unless another was asked for"
            f"{shares and _OF_FACES + shares}."
        )


def _unsure(test: str, told: Mapping[str, float]) -> str:
    """The shares of a data set's faces that are uncertain."""
    others = f" ({told[_UNSURE_OTHERS]:.0%})" if _UNSURE_OTHERS in told else ""
    return f"{told[_UNSURE]:.0%}{others} of {test}"


def _reduced(figures: Mapping[str, Any]) -> Iterator[str]:
    """That it is a network in int8, whose figures are mostly those of the one it was made of."""
    agree = figures.get(_AGREE)
    if isinstance(agree, (int, float)):
        yield (
            f"it computes in int8, and agrees on {agree:.1%} with the network in float32 that it "
            "was made of, whose figures these are."
        )
