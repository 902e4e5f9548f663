"""What the readers of all layouts share: how files are found and samples collected."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np

from fer_video.engine.errors import DataError
from fer_video.engine.expressions import EXPRESSIONS, Expression
from fer_video.engine.faces import Box
from fer_video.exporters.data.datasets import ABSENT, Dataset, Dropped, Image, Sample, Split

PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
SPLITS: Mapping[str, Split] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation"), "valid"),
    **dict.fromkeys(("test", "testing"), "test"),
}
ALIASES: Mapping[str, Expression] = {
    **dict.fromkeys(("angry", "anger"), Expression.ANGRY),
    **dict.fromkeys(("disgust", "disgusted"), Expression.DISGUST),
    **dict.fromkeys(("happy", "happiness"), Expression.HAPPY),
    **dict.fromkeys(("neutral", "neutrality"), Expression.NEUTRAL),
    **dict.fromkeys(("surprise", "surprised"), Expression.SURPRISE),
}
OFFICIAL: tuple[Split, ...] = ("train", "valid", "test")


@dataclass(slots=True)
class DatasetBuilder:
    """Collects the samples of one data set, and a record of what was left out and why."""

    samples: list[Sample] = field(default_factory=list)
    """What can be used so far."""
    dropped: list[Dropped] = field(default_factory=list)
    """What was left out so far, and why."""

    def add(
        self,
        name: str,
        image: Traversable | Image,
        label: str,
        split: Split,
        *,
        votes: tuple[float, ...] | None = None,
        box: Box | None = None,
    ) -> None:
        """Keep an image of one of the five expressions that is there."""
        expression = ALIASES.get(label.lower())
        if expression is None:
            self.drop(name, label, split, "another expression")
        elif isinstance(image, np.ndarray) or image.is_file():
            self.samples.append(Sample(name, image, expression, split, votes, box))
        else:
            self.drop(name, label, split, ABSENT)

    def drop(self, name: str, label: str, split: Split, reason: str) -> None:
        self.dropped.append(Dropped(name, label, split, reason))

    def build(self, name: str, where: Path) -> Dataset:
        if not self.samples:
            raise DataError(f"{where}: no image of {', '.join(EXPRESSIONS)} in the layout {name}")
        return Dataset(name, tuple(self.samples), tuple(self.dropped))


def folders(folder: Traversable) -> list[Traversable]:
    return sorted((f for f in folder.iterdir() if f.is_dir()), key=lambda f: f.name)


def files(folder: Traversable, suffixes: tuple[str, ...] = PICTURES) -> list[Traversable]:
    files = (f for f in folder.iterdir() if f.name.lower().endswith(suffixes))
    return sorted(files, key=lambda f: f.name)


def rows(table: Traversable) -> Iterator[dict[str, str]]:
    return csv.DictReader(io.StringIO(table.read_text(encoding="utf-8")))
