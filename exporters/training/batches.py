"""From decoded faces to the arrays that a network trains on, made by threads while it computes."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_video.engine.faces.face import Landmarks
from fer_video.engine.machine import cores
from fer_video.exporters.augment.augmentation import Augmenter, FaceImage
from fer_video.exporters.augment.faces import Faces
from fer_video.exporters.augment.warping import painted_background
from fer_video.exporters.data.datasets import Dataset, Image
from fer_video.exporters.training.recipe import Recipe

TrainingBatch: TypeAlias = tuple[NDArray[np.uint8], NDArray[np.float32]]
"""Faces (n, side, side, 3) uint8, RGB, and their targets (n, labels)."""


def faces_of(
    name: str,
    dataset: Dataset,
    images: Sequence[Image],
    landmarks: Sequence[Landmarks | None],
    smoothing: float = 0.0,
) -> Faces:
    """Join samples with their pixels and landmarks.

    Args:
        name: what to call them in figures.
        dataset: the samples.
        images: of the samples, in order.
        landmarks: of the images, in order; None where no face was found.
        smoothing: share of a label that is spread over all; votes are left as they are.
    """
    names = dataset.labels
    targets = np.array(
        [
            s.target(names)
            if s.votes
            else (1 - smoothing) * s.target(names) + smoothing / len(names)
            for s in dataset.samples
        ],
        np.float32,
    ).reshape(-1, len(names))
    labels = np.array(dataset.indices(), np.intp)
    faces = tuple(
        FaceImage(image, points, painted_background(image), sample.name)
        for image, points, sample in zip(images, landmarks, dataset.samples, strict=True)
    )
    return Faces(name, faces, targets, labels)


def sample_indices(
    labels: NDArray[np.intp], count: int, balance: float, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Choose an epoch's samples: every sample of a class once before any a second time.

    Args:
        labels: (n,) class of each sample.
        count: samples of an epoch.
        balance: 0 keeps the classes' shares, 1 makes them equal, between is between.
        rng: chooses.

    Returns:
        (about count,) indices, shuffled.
    """
    classes, sizes = np.unique(labels, return_counts=True)
    shares = sizes ** (1 - balance)
    chosen = []
    for label, quota in zip(classes, np.rint(count * shares / shares.sum()), strict=True):
        of_class = np.flatnonzero(labels == label)
        rounds = [rng.permutation(of_class) for _ in range(int(-(-quota // len(of_class))))]
        chosen.append(np.concatenate([np.empty(0, np.intp), *rounds])[: int(quota)])
    return rng.permutation(np.concatenate(chosen))


def _mixed(
    crops: NDArray[np.uint8],
    targets: NDArray[np.float32],
    mixup: float,
    rng: np.random.Generator,
) -> TrainingBatch:
    """Mix every face with another of its batch, and their targets (Zhang et al., 2018)."""
    if not mixup:
        return crops, targets
    share = rng.beta(mixup, mixup)
    other = rng.permutation(len(crops))
    return (
        np.asarray(cv2.addWeighted(crops, share, crops[other], 1 - share, 0), np.uint8),
        np.asarray(share * targets + (1 - share) * targets[other], np.float32),
    )


@dataclass(frozen=True, slots=True, eq=False)
class TrainingBatches:
    """Augmented batches, the same for the same seed and epoch."""

    faces: tuple[Faces, ...]
    """Training faces of each data set."""
    augment: Augmenter
    """What makes a crop of a face."""
    batch_size: int
    """Faces a batch."""
    epoch_samples: int
    """Faces an epoch."""
    balance: float
    """Oversampling of rare classes, 0..1; see `Recipe.balance`."""
    balance_each: bool
    """Whether each data set is balanced by itself; see `Recipe.balance_each`."""
    seed: int
    """Seed of order and augmentation."""
    evenness: float = 0.0
    """How far data sets of different sizes are evened out, 0..1; see `Recipe.evenness`."""
    unlabelled: float = 1.0
    """How often faces without a label are seen; see `Recipe.unlabelled`."""
    mixup: float = 0.0
    """Parameter of the mixing of faces; see `Recipe.mixup`."""
    threads: int = field(default_factory=lambda: max(cores(), 2))
    """How many batches are made at the same time."""

    def __len__(self) -> int:
        """How many batches an epoch has; an incomplete one is left out."""
        return max(self.epoch_samples // self.batch_size, 1)

    def epoch(self, number: int) -> Iterator[TrainingBatch]:
        """All batches of epoch `number`, in an order of its own."""
        images = [image for faces in self.faces for image in faces.images]
        targets = np.concatenate([faces.targets for faces in self.faces])
        order = self._sample(np.random.default_rng((self.seed, number)))

        def make(index: int) -> TrainingBatch:
            chosen = order[index * self.batch_size : (index + 1) * self.batch_size]
            rng = np.random.default_rng((self.seed, number, index))
            crops = np.stack([self.augment(images[i], rng) for i in chosen])
            return _mixed(crops, targets[chosen], self.mixup, rng)

        with ThreadPoolExecutor(self.threads) as pool:
            waiting: deque[Future[TrainingBatch]] = deque()
            for index in range(len(self)):
                waiting.append(pool.submit(make, index))
                if len(waiting) > 2 * self.threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _sample(self, rng: np.random.Generator) -> NDArray[np.intp]:
        """Indices into all data sets, one after the other."""
        labels = [faces.labels for faces in self.faces]
        if not self.balance_each:
            return sample_indices(np.concatenate(labels), self.epoch_samples, self.balance, rng)
        sizes = np.array([len(part) for part in labels], float)
        shares = sizes ** (1 - self.evenness)
        shares *= [self.unlabelled if np.isnan(f.targets).all() else 1.0 for f in self.faces]
        quotas = np.rint(self.epoch_samples * shares / shares.sum()).astype(int)
        starts = np.cumsum([0, *map(len, labels)])
        parts = [
            start + sample_indices(part, int(quota), self.balance, rng)
            for start, part, quota in zip(starts[:-1], labels, quotas, strict=True)
        ]
        return rng.permutation(np.concatenate(parts))


def batches_of(train: Sequence[Faces], recipe: Recipe) -> TrainingBatches:
    """What a training learns from, as its recipe says.

    Args:
        train: one entry a data set.
        recipe: how they are augmented, mixed and balanced.
    """
    augment = Augmenter(recipe.augmentation, recipe.side, recipe.crop_scale, recipe.crop_shift)
    count = recipe.epoch_samples or sum(len(faces.images) for faces in train)
    return TrainingBatches(
        faces=tuple(train),
        augment=augment,
        batch_size=recipe.batch_size,
        epoch_samples=count,
        balance=recipe.balance,
        balance_each=recipe.balance_each,
        evenness=recipe.evenness,
        unlabelled=recipe.unlabelled,
        mixup=recipe.mixup,
        seed=recipe.seed,
    )
