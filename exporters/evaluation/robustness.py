"""Where a recogniser breaks: its accuracy on the same faces, framed and taken in other ways."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np

from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.engine.network.classifier import Classifier
from fer_video.exporters.augment.degradation import to_gray
from fer_video.exporters.augment.warping import plain_affine, warp
from fer_video.exporters.data.datasets import Image
from fer_video.exporters.evaluation.matching import match_labels
from fer_video.exporters.evaluation.recognition import classify_crops

Condition: TypeAlias = Callable[[Image], Image]
"""Function from an image as its data set frames it to a crop."""


@dataclass(frozen=True, slots=True)
class Framing:
    """How a crop differs from the whole image."""

    zoom: float = 1.0
    """Side of the crop, in sides of the image: below 1 is tighter."""
    turn: float = 0.0
    """Rotation of the crop, in degrees."""
    shift: float = 0.0
    """Shift of the crop to the right, in its sides."""

    def __call__(self, image: Image) -> Image:
        """Cut (180, 180, 3) uint8; the border is repeated where the crop leaves the image."""
        side, middle = 180, 179 / 2
        turn = cv2.getRotationMatrix2D((middle, middle), self.turn, self.zoom)
        turn[0, 2] += self.shift * side
        affine = plain_affine(image.shape, side) @ np.vstack([turn, [0.0, 0.0, 1.0]])
        return warp(image, affine.astype(np.float32), side)


def _unchanged(image: Image) -> Image:
    return image


def _gray(image: Image) -> Image:
    return to_gray(image, np.random.default_rng())  # which draws nothing


def _small(image: Image) -> Image:
    return np.asarray(cv2.resize(image, (24, 24), interpolation=cv2.INTER_AREA))


def _blurred(image: Image) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), image.shape[0] / 40))


def _dark(image: Image) -> Image:
    return np.asarray(image * 0.25, np.uint8)


def _half_covered(image: Image) -> Image:
    covered = image.copy()
    covered[round(0.6 * image.shape[0]) :] = 128
    return covered


CONDITIONS: Mapping[str, Condition] = {
    "as it is": _unchanged,
    "gray": _gray,
    "tight crop (0.75)": Framing(zoom=0.75),
    "loose crop (1.35)": Framing(zoom=1.35),
    "turned by 20 degrees": Framing(turn=20.0),
    "shifted by 12 %": Framing(shift=0.12),
    "24 pixels": _small,
    "blurred": _blurred,
    "a quarter of the light": _dark,
    "mouth covered": _half_covered,
}


def stress(
    classifier: Classifier,
    images: Sequence[Image],
    labels: Sequence[int],
    shown: Sequence[str] = EXPRESSIONS,
) -> dict[str, float]:
    """Accuracy under every condition.

    Args:
        classifier: of the engine.
        images: each (H, W, 3) uint8, RGB, of one face.
        labels: of the images, index into `shown`; those of labels that the network does not have
            are left out, see `matching`.
        shown: labels of the data, see `Dataset.labels`.

    Returns:
        By the names of `CONDITIONS`, 0..1.
    """
    match = match_labels(classifier.card.labels, shown)
    kept = [(image, i) for image, i in zip(images, labels, strict=True) if i in match.places]
    truth, accuracies = np.array([i for _, i in kept]), {}
    for name, condition in CONDITIONS.items():
        scores = classify_crops(classifier, (condition(image) for image, _ in kept))
        accuracies[name] = float(np.mean(match.read(np.stack(scores)) == truth))
    return accuracies
