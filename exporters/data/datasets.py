"""Labelled faces: what a data set is, how its pictures are read, what must not be trained on."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources.abc import Traversable
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.engine.faces.face import Box
from fer_video.exporters.data.labels import usual

Image: TypeAlias = NDArray[np.uint8]
"""(H, W, 3) uint8, RGB."""

Split: TypeAlias = Literal["train", "valid", "test", "all"]
"""`all` is the split of a data set that has none."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One labelled face."""

    name: str
    """The path inside the data set (or table and row): what an error names."""
    image: Traversable | Image
    """The picture's file, or its pixels where a table holds them."""
    label: str
    """The expression that the data set says it shows."""
    split: Split
    """The split that it is of."""
    votes: Mapping[str, float] | None = None
    """How many annotators chose each expression; None where that is not known."""
    box: Box | None = None
    """The face's box in pixels; None where the picture is the face."""
    person: str = ""
    """Who it shows: pictures of one person are never in two splits; "" where that is not known."""
    compound: str = ""
    """What the data set calls it, where the votes spread that over the expressions it is made of;
    "" of others."""

    def target(self, labels: Sequence[str] = EXPRESSIONS) -> NDArray[np.float32]:
        """What to learn of it: each label's share of the votes for any of them, or 1 for its own.

        Args:
            labels: what faces are told apart by; its own is one of them.

        Returns:
            (labels,) float32 that sums to 1.
        """
        votes = {self.label: 1.0} if self.votes is None else self.votes
        counts = np.array([votes.get(label, 0) for label in labels], np.float32)
        return np.asarray(counts / counts.sum(), np.float32)


@dataclass(frozen=True, slots=True)
class Dropped:
    """One image that was left out."""

    name: str
    """The path inside the data set (or table and row)."""
    label: str
    """What the data set calls its expression."""
    split: Split
    """The split that it would have been of."""
    reason: str
    """Why it was left out, in a few words."""
    sample: Sample | None = None
    """The face itself, of one that shows another expression than is told apart."""


OTHER = "another expression"
ABSENT = "image missing"
BROKEN = "image broken"
ANOTHER_KIND = "another kind of file"
BESIDE = "beside the splits"


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """The samples of one data set that show one of the five expressions, or of `labels`."""

    name: str
    """Name of its layout, or what the clips in it show."""
    samples: tuple[Sample, ...]
    """What can be used, in the order in which it was found."""
    dropped: tuple[Dropped, ...] = ()
    """What was left out, and why."""
    labels: tuple[str, ...] = EXPRESSIONS
    """What the samples are told apart by; `indices` counts in it."""
    split_by_name: bool = False
    """Whether it has no splits of its own, see `splitting.with_splits`."""

    def showing(self, labels: Iterable[str]) -> "Dataset":
        """The data set with the faces of further labels, too, as far as it has any of them.

        Args:
            labels: what a network tells apart, whatever the case and form of the words.
        """
        wanted = dict.fromkeys(map(usual, labels))
        return self._of((*self.labels, *(name for name in wanted if name in self.others_shown())))

    def showing_only(self, labels: Iterable[str]) -> "Dataset":
        """The data set with the faces of these labels alone, told apart by all of them.

        Args:
            labels: see `showing`; those of which it has no face stay in `labels`.
        """
        return self._of(tuple(dict.fromkeys(map(usual, labels))))

    def _of(self, labels: tuple[str, ...]) -> "Dataset":
        samples = [_called(sample, labels) for sample in self.samples]
        faces = [*samples, *(drop.sample for drop in self.dropped if drop.sample)]
        others = [
            *(drop for drop in self.dropped if not (drop.sample and drop.sample.label in labels)),
            *(
                Dropped(s.name, s.label, s.split, OTHER, s)
                for s in samples
                if s.label not in labels
            ),
        ]
        kept = tuple(face for face in faces if face.label in labels)
        return replace(self, samples=kept, dropped=tuple(others), labels=labels)

    def others_shown(self) -> list[str]:
        """What the faces show that were left out for showing another expression."""
        return sorted({drop.sample.label for drop in self.dropped if drop.sample})

    def indices(self) -> list[int]:
        """Index into `labels` of each sample."""
        return [self.labels.index(sample.label) for sample in self.samples]

    def split(self, name: Split) -> "Dataset":
        """One split, of what was dropped too; a data set without splits is all of each."""
        if name == "all":
            return self
        wanted = (name, "all")
        return replace(
            self,
            samples=tuple(sample for sample in self.samples if sample.split in wanted),
            dropped=tuple(drop for drop in self.dropped if drop.split in wanted),
        )

    def kept(self, split: Split = "all") -> Counter[str]:
        """How many samples of a split each expression has."""
        return Counter(str(sample.label) for sample in self.split(split).samples)

    def left_out(self) -> Counter[tuple[str, str]]:
        """How many images were dropped, by label and reason."""
        return Counter((drop.label, drop.reason) for drop in self.dropped)

    def missing(self) -> list[str]:
        """The images that the data set names and that are absent or cannot be decoded."""
        return [drop.name for drop in self.dropped if drop.reason in (ABSENT, BROKEN)]

    def without(self, samples: Sequence[Sample], reason: str) -> "Dataset":
        """Drop samples, on record."""
        gone = {id(sample) for sample in samples}
        drops = tuple(Dropped(s.name, str(s.label), s.split, reason) for s in samples)
        kept = tuple(sample for sample in self.samples if id(sample) not in gone)
        return replace(self, samples=kept, dropped=self.dropped + drops)


def _called(sample: Sample, labels: Sequence[str]) -> Sample:
    """A face under its own label where that is told apart, rather than spread over others."""
    if sample.compound not in labels:
        return sample
    return replace(sample, label=sample.compound, votes=None, compound="")
