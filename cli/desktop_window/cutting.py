"""Cutting: the parts of a face as upright pictures, from the frame's own pixels."""

from typing import NamedTuple

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fer_video.engine.crop import crop_affine
from fer_video.engine.faces import Face
from fer_video.engine.frames import Frame
from fer_video.engine.picture import views

_MOST = 512
"""Pixels of the longer side to which a face is scaled down before its parts are cut."""
_INSIDE = 0.85
"""Size of an outline in that of the picture of the part."""
_TAGS = ("colorspace", "color_range", "color_primaries", "color_trc")


class _Region(NamedTuple):
    """A part in the upright face, in distances from eyes to mouth."""

    points: tuple[int, ...]
    """The landmarks whose middle it is placed by."""
    down: float
    """How far under that its own middle lies."""
    width: float
    """How wide it is; it is three quarters as high."""


_REGIONS = {
    "left_eye": _Region((1,), -0.1, 0.92),
    "right_eye": _Region((0,), -0.1, 0.92),
    "nose": _Region((2,), -0.08, 0.92),
    "mouth": _Region((3, 4), 0.05, 1.12),
}


def parts_of(frame: Frame, face: Face, size: tuple[int, int]) -> dict[str, Image.Image]:
    """The four parts of a face, turned upright and magnified.

    Args:
        frame: that shows it.
        face: with its landmarks; without them there are no parts.
        size: width and height of each picture, in pixels.

    Returns:
        RGB pictures by the names of `PARTS`.
    """
    if face.landmarks is None:
        return {}
    places = {name: _corners(face, region, frame.pixel_aspect) for name, region in _REGIONS.items()}
    picture, left, top, zoom = _around(frame, np.concatenate(list(places.values())))
    return {
        name: _turned(picture, (corners - (left, top)) * zoom, size)
        for name, corners in places.items()
    }


def outlines(face: Face, pixel_aspect: float = 1.0) -> dict[str, NDArray[np.float64]]:
    """The outline of each part, an ellipse: (24, 2) x and y in pixels of the frame, by its name."""
    if face.landmarks is None:
        return {}
    turns = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    circle = np.stack([np.cos(turns), np.sin(turns)], 1)
    found = {}
    for name, region in _REGIONS.items():
        corner, right, under = _corners(face, region, pixel_aspect)
        axes = np.stack([right - corner, under - corner]) / 2 * _INSIDE
        found[name] = (right + under) / 2 + circle @ axes
    return found


def _corners(face: Face, region: _Region, pixel_aspect: float) -> NDArray[np.float64]:
    """(3, 2): the upper left, upper right and lower left corner of a part, in frame pixels."""
    assert face.landmarks is not None
    across, down = crop_affine(face, 1, 1.0, 0.0, pixel_aspect)[:, :2].T.astype(float)
    middle = face.landmarks[list(region.points)].mean(0) + region.down * down
    right, under = across * region.width / 2, down * region.width * 3 / 8
    return np.array([middle - right - under, middle + right - under, middle - right + under])


def _around(frame: Frame, points: NDArray[np.float64]) -> tuple[Image.Image, int, int, float]:
    """What of the frame lies around points, as RGB: the picture, its corner, and its scale."""
    span = np.ptp(points, 0).max() / 2  # the fourth corners lie no farther out
    least, most = points.min(0) - span, points.max(0) + span
    left, top = (max(int(low) // 2 * 2, 0) for low in least)
    right = max(min(int(most[0]), frame.width), left + 2)
    bottom = max(min(int(most[1]), frame.height), top + 2)
    left, top = min(left, frame.width // 2 * 2 - 2), min(top, frame.height // 2 * 2 - 2)
    width, height = max(right - left, 2) // 2 * 2, max(bottom - top, 2) // 2 * 2
    zoom = min(_MOST / max(width, height), 1.0)
    part = _slice(frame, max(left, 0), max(top, 0), width, height)
    scaled = part.reformat(
        width=max(round(width * zoom), 1), height=max(round(height * zoom), 1), format="rgb24"
    )
    return Image.fromarray(scaled.to_ndarray()), max(left, 0), max(top, 0), zoom


def _slice(frame: Frame, left: int, top: int, width: int, height: int) -> av.VideoFrame:
    part = av.VideoFrame(width, height, "yuv420p")
    for plane, memory, step in zip(
        (frame.luma, frame.cb, frame.cr), views(part), (1, 2, 2), strict=True
    ):
        rows, columns = height // step, width // step
        piece = plane[top // step : top // step + rows, left // step : left // step + columns]
        memory[:rows, :columns] = np.pad(
            piece, ((0, rows - piece.shape[0]), (0, columns - piece.shape[1])), "edge"
        )
    for tag in _TAGS:
        setattr(part, tag, getattr(frame.picture, tag))
    return part


def _turned(
    picture: Image.Image, corners: NDArray[np.float64], size: tuple[int, int]
) -> Image.Image:
    corner, right, under = corners
    across, down = (right - corner) / size[0], (under - corner) / size[1]
    matrix = (across[0], down[0], corner[0], across[1], down[1], corner[1])
    return picture.transform(size, Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC)
