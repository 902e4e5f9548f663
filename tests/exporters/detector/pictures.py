"""Pictures and teachers that the face detector's offline side is tested with."""

from pathlib import Path

import cv2
import numpy as np

from fer_video.engine.faces.face import Box, Face
from fer_video.engine.frames.frame import Plane
from fer_video.exporters.detector.data.dataset import Collection, Role
from fer_video.exporters.detector.data.teacher import LabelledPicture
from fer_video.exporters.detector.pictures import LabelledCollection


def portrait(size: int = 120) -> LabelledPicture:
    """A pale oval with two dark eyes and a mouth on a textured ground, and where they are."""
    rng = np.random.default_rng(3)
    luma = rng.integers(60, 120, (size, size)).astype(np.uint8)
    middle, width = size // 2, size // 2
    cv2.ellipse(luma, (middle, middle), (width // 2, int(width * 0.65)), 0, 0, 360, 210, -1)
    eyes_mouth = [(-0.2, -0.15), (0.2, -0.15), (0.0, 0.05), (-0.15, 0.3), (0.15, 0.3)]
    points = np.array([[middle + x * width, middle + y * width] for x, y in eyes_mouth], np.float32)
    for x, y in points.round().astype(int):
        cv2.circle(luma, (int(x), int(y)), 3, 20, -1)
    box = Box(middle - width / 2, middle - 0.65 * width, width, 1.3 * width)
    return LabelledPicture(luma, (Face(box, 0.9, points),))


def spots(shape: tuple[int, int], *places: tuple[int, int, int, int]) -> Plane:
    """A black picture with squares: left, top, side and grey level of each."""
    luma = np.zeros(shape, np.uint8)
    for left, top, side, level in places:
        luma[top : top + side, left : left + side] = level
    return luma


class Spots:
    """Calls every bright spot a face, as sure as it is bright; counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(
        self, luma: Plane, *, full_range: bool, pixel_aspect: float = 1.0
    ) -> tuple[Face, ...]:
        assert full_range
        assert pixel_aspect == 1
        self.asked += 1
        _, _, stats, _ = cv2.connectedComponentsWithStats((luma > 60).astype(np.uint8))
        return tuple(
            Face(Box(*map(float, (x, y, w, h))), float(luma[y + h // 2, x + w // 2]) / 255,
                 np.full((5, 2), [x + w / 2, y + h / 2], np.float32))
            for x, y, w, h, _ in stats[1:]
        )  # fmt: skip


def labelled(role: Role, *pictures: LabelledPicture, video: str = "") -> LabelledCollection:
    """A collection of that role, as `label_part` gives it, perhaps of frames of a video."""
    collection = Collection(f"made {role}", Path("made"), role)
    return LabelledCollection(collection, pictures, (Path(video),) if video else ())
