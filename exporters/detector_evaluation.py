"""How good a face detector is, on pictures and clips that were kept out of its training.

There are no hand-made labels here: the truth is what a larger detector is sure of, see
`detector_teacher`. So these figures say how close a small detector comes to a large one.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fer_video.engine.detect import Detector, YuNetDetector
from fer_video.engine.frames import Plane
from fer_video.engine.options import DetectOptions, SessionOptions
from fer_video.exporters.detector_material import Labelled
from fer_video.exporters.detector_measures import (
    Figures,
    agree,
    count_clip,
    race,
    unsteadiness,
)
from fer_video.exporters.detector_teacher import LabelledPicture

SIZES = (416, 192)
"""Longer sides, in pixels, at which pictures are looked at: 192 for small faces."""

USUAL_SIZE = 320
"""The same for clips."""

PORTRAIT_CLIPS = ("portrait_d13.mp4", "portrait_d19.mp4", "portrait_s18.mp4")
EMPTY_CLIPS = ("bottles_no_face.mp4", "cartoon_no_face.mp4")


def load_detector(model: str, size: int, threshold: float | None = None) -> YuNetDetector:
    """The engine's detector, on the CPU, one thread.

    Args:
        model: a name in the package or an .onnx file.
        size: longer side, in pixels, of the picture that the network sees.
        threshold: None for the card's.

    Raises:
        ModelError: it is no YuNet-style detector.
    """
    options = DetectOptions(model=model, size=size, threshold=threshold)
    return YuNetDetector(options, SessionOptions(provider="cpu"))


def evaluate_detector(model: Path, reference: Path, valid: Labelled, clips: Path) -> Figures:
    """All figures on the held-out part, by name.

    Args:
        model: the detector.
        reference: another, for the speed.
        valid: the pictures held out, see `detector_material`.
        clips: folder of the held-out clips.
    """
    figures: Figures = {}
    for size in SIZES:
        agreement = agree(load_detector(str(model), size), scenes(valid), size)
        figures |= {f"{size} px: {name}": v for name, v in agreement.figures().items()}
    detector = load_detector(str(model), USUAL_SIZE)
    figures |= _on_pictures(detector, valid) | _on_clips(detector, clips)
    stills = [valid[clip][0].luma for clip in PORTRAIT_CLIPS]
    figures["unsteadiness under noise"] = max(unsteadiness(detector, luma) for luma in stills)
    ours, theirs = race([model, reference])
    return figures | {"ms at 320x192": ours, f"ms at 320x192, {reference.stem}": theirs}


def _on_pictures(detector: Detector, valid: Labelled) -> Figures:
    empty = [p.luma for p in valid["no_faces"] if not p.faces]
    portraits = [p.luma for p in valid["portraits"] if len(p.faces) == 1]
    return {
        "pictures without a face: share with a box": 1 - _share_with(detector, empty, boxes=0),
        "portraits: share with exactly one box": _share_with(detector, portraits, boxes=1),
    }


def _share_with(detector: Detector, lumas: Sequence[Plane], boxes: int) -> float:
    return float(np.mean([len(detector(luma, full_range=True)) == boxes for luma in lumas]))


def _on_clips(detector: Detector, folder: Path) -> Figures:
    figures: Figures = {}
    for clip in PORTRAIT_CLIPS:
        counts = count_clip(detector, folder / clip)
        figures[f"{clip}: frames with a face"] = counts.with_a_face / counts.frames
        figures[f"{clip}: frames with several"] = counts.with_several / counts.frames
    for clip in EMPTY_CLIPS:
        counts = count_clip(detector, folder / clip)
        figures[f"{clip}: frames with a box"] = counts.with_a_face / counts.frames
    demo = count_clip(detector, "demo")
    one = demo.with_a_face - demo.with_several
    return figures | {"demo: frames with exactly one face": one / demo.frames}


def choose_threshold(model: str, valid: Labelled) -> float:
    """The score, in steps of 0.05, with the best balance (F1) of faces found and boxes invented.

    Args:
        model: a name in the package or an .onnx file.
        valid: the pictures held out.
    """
    size, pictures = SIZES[0], scenes(valid)

    def balance(threshold: float) -> float:
        agreement = agree(load_detector(model, size, threshold), pictures, size)
        found, faces = sum(agreement.found.values()), sum(agreement.faces.values())
        return 2 * found / max(found + agreement.unmatched + faces, 1)

    return max((round(0.05 * step, 2) for step in range(6, 19)), key=balance)


def scenes(valid: Labelled) -> list[LabelledPicture]:
    """The held-out pictures that show faces in their surroundings."""
    return [p for name in ("work", "web", "room", "stills") for p in valid[name]]
