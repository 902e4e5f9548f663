"""Faces listed in an index.csv, by person or by source, perhaps under compound labels."""

from collections import Counter
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from types import MappingProxyType

import numpy as np

from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.exporters.data.archive import inside
from fer_video.exporters.data.datasets import Dataset, Dropped, Sample, Split
from fer_video.exporters.data.labels import usual
from fer_video.exporters.data.layouts.builder import SPLITS, DatasetBuilder, read_table

OTHERS = ("sad", "fear", "sadly fearful")
"""Labels of faces that show none of the five expressions."""


def showing_none(dataset: Dataset) -> Dataset:
    """The faces that were left out of a data set and are known to show none of its labels."""
    return dataset.showing_only(label for label in OTHERS if label not in dataset.labels)


COMPOUNDS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "angrily disgusted": {"angry": 0.5, "disgust": 0.5},
        "angrily surprised": {"angry": 0.5, "surprise": 0.5},
        "appalled": {"angry": 0.35, "disgust": 0.65},
        "awed": {"surprise": 0.6},
        "disgustedly surprised": {"disgust": 0.5, "surprise": 0.5},
        "fearfully angry": {"angry": 0.6},
        "fearfully disgusted": {"disgust": 0.6},
        "fearfully surprised": {"surprise": 0.7},
        "happily disgusted": {"disgust": 0.5, "happy": 0.5},
        "happily surprised": {"happy": 0.5, "surprise": 0.5},
        "hatred": {"angry": 0.65, "disgust": 0.35},
        "sadly angry": {"angry": 0.6},
        "sadly disgusted": {"disgust": 0.6},
        "sadly surprised": {"surprise": 0.6},
    }
)
"""Shares of the five in the compound expressions of Du, Tao and Martinez (2014); the rest, of
sadness and fear, is spread over all five. To learn from, not to measure by, unless the compound
itself is told apart."""

_TEST = 0.2
_VALID = 0.1
_SEED = 18


def read_indexed(root: Traversable) -> Dataset | None:
    """index.csv: file, label, and perhaps split, person and source.

    Paths begin at the index's folder or at the folder around it. Without splits, a fifth of the
    persons is the test split and a tenth the validation split; without persons, the source that is
    nearest to a fifth of the pictures is the test split. The rest is there to train on.
    """
    table = root / "index.csv"
    if not table.is_file():
        return None
    rows: list[dict[str, str]] = []
    read_table(table, lambda row: rows.append(_checked(row)))
    splits = _splits(rows)
    builder = DatasetBuilder()
    for row in rows:
        _add(builder, root, row, SPLITS.get(row["split"]) or splits[_group(row)])
    return builder.build("indexed")


def _checked(row: Mapping[str, str]) -> dict[str, str]:
    """A row whose columns are called as here, whatever their case.

    Raises:
        ValueError: it has no file or no label, or is of a split that nobody knows.
    """
    named = {name.strip().lower(): cell for name, cell in row.items()}
    split = named.get("split", "").lower()
    if split and split not in SPLITS:
        raise ValueError(f"the split {split} is none of {', '.join(SPLITS)}")
    file = row["file"].replace("\\", "/")  # as Windows writes paths
    return named | {"file": file, "label": row["label"], "split": split}


def _add(builder: DatasetBuilder, root: Traversable, row: dict[str, str], split: Split) -> None:
    name, label = row["file"], row["label"]
    image = inside(root, name.removeprefix(f"{root.name}/"))
    person, compound = row.get("person", ""), usual(label)
    shares = COMPOUNDS.get(compound)
    if shares is None:
        builder.add(name, image, label, split, person=person)
    elif split != "train":
        face = Sample(name, image, compound, split, person=person)
        builder.dropped.append(Dropped(name, label, split, "a compound expression", face))
    else:
        rest = (1 - sum(shares.values())) / len(EXPRESSIONS)
        votes = {name: shares.get(name, 0.0) + rest for name in EXPRESSIONS}
        label = max(votes, key=votes.__getitem__)
        builder.add(name, image, label, split, votes=votes, person=person, compound=compound)


def _group(row: Mapping[str, str]) -> str:
    return row.get("person") or row.get("source") or ""


def _splits(rows: list[dict[str, str]]) -> dict[str, Split]:
    """The split of each person or source, the same ones every time."""
    groups = Counter(map(_group, rows))
    splits: dict[str, Split] = dict.fromkeys(groups, "train")
    if len(groups) < 2:
        return dict.fromkeys(groups, "all")
    if not any(row.get("person") for row in rows):
        splits[min(groups, key=lambda g: (abs(groups[g] - _TEST * len(rows)), g))] = "test"
        return splits
    names = np.random.default_rng(_SEED).permutation(sorted(groups))
    test, valid = round(_TEST * len(names)), round(_VALID * len(names))
    splits.update(dict.fromkeys(map(str, names[:test]), "test"))
    splits.update(dict.fromkeys(map(str, names[test : test + valid]), "valid"))
    return splits
