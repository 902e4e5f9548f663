"""How good a face detector is, on pictures and clips that were kept out of its training.

There are no hand-made labels here: the truth is what a larger detector is sure of, see
`teacher`. So these figures say how close a small detector comes to a large one.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fer_video.engine.detect.stage import Detector
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.frames import Plane
from fer_video.engine.options import DetectOptions, SessionOptions
from fer_video.exporters.detector.measures import (
    Figures,
    box_jitter,
    count_video,
    measure_agreement,
    milliseconds,
)
from fer_video.exporters.detector.pictures import Labelled
from fer_video.exporters.detector.teacher import LabelledPicture

SIZES = (416, 192)
"""Longer sides, in pixels, at which pictures are looked at: 192 for small faces."""

USUAL_SIZE = 320
"""Longer side, in pixels, at which the frames of clips are looked at."""

MOST_FALSE_POSITIVES = 0.0156
"""Most false positives on a held-out scene, in the mean: what one look of the teacher gives at its
usual score."""
MOST_FALSE_FRAMES = 0.005
"""Largest share of the frames of held-out clips without a face in which one may be found."""

USUAL_SCORE = 0.5
"""Score at which the reference is usually run."""

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
        reference: the one that labelled the pictures, for its speed, and for how far it is from
            its own labels, which are the mean of many looks, when it looks once.
        valid: the pictures held out, see `pictures`.
        clips: folder of the held-out clips.
    """
    figures: Figures = {}
    for size in SIZES:
        figures |= _agreement(load_detector(str(model), size), valid, size, "")
        once = load_detector(str(reference), size, USUAL_SCORE)
        figures |= _agreement(once, valid, size, f"{reference.stem} at {USUAL_SCORE}: ")
    detector = load_detector(str(model), USUAL_SIZE)
    figures |= _on_pictures(detector, valid) | _on_clips(detector, clips)
    stills = [valid[clip][0].luma for clip in PORTRAIT_CLIPS]
    figures["unsteadiness under noise"] = max(box_jitter(detector, luma) for luma in stills)
    ours, theirs = milliseconds([model, reference])
    return figures | {"ms at 320x192": ours, f"ms at 320x192, {reference.stem}": theirs}


def _agreement(detector: Detector, valid: Labelled, size: int, whose: str) -> Figures:
    """With the labels: of scenes, and of portraits and portrait clips the landmarks alone."""
    figures = measure_agreement(detector, scenes(valid), size).figures()
    close = [p for name in ("portraits", *PORTRAIT_CLIPS) for p in valid[name]]
    figures["portraits: landmark distance"] = measure_agreement(detector, close, size).figures()[
        "landmark distance"
    ]
    return {f"{size} px: {whose}{name}": value for name, value in figures.items()}


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
        counts = count_video(detector, folder / clip)
        figures[f"{clip}: frames with a face"] = counts.with_a_face / counts.frames
        figures[f"{clip}: frames with several"] = counts.with_several / counts.frames
    for clip in EMPTY_CLIPS:
        counts = count_video(detector, folder / clip)
        figures[f"{clip}: frames with a box"] = counts.with_a_face / counts.frames
    demo = count_video(detector, "demo")
    one = demo.with_a_face - demo.with_several
    return figures | {"demo: frames with exactly one face": one / demo.frames}


def choose_threshold(model: str, valid: Labelled) -> float:
    """The lowest score, in steps of 0.01, with few enough false positives (`MOST_FALSE_POSITIVES`,
    `MOST_FALSE_FRAMES`).

    Args:
        model: a name in the package or an .onnx file.
        valid: the pictures held out.

    Returns:
        At most 0.9, where none keeps to them.
    """
    empty = [p.luma for clip in EMPTY_CLIPS for p in valid[clip]]

    def careful(score: float) -> bool:
        false = measure_agreement(
            load_detector(model, SIZES[0], score), scenes(valid), SIZES[0]
        ).unmatched
        shown = 1 - _share_with(load_detector(model, USUAL_SIZE, score), empty, boxes=0)
        return false <= MOST_FALSE_POSITIVES * len(scenes(valid)) and shown <= MOST_FALSE_FRAMES

    scores = [step / 100 for step in range(30, 91)]
    return next((score for score in scores if careful(score)), scores[-1])


def scenes(valid: Labelled) -> list[LabelledPicture]:
    """The held-out pictures that show faces in their surroundings."""
    return [p for name in ("work", "web", "room", "stills") for p in valid[name]]
