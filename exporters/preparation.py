"""From a data set on disk to the faces of its training and validation splits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fer_video.engine.detect import Detector
from fer_video.engine.faces import Landmarks
from fer_video.exporters.alignment import find_landmarks, load_landmarks, save_landmarks
from fer_video.exporters.batches import Faces, faces_of
from fer_video.exporters.datasets import (
    Dataset,
    Image,
    Split,
    hold_out,
    load_images,
)
from fer_video.exporters.duplicates import drop_duplicates
from fer_video.exporters.layouts import read_dataset

_VALID = 0.1
"""Share of the training split to validate on, where a data set brings no such split."""
_VALID_OF_ALL = 0.2
"""The same where it brings no splits at all: the paper's 80/20."""


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What a training needs of one data set."""

    name: str
    layout: str
    dataset: Dataset
    """All splits, without duplicates and unreadable images, with what was dropped and why."""
    train: Faces
    valid: Faces

    def record(self) -> dict[str, Any]:
        """Counts for run.json."""
        return {
            "name": self.name,
            "layout": self.layout,
            "train": len(self.train.images),
            "valid": len(self.valid.images),
            "kept": dict(self.dataset.kept()),
            "dropped": {": ".join(key): n for key, n in sorted(self.dataset.left_out().items())},
            "missing": self.dataset.missing(),
        }


def prepare(
    path: Path,
    layout: str,
    *,
    smoothing: float,
    seed: int,
    detector: Detector | None = None,
    cache: Path | None = None,
) -> Prepared:
    """Read, decode, rid of duplicates, split, and find the faces' landmarks.

    Args:
        path: see `read_dataset`.
        layout: see `read_dataset`.
        smoothing: see `faces_of`; of training labels.
        seed: chooses the validation images where the data set has no such split.
        detector: None leaves the faces as their images frame them.
        cache: folder that keeps the landmarks.

    Raises:
        DataError: the data set is not there or not laid out like that.
    """
    dataset, images = drop_duplicates(*load_images(read_dataset(path, layout)))
    splits = {sample.split for sample in dataset.samples}
    if "valid" not in splits:
        share = _VALID_OF_ALL if "all" in splits else _VALID
        dataset = hold_out(dataset, "valid", share, seed)
    name = path.stem
    landmarks = _landmarks(images, detector, cache / f"landmarks_{name}.npy" if cache else None)

    def faces(split: Split, smoothing: float) -> Faces:
        chosen = [i for i, sample in enumerate(dataset.samples) if sample.split == split]
        part = replace(dataset, samples=tuple(dataset.samples[i] for i in chosen))
        return faces_of(
            name, part, [images[i] for i in chosen], [landmarks[i] for i in chosen], smoothing
        )

    return Prepared(name, layout, dataset, faces("train", smoothing), faces("valid", 0.0))


def _landmarks(
    images: Sequence[Image], detector: Detector | None, cache: Path | None
) -> list[Landmarks | None]:
    if detector is None:
        return [None] * len(images)
    if cache is not None and cache.is_file():
        found = load_landmarks(cache)
        if len(found) == len(images):
            return found
    found = find_landmarks(images, detector)
    if cache is not None:
        cache.parent.mkdir(parents=True, exist_ok=True)
        save_landmarks(cache, found)
    return found
