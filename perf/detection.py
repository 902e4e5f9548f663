"""What it costs to look for smaller faces, on this machine, in pictures of one size."""

from dataclasses import replace
from statistics import median
from time import perf_counter

import numpy as np

from fer_video.engine.assembly.networks import load_detector
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.frames.frame import Plane
from fer_video.engine.options.engine import EngineOptions

MIN_FACES = (96, 64, 48, 32, 24)
"""Heights of the smallest faces in pixels that are tried; the cheapest first."""
_ROUNDS = 5


def detection_ms(options: EngineOptions, width: int, height: int) -> dict[int, float]:
    """Milliseconds to look at one picture, by the height of the smallest faces to find.

    Args:
        options: which detector, in which precision, and where it runs; sizes of faces are tried.
        width: of the picture, in pixels; what it shows makes next to no difference.
        height: of the picture.

    Raises:
        ModelError: the file is no face detector.
    """
    luma = np.zeros((height, width), np.uint8)
    detectors = {
        size: load_detector(
            replace(options, detect=replace(options.detect, min_face=size, size=None))
        )
        for size in MIN_FACES
    }
    return {size: median(_times(detector, luma)) * 1e3 for size, detector in detectors.items()}


def _times(detector: YuNetDetector, luma: Plane) -> list[float]:
    times = []
    for _ in range(_ROUNDS + 1):
        start = perf_counter()
        detector(luma, full_range=True)
        times.append(perf_counter() - start)
    return times[1:]  # the first one makes room
