"""How good a recogniser is: the paper's tables, calibration, and the files that hold them.

Nothing here needs TensorFlow.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_video.exporters.data.atomic import make_folder, replacing, write_text

UNDETECTED = -1
"""Label of an image in which the pipeline found no face."""


@dataclass(frozen=True, slots=True)
class ClassCounts:
    """One class against the rest: a row of the paper's tables."""

    tp: int
    """True positives: images of this class that were put in it."""
    fp: int
    """False positives: images of other classes that were put in it."""
    fn: int
    """False negatives: images of this class that were not put in it."""
    tn: int
    """True negatives: all other images."""

    @property
    def present(self) -> bool:
        """Whether any image shows this class."""
        return self.tp + self.fn > 0

    @property
    def accuracy(self) -> float:
        """Share of images that were rightly put in or out of this class."""
        return (self.tp + self.tn) / (self.tp + self.fp + self.fn + self.tn)

    @property
    def precision(self) -> float | None:
        """Share of the images put in this class that belong there; None if there were none."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else None

    @property
    def recall(self) -> float | None:
        """Share of this class's images that were found; None if there are none."""
        return self.tp / (self.tp + self.fn) if self.present else None


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """What `measure` found. Macro means leave out classes that no image shows."""

    model: str
    """Name of the network's file."""
    data: str
    """Name of the data set, its split, and how it was fed."""
    images: int
    """How many images, or clips, were read."""
    undetected: int
    """Images in which no face was found; each counts as a miss of its class."""
    accuracy: float
    """Share of all images whose class was read right."""
    balanced_accuracy: float
    """Mean of the classes' recalls."""
    precision: float
    """Mean of the classes' precisions; a class that was never chosen counts 0."""
    recall: float
    """Mean of the classes' recalls; the same as the balanced accuracy."""
    ece: float
    """Expected calibration error (Guo et al., 2017), 15 bins, of the images with a face."""
    labels: tuple[str, ...]
    """Labels that were measured: those of the data that the network has, in the data's order."""
    confusion: NDArray[np.intp]
    """(labels, labels) counts of images with a face; rows are the truth, columns what was read."""
    per_class: Mapping[str, ClassCounts]
    """Counts of each class against the rest, by label."""
    unit: str = "images"
    """What was counted: images or clips."""
    broken: tuple[str, ...] = ()
    """Names of those that could not be read; they count nowhere else."""
    conditions: Mapping[str, float] = field(default_factory=dict)
    """Accuracy on the same images, framed and taken in other ways; see `robustness.stress`."""
    uncertain: Mapping[str, float] = field(default_factory=dict)
    """Shares of the faces that are `uncertain` by the network's own threshold; see `unsure`. All
    other figures are of the expression of the highest score, however low that is."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Labels of the network that the data does not have, and whose scores were left out; in how
    many images each was ahead of all others before."""
    lacking: Mapping[str, int] = field(default_factory=dict)
    """Labels of the data that the network does not have; how many images of each were left out."""

    def to_json(self) -> str:
        """The content of report.json."""
        values: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("model", "data", "images", "undetected", "accuracy", "balanced_accuracy")
        }
        values |= {"precision": self.precision, "recall": self.recall, "ece": self.ece}
        values |= {"labels": list(self.labels), "confusion": self.confusion.tolist()}
        values |= {"left_out": dict(self.left_out), "lacking": dict(self.lacking)}
        values |= {"broken": list(self.broken), "conditions": dict(self.conditions)}
        values |= {"uncertain": dict(self.uncertain)}
        values["per_class"] = {name: _row(counts) for name, counts in self.per_class.items()}
        return json.dumps(values, indent=1) + "\n"

    def to_markdown(self, heading: str = "#") -> str:
        """The content of report.md.

        Args:
            heading: what its heading begins with.
        """
        lost = f", {len(self.broken)} unreadable and left out" if self.broken else ""
        lines = [
            f"{heading} {self.model} on {self.data}: {self.images} {self.unit}",
            "",
            f"Accuracy {self.accuracy:.1%}, balanced accuracy {self.balanced_accuracy:.1%}, "
            f"macro precision {self.precision:.1%}, macro recall {self.recall:.1%}, "
            f"expected calibration error {self.ece:.3f}, no face found in {self.undetected}"
            f"{lost}.",
            *self._matched(),
            *self._unsure(),
            "",
            "| expression | TP | FP | FN | TN | accuracy | precision | recall |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for name, row in self.per_class.items():
            shares = (row.accuracy, row.precision, row.recall)
            cells = [f"{row.tp} | {row.fp} | {row.fn} | {row.tn}", *map(_percent, shares)]
            lines.append(f"| {name} | {' | '.join(cells)} |")
        lines += ["", "| truth \\ read | " + " | ".join(self.labels) + " |"]
        lines += ["|---" * (len(self.labels) + 1) + "|"]
        for name, counts in zip(self.labels, self.confusion.tolist(), strict=True):
            lines.append(f"| {name} | {' | '.join(map(str, counts))} |")
        if self.conditions:
            lines += ["", "| condition | accuracy |", "|---|---|"]
            lines += [f"| {name} | {share:.1%} |" for name, share in self.conditions.items()]
        return "\n".join(lines) + "\n"

    def _matched(self) -> Iterator[str]:
        """Where the labels of network and data differ, a paragraph each way."""
        if self.left_out:
            names = ", ".join(f"{name} ({count})" for name, count in self.left_out.items())
            yield from ("", f"Labels left out, since the data does not have them: {names}. ")
            yield f"In brackets: in how many {self.unit} each was ahead of all others."
        if any(self.lacking.values()):
            counts = {name: count for name, count in self.lacking.items() if count}
            names = ", ".join(f"{name} ({count})" for name, count in counts.items())
            yield from ("", f"Left out {self.unit} of labels that the network lacks: {names}.")

    def _unsure(self) -> Iterator[str]:
        """How many faces are `uncertain`, in a paragraph, where that was measured."""
        if self.uncertain:
            shares = ", ".join(f"{name} {share:.1%}" for name, share in self.uncertain.items())
            yield from ("", f"By the network's own threshold, of the faces found: {shares}.")


def _row(counts: ClassCounts) -> dict[str, Any]:
    names = ("tp", "fp", "fn", "tn", "accuracy", "precision", "recall")
    return {name: getattr(counts, name) for name in names}


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def write_report(report: Report, folder: Path) -> None:
    """Write report.json, report.md and confusion.png.

    Raises:
        OutputError: the folder cannot be made or written to.
    """
    make_folder(folder)
    write_text(folder / "report.json", report.to_json())
    write_text(folder / "report.md", report.to_markdown())
    with replacing(folder / "confusion.png") as path:
        plot_confusion(report, path)


def plot_confusion(report: Report, path: Path) -> None:
    """The confusion matrix, coloured by each row's share, with the counts written in."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - a quarter of a second

    shares = report.confusion / np.maximum(report.confusion.sum(axis=1, keepdims=True), 1)
    side = max(1.0, len(report.labels) / 5)
    figure = Figure(figsize=(5 * side, 4.4 * side), layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(report.labels)), report.labels, rotation=30)
    axes.set_yticks(range(len(report.labels)), report.labels)
    axes.set(xlabel="read", ylabel="truth", title=f"{report.model}: {report.accuracy:.1%}")
    for (row, column), count in np.ndenumerate(report.confusion):
        colour = "white" if shares[row, column] > 0.5 else "black"
        axes.text(column, row, str(count), ha="center", va="center", color=colour)
    figure.savefig(path, dpi=120)
