"""Pictures that are there twice: what is near a test image must not be trained on."""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_video.exporters.data.datasets import Dataset, Image
from fer_video.exporters.data.fingerprint import picture_fingerprint

EXACT = "exact duplicate"
NEAR = "near duplicate"
ACROSS_DATASETS = "near duplicate of a held-out image of another data set"
LEAST_CORRELATION = 0.7
"""Correlation of two descriptors from which two faces count as one picture: on FER2013 and
AffectNet, pairs above it are the same photograph with another crop, contrast or watermark, but for
a few babies; below 0.6 hardly any are."""

_RANK = {"test": 0, "valid": 1, "all": 2, "train": 3}
_SIDE = 32
_BORDER = 2
_INNER = _SIDE - 2 * _BORDER
_ROWS = 512


def drop_duplicates(dataset: Dataset, images: Sequence[Image]) -> tuple[Dataset, list[Image]]:
    """Drop exact copies, and near ones as far as they would be trained or validated on.

    An image is kept in the split that is furthest from training (test, then valid, then train);
    within a split the first stays. Near duplicates within test, or within valid, stay both.

    Args:
        dataset: all splits together.
        images: of its samples, in order.

    Returns:
        The data set without duplicates, which are on record, and its images.
    """
    order = sorted(range(len(images)), key=lambda i: (_RANK[dataset.samples[i].split], i))
    first: dict[str, int] = {}
    for index in order:
        first.setdefault(picture_fingerprint(images[index]), index)
    dataset, images = _keep(dataset, images, set(first.values()), EXACT)
    return _keep(dataset, images, set(range(len(images))) - _near(dataset, images), NEAR)


def _keep(
    dataset: Dataset, images: Sequence[Image], kept: set[int], reason: str
) -> tuple[Dataset, list[Image]]:
    duplicates = [sample for i, sample in enumerate(dataset.samples) if i not in kept]
    return dataset.without(duplicates, reason), [
        image for i, image in enumerate(images) if i in kept
    ]


def _near(dataset: Dataset, images: Sequence[Image]) -> set[int]:
    """Indices of the images that go: one of each pair of near duplicates."""
    splits = [sample.split for sample in dataset.samples]
    persons = [sample.person for sample in dataset.samples]

    def lesser(pair: tuple[int, int]) -> int | None:
        """The one nearer to training; of two training images the later one, else neither.

        One person's faces are alike, and the ones that differ by an expression alone are what there
        is to learn.
        """
        one, other = sorted(pair, key=lambda i: (_RANK[splits[i]], i))
        if persons[one] and persons[one] == persons[other]:
            return None
        return other if splits[one] != splits[other] or splits[one] in ("train", "all") else None

    return {index for pair in near_duplicates(images) if (index := lesser(pair)) is not None}


def near_duplicates(images: Sequence[Image]) -> Iterator[tuple[int, int]]:
    """Pairs of images that show the same picture, mirrored or not, by `LEAST_CORRELATION`.

    Compares every image with every other: a minute for 50,000.

    Yields:
        Two indices, the lower one first.
    """
    descriptors = _descriptors(images)
    for one, other in _correlated(descriptors, descriptors):
        if one < other:
            yield one, other


def duplicates_among(images: Sequence[Image], others: Sequence[Image]) -> set[int]:
    """Which images show the same picture as one of `others`, mirrored or not.

    Args:
        images: each (H, W, 3) uint8, RGB, framed alike: the sets that they come from differ in it.
        others: the same.

    Returns:
        Indices into `images`.
    """
    return {one for one, _ in _correlated(_descriptors(images), _descriptors(others))}


def _correlated(
    ones: NDArray[np.float32], others: NDArray[np.float32]
) -> Iterator[tuple[int, int]]:
    flat, mirrored = (o.reshape(len(o), _INNER**2) for o in (others, others[:, :, ::-1]))
    for start in range(0, len(ones), _ROWS):
        rows = ones[start : start + _ROWS].reshape(-1, _INNER**2)
        for columns in (flat, mirrored):
            for row, column in np.argwhere(rows @ columns.T > LEAST_CORRELATION):
                yield int(start + row), int(column)


def _descriptors(images: Sequence[Image]) -> NDArray[np.float32]:
    """(n, 28, 28) float32 of length 1, without what all of them have in common."""
    if not images:
        return np.empty((0, _INNER, _INNER), np.float32)
    descriptors = np.stack([_descriptor(image) for image in images])
    descriptors -= descriptors.mean(axis=0)  # all faces are alike a little, and painted borders are
    norms = np.linalg.norm(descriptors, axis=(1, 2), keepdims=True)
    return np.asarray(descriptors / (norms + 1e-6), np.float32)


def _descriptor(image: Image) -> NDArray[np.float32]:
    """(28, 28) float32: lines and edges, alike under other light, contrast and compression."""
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(gray, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    fine = small - cv2.GaussianBlur(small, (0, 0), 2.0)
    even = fine / (np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), 4.0)) + 4)
    inner = even[_BORDER:-_BORDER, _BORDER:-_BORDER]
    return np.asarray(inner - inner.mean(), np.float32)
