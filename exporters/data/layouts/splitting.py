"""Splits of data sets that bring none, or no validation images."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from unicodedata import normalize

import numpy as np

from fer_video.exporters.data.datasets import Dataset, Dropped, Sample, Split
from fer_video.exporters.data.labels import usual

TEST = 0.2
"""Share of test images that is held out of a data set without splits."""
VALID = 0.1
"""Share of validation images."""


def with_splits(dataset: Dataset) -> Dataset:
    """Give every image without a split one, by its name alone: a fifth to test, a tenth to valid.

    So whoever reads the same files holds out the same ones, and a file that is added moves no
    other. A class of three images or more has at least one in each split, whatever other files lie
    beside them.
    """
    names: defaultdict[tuple[str, bool], list[str]] = defaultdict(list)
    images: tuple[Sample | Dropped, ...] = (*dataset.samples, *dataset.dropped)
    for image in images:
        if image.split == "all":
            shown = isinstance(image, Sample) or image.sample is not None
            names[usual(image.label), shown].append(image.name)
    splits = {
        name: split for of_class in names.values() for name, split in _by_name(of_class).items()
    }
    return replace(
        dataset,
        samples=tuple(replace(s, split=splits.get(s.name, s.split)) for s in dataset.samples),
        dropped=tuple(replace(d, split=splits.get(d.name, d.split)) for d in dataset.dropped),
        split_by_name=any(sample.split == "all" for sample in dataset.samples),
    )


def _by_name(names: Sequence[str]) -> dict[str, Split]:
    """The split of each image of one class."""
    places = {name: _place(name) for name in names}
    order = sorted(names, key=places.__getitem__)
    enough = len(names) >= 3
    test = [n for n in order if places[n] < TEST] or order[:enough]
    rest = [n for n in order if n not in set(test)]
    valid = [n for n in rest if places[n] < TEST + VALID] or rest[:enough]
    splits: dict[str, Split] = dict.fromkeys(names, "train")
    return splits | dict.fromkeys(valid, "valid") | dict.fromkeys(test, "test")


def _place(name: str) -> float:
    """Where a name falls in 0..1, as evenly as chance and the same everywhere: however a system
    composes its letters, and also where a byte of it is none of a letter."""
    data = normalize("NFC", name).encode(errors="surrogateescape")
    return int.from_bytes(blake2b(data, digest_size=8).digest()) / 2**64


def _with_persons_in(dataset: Dataset, split: Split, persons: set[str]) -> Dataset:
    """Move all training samples of persons to a split, and their faces of other expressions."""

    def theirs(sample: Sample | None, now: Split) -> bool:
        return now == "train" and sample is not None and sample.person in persons

    return replace(
        dataset,
        samples=tuple(
            replace(s, split=split) if theirs(s, s.split) else s for s in dataset.samples
        ),
        dropped=tuple(
            replace(d, split=split) if theirs(d.sample, d.split) else d for d in dataset.dropped
        ),
    )


def hold_out(dataset: Dataset, split: Split, fraction: float, seed: int) -> Dataset:
    """Move a share of each class of the training samples, and of the faces of other expressions;
    where persons are known, of the persons with all that is theirs.

    Args:
        dataset: with samples in `train`.
        split: where the share goes.
        fraction: of each class, or of the persons, 0..1.
        seed: the same seed moves the same samples.
    """
    rng = np.random.default_rng(seed)
    persons = sorted({s.person for s in dataset.samples if s.person and s.split == "train"})
    if len(persons) > 1:
        held = rng.permutation(persons)[: max(round(fraction * len(persons)), 1)]
        return _with_persons_in(dataset, split, set(map(str, held)))

    def moved(labels: Sequence[str | None]) -> set[int]:
        """Places of those that go, by the label of each that may."""
        gone: set[int] = set()
        for label in [*dataset.labels, *dataset.others_shown()]:
            of_class = [i for i, one in enumerate(labels) if one == label]
            gone.update(map(int, rng.permutation(of_class)[: round(fraction * len(of_class))]))
        return gone

    here = moved([s.label if s.split == "train" else None for s in dataset.samples])
    others = moved(
        [d.sample.label if d.sample and d.split == "train" else None for d in dataset.dropped]
    )
    samples = (replace(s, split=split) if i in here else s for i, s in enumerate(dataset.samples))
    drops = (replace(d, split=split) if i in others else d for i, d in enumerate(dataset.dropped))
    return replace(dataset, samples=tuple(samples), dropped=tuple(drops))
