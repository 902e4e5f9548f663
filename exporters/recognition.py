"""What a finished network reads on labelled faces: as they are, or through the whole engine."""

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_video.engine.build import open_pipeline
from fer_video.engine.infer import Classifier
from fer_video.engine.models import ModelCard
from fer_video.engine.options import EngineOptions
from fer_video.exporters.batches import batched
from fer_video.exporters.datasets import Image, resize

Scores: TypeAlias = NDArray[np.float32]
"""(5,) that sum to 1."""

_BATCH = 128


def read_crops(classifier: Classifier, images: Iterable[Image]) -> list[Scores]:
    """Feed each image as if it were the engine's crop.

    Args:
        classifier: of the engine.
        images: each (H, W, 3) uint8, RGB, of one face.
    """
    crops = (resize(image, classifier.card.input_height) for image in images)
    batches = (to_input(np.stack(batch), classifier.card) for batch in batched(crops, _BATCH))
    return [scores for batch in batches for scores in classifier(batch)]


def to_input(crops: NDArray[np.uint8], card: ModelCard) -> NDArray[np.float32]:
    """Crops as the card says that its network reads them.

    Args:
        crops: (n, side, side, 3) uint8, RGB.
        card: the network's.

    Returns:
        (n, 3, side, side) or (n, side, side, 3) float32.
    """
    if card.colour == "BGR":
        crops = crops[..., ::-1]
    batch = (crops.astype(np.float32) - np.float32(card.mean)) * np.float32(card.scale)
    return np.ascontiguousarray(batch.transpose(0, 3, 1, 2) if card.layout == "NCHW" else batch)


def read_pictures(options: EngineOptions, images: Sequence[Image]) -> list[Scores | None]:
    """Feed each image to the engine: detector, crop and network.

    Args:
        options: of the engine.
        images: each (H, W, 3) uint8, RGB.

    Returns:
        The scores of each image's largest face; None where none was found.
    """
    found: list[Scores | None] = [None] * len(images)
    with tempfile.TemporaryDirectory() as folder:
        files = [_write(image, Path(folder) / f"{i}.png") for i, image in enumerate(images)]
        with open_pipeline(files, options) as pipeline:
            for result in pipeline:
                largest = max(result.readings, key=lambda r: r.face.box.area, default=None)
                found[result.frame.index] = None if largest is None else largest.scores
    return found


def _write(image: Image, path: Path) -> Path:
    cv2.imwrite(str(path), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    return path
