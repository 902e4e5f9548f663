"""Reads the images of data sets."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources.abc import Traversable
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_video.engine.errors import DataError
from fer_video.exporters.data.archive import decode_picture, read_bytes
from fer_video.exporters.data.datasets import BROKEN, Dataset, Image, Sample

LARGEST = 1024
"""Longer side of a picture, at most, in pixels, where many are held in memory: a face that fills a
third of it is still larger than a crop."""

log = logging.getLogger(__name__)


def read_image(sample: Sample) -> Image:
    """Decode one sample's face.

    Returns:
        (H, W, 3) uint8, RGB; gray pictures have three equal planes.

    Raises:
        DataError: the file is missing, damaged, encrypted, or no picture.
    """
    image = sample.image
    if not isinstance(image, np.ndarray):
        image = decode(image, sample.name)
    if sample.box is None:
        return image
    box, (height, width) = sample.box, image.shape[:2]
    left, top = max(round(box.left), 0), max(round(box.top), 0)
    right, bottom = round(box.left + box.width), round(box.top + box.height)
    if left >= min(right, width) or top >= min(bottom, height):
        raise DataError(
            f"{sample.name}: the face box {box} lies outside its {width}x{height} image"
        )
    return image[top:bottom, left:right]


def decode(file: Traversable, name: str) -> Image:
    """Decode a picture file.

    Args:
        file: of any format that OpenCV reads.
        name: what an error calls it.

    Returns:
        (H, W, 3) uint8, RGB.

    Raises:
        DataError: the file is missing, damaged, encrypted, or no picture.
    """
    return decode_picture(read_bytes(file, name), name, cv2.IMREAD_COLOR_RGB)


def resize(image: Image, side: int) -> Image:
    """The whole image as a crop: averaged where it shrinks, bilinear where it grows.

    Returns:
        (side, side, 3) uint8.
    """
    way = cv2.INTER_AREA if min(image.shape[:2]) > side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (side, side), interpolation=way), np.uint8)


def at_most(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """A copy of a picture, averaged where its longer side is longer than that."""
    zoom = min(1.0, side / max(picture.shape[:2]))
    height, width = (max(round(length * zoom), 1) for length in picture.shape[:2])
    resized = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.uint8)


def load_images(dataset: Dataset) -> tuple[Dataset, list[Image]]:
    """Decode every sample; those that cannot be read are dropped by name, and the first is logged.

    Returns:
        The data set of the samples that could be read, and their images in the same order, no
        longer than `LARGEST`.
    """
    images: list[Image] = []
    broken: list[Sample] = []
    reasons: list[DataError] = []
    for sample in dataset.samples:
        try:
            images.append(at_most(read_image(sample), LARGEST))
        except DataError as error:
            broken.append(sample)
            reasons.append(error)
    tell_left_out(reasons)
    return dataset.without(broken, BROKEN), images


def tell_left_out(reasons: Sequence[DataError]) -> None:
    """Log why the first of the pictures is left out, and how many more are."""
    if reasons:
        more = f", and so are {len(reasons) - 1} more" if len(reasons) > 1 else ""
        log.warning("%s (it is left out%s)", reasons[0], more)


def batched(crops: Iterable[Image], size: int) -> Iterator[list[Image]]:
    """Lists of up to `size` crops (`itertools.batched` needs Python 3.12)."""
    rest = iter(crops)
    while batch := list(islice(rest, size)):
        yield batch
