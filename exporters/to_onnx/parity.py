"""Keras against ONNX Runtime, on the same faces: an export that differs is not written."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from matplotlib.cbook import get_sample_data
from numpy.typing import NDArray

from fer_video.engine.errors import DataError, ModelError
from fer_video.engine.faces.face import Landmarks
from fer_video.exporters.augment.augmentation import CAMERA, Augmenter, FaceImage
from fer_video.exporters.augment.faces import normalise
from fer_video.exporters.data.archive import PICTURES
from fer_video.exporters.data.datasets import Image
from fer_video.exporters.data.images import decode, resize

TOLERANCE = 1e-4
"""Largest difference of one score that an export may show."""

_PORTRAIT = np.array([[225, 190], [308, 189], [264, 234], [230, 271], [303, 271]], np.float32)
"""Landmarks of the portrait that matplotlib ships: eyes, nose, mouth corners."""


def portrait() -> tuple[Image, Landmarks]:
    """The portrait that matplotlib ships, (600, 512, 3) uint8, RGB, and where its face is."""
    file = Path(str(get_sample_data("grace_hopper.jpg", asfileobj=False)))
    return decode(file, file.name), _PORTRAIT


def portrait_crops(side: int, count: int = 16) -> list[Image]:
    """The portrait's face, as cameras of many kinds would show it.

    Returns:
        `count` times (side, side, 3) uint8, RGB, always the same.
    """
    face = FaceImage(*portrait())
    augment = Augmenter(replace(CAMERA, aligned=1.0), side, crop_scale=2.8, crop_shift=-0.15)
    rng = np.random.default_rng(0)
    return [augment(face, rng) for _ in range(count)]


def crops_in(folder: Path, side: int) -> list[Image]:
    """Every picture below a folder, resized to a crop.

    Raises:
        DataError: there is none, or one cannot be decoded.
    """
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)
    if not files:
        raise DataError(f"{folder}: no picture in it; give a folder of face images with --crops")
    return [resize(decode(file, str(file)), side) for file in files]


@dataclass(frozen=True, slots=True)
class Parity:
    """How far two runtimes are apart."""

    images: int
    """How many crops both were run on."""
    difference: float
    """Largest absolute difference of any score."""
    changed_labels: int
    """How many crops the two give different labels."""


def measure_parity(network: Callable[[Any], Any], onnx_file: bytes, crops: list[Image]) -> Parity:
    """Run both on the same crops.

    Args:
        network: the Keras model, (n, H, W, 3) float32 in [-1, 1] to (n, labels).
        onnx_file: the export, (n, 3, H, W) float32 to (n, labels).
        crops: each (H, W, 3) uint8, RGB.
    """
    batch = normalise(np.stack(crops))
    expected = np.asarray(network(batch), np.float32)
    session = ort.InferenceSession(onnx_file, providers=["CPUExecutionProvider"])
    planes = np.ascontiguousarray(batch.transpose(0, 3, 1, 2))
    found: NDArray[np.float32] = session.run(None, {session.get_inputs()[0].name: planes})[0]
    changed = int((expected.argmax(axis=1) != found.argmax(axis=1)).sum())
    return Parity(len(crops), float(np.abs(expected - found).max()), changed)


def check_parity(parity: Parity, name: str) -> None:
    """Refuse an export that is not the same network.

    Raises:
        ModelError: a score differs by more than `TOLERANCE`, or a label changed.
    """
    if parity.difference > TOLERANCE or parity.changed_labels or not np.isfinite(parity.difference):
        raise ModelError(
            f"{name}: not written, the export differs from Keras by up to {parity.difference:.2g} "
            f"(at most {TOLERANCE:.0e} is accepted) and in {parity.changed_labels} of "
            f"{parity.images} labels; check the versions of tf2onnx and tensorflow"
        )
