"""Measures how well labels were read: what a report holds."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.errors import DataError
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.exporters.evaluation.matching import match_labels
from fer_video.exporters.evaluation.report import UNDETECTED, ClassCounts, Report

_BINS = 15


def measure(
    model: str,
    data: str,
    scores: Sequence[NDArray[np.float32] | None],
    labels: Sequence[int],
    *,
    network: Sequence[str] = EXPRESSIONS,
    shown: Sequence[str] = EXPRESSIONS,
    unit: str = "images",
    broken: Sequence[str] = (),
) -> Report:
    """Compare a model's scores with the truth, label by label of the same name: see `matching`.

    Args:
        model: its name, for the report.
        data: the data set's name, for the report.
        scores: per image (labels,) that sum to 1, or None where no face was found.
        labels: per image the index into `shown`.
        network: labels of the model, in the order of its scores.
        shown: labels of the data, see `Dataset.labels`.
        unit: what has been read: images or clips.
        broken: names of those that could not be read.

    Raises:
        ModelError: network and data have no label in common.
        DataError: no image shows a label that the network has.
    """
    match = match_labels(network, shown)
    known = np.isin(labels, match.places)
    if len(known) and not known.any():
        raise DataError(
            f"{data}: no {unit} of {', '.join(match.labels)} in it, and {model} has no other of "
            f"its labels ({', '.join(shown)}); give other data"
        )
    own = [s for s, kept in zip(scores, known, strict=True) if kept]
    matched = [None if s is None else match.scores(s) for s in own]
    truth = np.searchsorted(match.places, np.asarray(labels, np.intp)[known])
    read = np.array([UNDETECTED if s is None else int(s.argmax()) for s in matched], np.intp)
    seen = read != UNDETECTED
    confusion = np.zeros((len(match.labels),) * 2, np.intp)
    np.add.at(confusion, (truth[seen], read[seen]), 1)
    rows = {name: _counts(truth == i, read == i) for i, name in enumerate(match.labels)}
    present = [row for row in rows.values() if row.present]
    recall = float(np.mean([row.recall or 0.0 for row in present]))
    return Report(
        model=model,
        data=data,
        images=len(truth),
        undetected=int((~seen).sum()),
        accuracy=float(np.mean(truth == read)),
        balanced_accuracy=recall,
        precision=float(np.mean([row.precision or 0.0 for row in present])),
        recall=recall,
        ece=calibration_error(np.stack([s for s in matched if s is not None]), truth[seen])
        if seen.any()
        else 0.0,
        labels=match.labels,
        confusion=confusion,
        per_class=rows,
        unit=unit,
        broken=tuple(broken),
        left_out={
            network[i]: sum(int(s.argmax()) == i for s in own if s is not None)
            for i in match.left_out
        },
        lacking={str(shown[i]): int(np.sum(np.asarray(labels) == i)) for i in match.lacking},
    )


def _counts(truth: NDArray[np.bool_], read: NDArray[np.bool_]) -> ClassCounts:
    tp, fp = int((truth & read).sum()), int((~truth & read).sum())
    return ClassCounts(tp, fp, int((truth & ~read).sum()), int((~truth & ~read).sum()))


def calibration_error(scores: NDArray[np.float32], labels: NDArray[np.intp]) -> float:
    """Expected calibration error: how far confidence is from accuracy, over 15 equal bins.

    Args:
        scores: (n, labels), rows that sum to 1.
        labels: (n,) index of the true label.
    """
    confidence, right = scores.max(axis=1), scores.argmax(axis=1) == labels
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = np.bincount(bins, right - confidence, _BINS)
    return float(np.abs(gaps).sum() / len(labels))
