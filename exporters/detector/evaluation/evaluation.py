"""How good a face detector is, on pictures and clips that were kept out of its training.

There are no hand-made labels here: the truth is what a larger detector is sure of, see
`teacher`. So these figures say how close a small detector comes to a large one.
"""

from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fer_video.engine.detect.stage import Detector
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.errors import DataError
from fer_video.engine.frames.frame import Plane
from fer_video.engine.options.detect import DetectOptions
from fer_video.engine.options.session import SessionOptions
from fer_video.exporters.detector.data.sources import read_video
from fer_video.exporters.detector.data.teacher import LabelledPicture
from fer_video.exporters.detector.evaluation.crowds import SIDE, crowds
from fer_video.exporters.detector.evaluation.measures import (
    Figures,
    box_jitter,
    count_video,
    measure_agreement,
    milliseconds,
)
from fer_video.exporters.detector.pictures import Labelled, pictures_of, videos_of

SIZES = (416, 192)
"""Longer sides, in pixels, at which pictures are looked at: 192 for small faces."""

USUAL_SIZE = 320
"""Longer side, in pixels, at which the frames of clips are looked at."""

MOST_FALSE_FRAMES = 0.005
"""Largest share of the frames of held-out clips without a face in which one may be found, and of
those of each with one person in which another may."""

USUAL_SCORE = 0.5
"""Score at which the reference is usually run."""


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


def evaluate_detector(model: Path, reference: Path, valid: Labelled) -> Figures:
    """All figures on the held-out part, by name; those that it has no pictures for are left out.

    Args:
        model: the detector.
        reference: the one that labelled the pictures, for its speed, and for how far it is from
            its own labels, which are the mean of many looks, when it looks once.
        valid: the pictures held out, see `pictures`.

    """
    figures: Figures = {}
    once_name = f"{reference.stem} at {USUAL_SCORE}: "
    for size in SIZES:
        figures |= _agreement(load_detector(str(model), size), valid, size, "")
        once = load_detector(str(reference), size, USUAL_SCORE)
        figures |= _agreement(once, valid, size, once_name)
    shown = crowds(valid)
    for file, score, whose in ((model, None, ""), (reference, USUAL_SCORE, once_name)):
        figures |= _on_crowds(load_detector(str(file), SIDE, score), shown, whose)
    detector = load_detector(str(model), USUAL_SIZE)
    figures |= _on_pictures(detector, valid) | _on_videos(detector, valid)
    ours, theirs = milliseconds([model, reference])
    return figures | {"ms at 320x192": ours, f"ms at 320x192, {reference.stem}": theirs}


def _agreement(detector: Detector, valid: Labelled, size: int, whose: str) -> Figures:
    """With the labels: of scenes, and of portraits, their videos included, the landmarks alone."""
    seen = scenes(valid)
    figures = measure_agreement(detector, seen, size).figures() if seen else {}
    close = measure_agreement(detector, pictures_of(valid, "portraits"), size)
    figures["portraits: landmark distance"] = close.figures()["landmark distance"]
    known = {name: value for name, value in figures.items() if not np.isnan(value)}
    return {f"{size} px: {whose}{name}": value for name, value in known.items()}


def _on_crowds(detector: Detector, shown: Sequence[LabelledPicture], whose: str) -> Figures:
    """What is found and invented in crowds; of landmarks of such small faces nothing is known."""
    figures = measure_agreement(detector, shown, SIDE).figures() if shown else {}
    figures.pop("landmark distance", None)
    return {f"crowds at {SIDE} px: {whose}{name}": value for name, value in figures.items()}


def _on_pictures(detector: Detector, valid: Labelled) -> Figures:
    negatives, portraits = (
        pictures_of(valid, role, videos=False) for role in ("negatives", "portraits")
    )
    empty = [p.luma for p in negatives if not p.faces]
    single = [p.luma for p in portraits if len(p.faces) == 1]
    figures: Figures = {}
    if empty:
        share = _share_with(detector, empty, boxes=0)
        figures["pictures without a face: share with a box"] = 1 - share
    if single:
        share = _share_with(detector, single, boxes=1)
        figures["portraits: share with exactly one box"] = share
    return figures


def _share_with(detector: Detector, lumas: Sequence[Plane], boxes: int) -> float:
    return float(np.mean([len(detector(luma, full_range=True)) == boxes for luma in lumas]))


def _on_videos(detector: Detector, valid: Labelled) -> Figures:
    figures: Figures = {}
    portraits = videos_of(valid, "portraits")
    for video in portraits:
        counts = count_video(detector, video)
        figures[f"{video.name}: frames with a face"] = counts.with_a_face / counts.frames
        figures[f"{video.name}: frames with several"] = counts.with_several / counts.frames
    for video in videos_of(valid, "negatives"):
        counts = count_video(detector, video)
        figures[f"{video.name}: frames with a box"] = counts.with_a_face / counts.frames
    if portraits:
        stills = [next(read_video(video)) for video in portraits]
        jitter = max(box_jitter(detector, luma) for luma in stills)
        figures["unsteadiness under noise"] = jitter
    demo = count_video(detector, "demo")
    one = demo.with_a_face - demo.with_several
    return figures | {"demo: frames with exactly one face": one / demo.frames}


def check_held_out(valid: Labelled) -> None:
    """Refuse to train what could not be measured afterwards.

    Raises:
        DataError: nothing is held out that shows what a detector finds and what it invents.
    """
    for role in ("scenes", "negatives"):
        if not pictures_of(valid, role):
            raise DataError(
                f"no {role} are held out, by which the threshold is chosen; set held_out of such a "
                "collection, or add one"
            )


def choose_threshold(model: str, reference: str, valid: Labelled) -> float:
    """The lowest score, in steps of 0.01, with few enough false positives: in crowds no more than
    one look of the reference gives at its usual score, and no more than `MOST_FALSE_FRAMES`, those
    of each video of one person that show another face among them.

    Args:
        model: a name in the package or an .onnx file.
        reference: another one, which labelled the pictures.
        valid: the pictures held out; without pictures of no face, scenes count as crowds; without
            videos of none, such pictures count as frames.

    Returns:
        At most 0.9, where none keeps to them.
    """
    empty = pictures_of(valid, "negatives", videos=True)
    empty = empty or [p for p in pictures_of(valid, "negatives") if not p.faces]
    shown = crowds(valid)
    pictures, size = (shown, SIDE) if shown else (scenes(valid), SIZES[0])

    def false_positives(file: str, score: float) -> int:
        return measure_agreement(load_detector(file, size, score), pictures, size).unmatched

    most = false_positives(reference, USUAL_SCORE)

    def acceptable(score: float) -> bool:
        detector = load_detector(model, USUAL_SIZE, score)
        frames = sum(len(detector(p.luma, full_range=True)) > 0 for p in empty)
        if frames > MOST_FALSE_FRAMES * len(empty) or false_positives(model, score) > most:
            return False
        counts = (count_video(detector, video) for video in videos_of(valid, "portraits"))
        return all(each.with_several <= MOST_FALSE_FRAMES * each.frames for each in counts)

    scores = [step / 100 for step in range(30, 90)]
    return [*scores, 0.9][bisect_left(scores, True, key=acceptable)]


def scenes(valid: Labelled) -> list[LabelledPicture]:
    """The held-out pictures that show faces in their surroundings."""
    return pictures_of(valid, "scenes")
