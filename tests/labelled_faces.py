"""Pictures and folders of classes that the offline side's tests are made from."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_video.engine.expressions import EXPRESSIONS


def picture(seed: int, side: int = 48) -> NDArray[np.uint8]:
    """(side, side, 3) uint8, RGB: noise that no other seed gives."""
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)


def save(path: Path, seed: int, side: int = 48) -> Path:
    """Write `picture(seed)`, folders included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), picture(seed, side)[..., ::-1])
    return path


def save_classes(folder: Path, per_class: int) -> Path:
    """folder/<expression>/<n>.png, all different."""
    for number, expression in enumerate(EXPRESSIONS):
        for i in range(per_class):
            save(folder / expression / f"{i}.png", seed=100 * number + i)
    return folder
