"""Hard negatives: the pictures without a face in which a half-trained detector sees one."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import keras

from fer_video.engine.detect.stage import Detector
from fer_video.exporters.detector.evaluation import load_detector
from fer_video.exporters.detector.export import detector_card, detector_to_onnx
from fer_video.exporters.detector.teacher import LabelledPicture
from fer_video.exporters.to_onnx.file import write

SIZES = (128, 224, 320)
"""Longer sides, in pixels, at which to look."""

SCORE = 0.45
"""From which a face is one too many."""


def mistaken(network: keras.Model, pictures: Sequence[LabelledPicture]) -> list[LabelledPicture]:
    """Those of the pictures, none of which shows a face for sure, where the detector finds one.

    Args:
        network: of `face_detector`, as far as it is trained.
        pictures: where a face is found in a doubtful place, that is no mistake.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "detector.onnx"
        write(detector_to_onnx(network), detector_card({"recipe": {}}, {}), path)
        detectors = [load_detector(str(path), size, SCORE) for size in SIZES]
    return [p for p in pictures if any(_is_mistaken(detector, p) for detector in detectors)]


def _is_mistaken(detector: Detector, picture: LabelledPicture) -> bool:
    doubtful = [face.box for face in picture.doubtful]
    found = detector(picture.luma, full_range=True)
    return any(all(face.box.iou(box) < 0.3 for box in doubtful) for face in found)
