"""From a data set on disk to the faces of its training and validation splits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from fer_video.engine.detect.stage import Detector
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.engine.faces.face import Landmarks
from fer_video.exporters.augment.augmentation import FaceImage
from fer_video.exporters.augment.faces import Faces, aligned_crops, chosen
from fer_video.exporters.augment.warping import painted_background
from fer_video.exporters.data.alignment import LandmarkFinder, cached_landmarks, find_landmarks
from fer_video.exporters.data.datasets import Dataset, Image, Split
from fer_video.exporters.data.duplicates import ACROSS_DATASETS, drop_duplicates, duplicates_among
from fer_video.exporters.data.images import load_images
from fer_video.exporters.data.layouts.builder import OFFICIAL
from fer_video.exporters.data.layouts.indexed import showing_none
from fer_video.exporters.data.layouts.read import CHOOSE, read_labelled, set_name
from fer_video.exporters.data.layouts.splitting import VALID, hold_out
from fer_video.exporters.training.batches import faces_of

_COMPARED_SIDE = 48
"""Side in pixels of the crops that are compared across data sets."""


@dataclass(frozen=True, slots=True, eq=False)
class PreparedDataset:
    """What a training needs of one data set."""

    name: str
    """What figures and records call it."""
    layout: str
    """One of `layouts.LAYOUTS`."""
    dataset: Dataset
    """All splits, without duplicates and unreadable images, with what was dropped and why."""
    train: Faces
    """Faces to learn from."""
    valid: Faces
    """Faces to choose the best epoch and to calibrate by."""
    test: Faces
    """The held-out test faces: training looks at them only to drop what is nearly the same."""
    train_others: Faces
    """Faces that show none of the labels, to learn to be unsure from."""
    valid_others: Faces
    """Such faces, to choose by from which confidence a face counts as recognised."""
    test_others: Faces
    """Such faces that are held out as those in `test` are."""

    def record(self) -> dict[str, Any]:
        """Counts for run.json."""
        return {
            "name": self.name,
            "layout": self.layout,
            "train": len(self.train.images),
            "valid": len(self.valid.images),
            "split by name": self.dataset.split_by_name,
            "kept": {split: dict(self.dataset.kept(split)) for split in OFFICIAL},
            "dropped": {": ".join(key): n for key, n in sorted(self.dataset.left_out().items())},
            "missing": self.dataset.missing(),
            "showing none of the labels": len(self.train_others.images),
            "valid, showing none of the labels": len(self.valid_others.images),
        }


def prepare(
    path: Path,
    layout: str,
    *,
    smoothing: float,
    seed: int,
    labels: Sequence[str] = EXPRESSIONS,
    finder: LandmarkFinder | None = None,
    cache: Path | None = None,
    instead: str = CHOOSE,
) -> PreparedDataset:
    """Read, decode, rid of duplicates, split, and find the faces' landmarks.

    Args:
        path: see `read_dataset`.
        layout: see `read_dataset`.
        smoothing: see `faces_of`; of training labels.
        seed: chooses the validation images where the data set has no such split.
        labels: what faces are told apart by, in order.
        finder: None leaves the faces as their images frame them.
        cache: folder that keeps the landmarks, for as long as images and finder are the same.
        instead: see `read_dataset`.

    Raises:
        DataError: the data set is not there or not laid out like that.
    """
    read = read_labelled(path, layout, labels, instead=instead)
    dataset, images = drop_duplicates(*load_images(read))
    if not any(sample.split == "valid" for sample in dataset.samples):
        dataset = hold_out(dataset, "valid", VALID, seed)
    name, detector = set_name(path), finder.detector if finder else None
    landmarks = _landmarks(images, finder, cache / f"landmarks_{name}.npz" if cache else None)

    def faces(split: Split, smoothing: float) -> Faces:
        chosen = [i for i, sample in enumerate(dataset.samples) if sample.split == split]
        part = replace(dataset, samples=tuple(dataset.samples[i] for i in chosen))
        return faces_of(
            name, part, [images[i] for i in chosen], [landmarks[i] for i in chosen], smoothing
        )

    return PreparedDataset(
        name,
        layout,
        dataset,
        train=faces("train", smoothing),
        valid=faces("valid", 0.0),
        test=faces("test", 0.0),
        train_others=_others(name, dataset, "train", detector),
        valid_others=_others(name, dataset, "valid", detector),
        test_others=_others(name, dataset, "test", detector),
    )


def _others(name: str, dataset: Dataset, split: Split, detector: Detector | None) -> Faces:
    """The faces of a split that show none of the labels: their target is flat."""
    others, images = load_images(showing_none(dataset.split(split)))
    landmarks = find_landmarks(images, detector) if detector else [None] * len(images)
    faces = tuple(
        FaceImage(image, points, painted_background(image), sample.name)
        for image, points, sample in zip(images, landmarks, others.samples, strict=True)
    )
    count = len(dataset.labels)
    flat = np.full((len(faces), count), 1 / count, np.float32)
    return Faces(name, faces, flat, np.full(len(faces), count, np.intp))


def without_duplicates_across(parts: Sequence[PreparedDataset]) -> list[PreparedDataset]:
    """Drop training faces whose picture another data set holds out for validation or test.

    Collections of faces from the web share hundreds of photographs, each under its own crop.
    """
    return [_without_duplicates(part, [p for p in parts if p is not part]) for part in parts]


def _without_duplicates(part: PreparedDataset, rest: Sequence[PreparedDataset]) -> PreparedDataset:
    train, duplicates = without_held_out(part.train, rest)
    samples = [sample for sample in part.dataset.samples if sample.split == "train"]
    gone = part.dataset.without([samples[i] for i in sorted(duplicates)], ACROSS_DATASETS)
    others, _ = without_held_out(part.train_others, [part, *rest])
    return replace(part, dataset=gone, train=train, train_others=others)


def without_held_out(faces: Faces, parts: Sequence[PreparedDataset]) -> tuple[Faces, set[int]]:
    """Drop the faces whose picture a data set holds out for validation or test.

    Returns:
        What is left, and the indices of those that went.
    """
    held_out = [
        crop
        for part in parts
        for held in (part.valid, part.valid_others, part.test, part.test_others)
        for crop in _tight_crops(held)
    ]
    duplicates = duplicates_among(list(_tight_crops(faces)), held_out)
    kept = np.array([i not in duplicates for i in range(len(faces.images))], bool)
    return chosen(faces, kept), duplicates


def _tight_crops(faces: Faces) -> Iterator[Image]:
    """Little more than eyes, nose and mouth."""
    return aligned_crops(faces, _COMPARED_SIDE, crop_scale=2.1, crop_shift=-0.1)


def _landmarks(
    images: Sequence[Image], finder: LandmarkFinder | None, cache: Path | None
) -> list[Landmarks | None]:
    if finder is None:
        return [None] * len(images)
    if cache is None:
        return find_landmarks(images, finder.detector)
    return cached_landmarks(images, finder, cache)
