"""Labelled faces, cut out of their pictures as a network reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fer_video.engine.faces.evidence import Parts
from fer_video.engine.faces.expressions import Scores
from fer_video.engine.faces.face import Landmarks
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.network.feed import to_input
from fer_video.engine.parts.stage import parts_of, read_hidings
from fer_video.exporters.augment.warping import aligned_affine, warp
from fer_video.exporters.data.alignment import LandmarkFinder, find_landmarks
from fer_video.exporters.data.datasets import Image, Split
from fer_video.exporters.data.images import read_image
from fer_video.exporters.data.layouts.read import read_dataset

_FOUND_AT = 256
"""Longer side in pixels of the pictures in which landmarks are found, as for training."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A labelled face, as a network reads it."""

    crop: Image
    landmarks: Landmarks
    """In pixels of the crop."""
    label: str


def cut_faces(
    sets: Sequence[tuple[Path, str]], split: Split, count: int, classifier: Classifier
) -> list[Cut]:
    """Some faces of each label, as many of each as there are, in no particular order.

    Args:
        sets: path and layout of each data set.
        split: to take them from.
        count: about how many in all.
        classifier: that will read them.
    """
    rng, finder = np.random.default_rng(1), LandmarkFinder.load("detector", _FOUND_AT)
    samples = [s for path, layout in sets for s in read_dataset(path, layout).split(split).samples]
    labels = classifier.card.labels
    cuts: list[Cut] = []
    for label in labels:
        those = [sample for sample in samples if sample.label == label]
        chosen = [those[i] for i in rng.permutation(len(those))[: count // len(labels)]]
        pictures = [read_image(sample) for sample in chosen]
        found = zip(pictures, find_landmarks(pictures, finder.detector), strict=True)
        cuts += [_cut(p, points, label, classifier) for p, points in found if points is not None]
    return cuts


def read_cut(cut: Cut, classifier: Classifier) -> tuple[Scores, Parts]:
    """Scores of a face and what its parts say, as the engine reads it."""
    crop = to_input(cut.crop[None], classifier.card)
    seen = read_hidings(crop[0], cut.landmarks, classifier.split)
    scores = classifier(crop)[0]
    return scores, parts_of(seen, scores, classifier.card.labels)


def _cut(picture: Image, landmarks: Landmarks, label: str, classifier: Classifier) -> Cut:
    card = classifier.card
    side = card.input_height
    affine = aligned_affine(landmarks, side, card.crop_scale, card.crop_shift)
    points = np.linalg.solve(affine[:, :2], (landmarks - affine[:, 2]).T).T
    return Cut(warp(picture, affine, side), points.astype(np.float32), label)
