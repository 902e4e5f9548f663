"""Hard negatives: the pictures without a face in which a half-trained detector sees one."""

from collections.abc import Sequence

import keras

from fer_video.engine.detect.stage import Detector
from fer_video.exporters.detector.data.teacher import LabelledPicture
from fer_video.exporters.detector.evaluation.evaluation import load_detector
from fer_video.exporters.detector.network.export import draft

SIZES = (128, 224, 320)
"""Longer sides, in pixels, at which the half-trained detector looks."""

SCORE = 0.45
"""Score from which a face in a picture without one is a false positive."""


IGNORED_IOU = 0.3
"""Intersection over union from which a face lies in an ignore region, and is no false positive."""


def hard_negatives(network: keras.Model, pictures: Sequence[LabelledPicture]) -> list[int]:
    """Places of those without a face in which a half-trained detector finds one.

    Args:
        network: of `face_detector`, as far as it is trained.
        pictures: without a face; one that is found in an ignore region does not count.
    """
    with draft(network) as file:
        detectors = [load_detector(file, size, SCORE) for size in SIZES]
    return with_false_positives(detectors, pictures)


def with_false_positives(
    detectors: Sequence[Detector], pictures: Sequence[LabelledPicture]
) -> list[int]:
    """Places of pictures in which a detector finds a face outside of the ignore regions."""
    return [
        place
        for place, picture in enumerate(pictures)
        if any(_has_false_positive(detector, picture) for detector in detectors)
    ]


def _has_false_positive(detector: Detector, picture: LabelledPicture) -> bool:
    ignored = [face.box for face in picture.ignored]
    found = detector(picture.luma, full_range=True)
    return any(all(face.box.iou(box) < IGNORED_IOU for box in ignored) for face in found)
