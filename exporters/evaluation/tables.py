"""The tables of docs/accuracy.md: both networks, next to the paper and what it compares with."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.network.feed import to_input
from fer_video.engine.network.session import Session
from fer_video.engine.options.session import SessionOptions
from fer_video.exporters.evaluation.comparison import time_in_turns
from fer_video.exporters.evaluation.report import Report

PAPER = (
    ("the paper's CNN", "AffectNet", "97.2"),
    ("the paper's MobileNetV2", "AffectNet", "94.2"),
    ("the paper's MobileNetV2", "RAF-DB", "95.4"),
    ("the paper's MobileNetV2", "FER2013", "79.2"),
    ("related work, a model of 0.87 MB", "FER2013", "67"),
    ("related work", "FER2013", "77.83"),
    ("related work", "RAF-DB", "90.81"),
)
"""Accuracies as the paper gives them, in per cent, on its own 80/20 splits."""


@dataclass(frozen=True, slots=True)
class TestSet:
    """A data set whose split `test` nothing was trained or chosen on."""

    title: str
    """What the tables call it."""
    path: Path
    """Its folder or .zip."""
    layout: str
    """One of `layouts.LAYOUTS`."""


def project_sets(folder: Path) -> list[TestSet]:
    """The test sets of docs/accuracy.md, from the archives in a folder."""
    ferplus, affectnet = folder / "fer2013_ferplus.zip", folder / "affectnet_subset.zip"
    kdef, cfee = folder / "kdef_frontal.zip", folder / "cfee.zip"
    return [
        TestSet("FER+, majority of at least five votes", ferplus, "ferplus"),
        TestSet("FER2013, the labels of 2013", ferplus, "fer2013"),
        TestSet("KDEF, persons never trained on", kdef, "indexed"),
        TestSet("CFEE, persons never trained on", cfee, "indexed"),
        TestSet("AffectNet subset", affectnet, "folders"),
    ]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a network costs."""

    model: str
    """Name of its file."""
    parameters: float | None
    """How many weights it has, as its card says; None where it does not."""
    megabytes: float
    """Size of the file in millions of bytes."""
    time_ms: float
    """Median processor time for one face on one thread, in milliseconds."""
    training_minutes: float | None
    """Minutes that its training took, as its card says; None where it does not."""


def costs(models: Sequence[Path]) -> list[Cost]:
    """Measure networks on one face each, in turns.

    Raises:
        ModelError: one is no classifier of expressions.
    """
    options = SessionOptions("cpu")
    cards = [Classifier(str(path), options).card for path in models]
    faces = [np.full((1, card.input_height, card.input_width, 3), 127, np.uint8) for card in cards]
    times = time_in_turns(
        [
            (Session(path, options), to_input(face, card))
            for path, face, card in zip(models, faces, cards, strict=True)
        ]
    )
    return [
        Cost(
            path.stem,
            card.figures.get("parameters"),
            path.stat().st_size / 1e6,
            time,
            card.figures.get("training minutes"),
        )
        for path, card, time in zip(models, cards, times, strict=True)
    ]


def to_markdown(rows: Sequence[tuple[str, str, Report]], prices: Sequence[Cost]) -> str:
    """All tables: one of all accuracies, the paper's, costs, and the paper's of each class.

    Args:
        rows: title of the data, how it was fed, and the report.
        prices: of the networks.
    """
    parts = [
        "| network | test set | fed as | number | accuracy | balanced | calibration error | recall "
        "angry, disgust, happy, neutral, surprise |\n|---|---|---|---|---|---|---|---|",
        *(_row(*row) for row in rows),
        "\n| the paper and its related work | data | accuracy |\n|---|---|---|",
        *(f"| {' | '.join(line)} |" for line in PAPER),
        "\n| network | parameters | MB | ms a face, one thread | minutes of training |",
        "|---|---|---|---|---|",
        *(_price(cost) for cost in prices),
        "\n## Class by class\n",
        *(report.to_markdown("###") for _, _, report in rows),
    ]
    return "\n".join(parts) + "\n"


def _row(title: str, fed: str, report: Report) -> str:
    found = {name: counts.recall for name, counts in report.per_class.items()}
    recalls = [found.get(name) for name in EXPRESSIONS]
    cells = (
        report.model,
        title,
        fed,
        str(report.images),
        f"{100 * report.accuracy:.1f}",
        f"{100 * report.balanced_accuracy:.1f}",
        f"{100 * report.ece:.1f}",
        ", ".join("-" if recall is None else f"{100 * recall:.0f}" for recall in recalls),
    )
    return f"| {' | '.join(cells)} |"


def _price(cost: Cost) -> str:
    known = [
        "-" if value is None else f"{value:,.0f}"
        for value in (cost.parameters, cost.training_minutes)
    ]
    return f"| {cost.model} | {known[0]} | {cost.megabytes:.1f} | {cost.time_ms:.2f} | {known[1]} |"
