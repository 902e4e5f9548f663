"""Cutting: the parts of a face as upright pictures, from the frame's own pixels."""

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fer_video.cli.desktop_window.widgets.scaler import Scaler
from fer_video.engine.faces.face import Face
from fer_video.engine.faces.regions import Place, places
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.picture import COLOUR_TAGS, views

_MOST = 512
"""Pixels of the longer side to which a face is scaled down before its parts are cut."""
_MARGIN = 0.95
"""Size of the picture of a part in that of the part."""
_scale = Scaler()


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
    found = {
        name: _corners(place, size[0] / size[1], frame.pixel_aspect)
        for name, place in _places(face, frame.pixel_aspect).items()
    }
    picture, left, top, zoom = _around(frame, np.concatenate(list(found.values())))
    return {
        name: _turned(picture, (corners - (left, top)) * zoom, size)
        for name, corners in found.items()
    }


def outlines(face: Face, pixel_aspect: float) -> dict[str, NDArray[np.float64]]:
    """The outline of each part, an ellipse: (24, 2) x and y in pixels of the frame, by its name.

    Args:
        face: with its landmarks; without them there are no parts.
        pixel_aspect: of the frame, see `Frame`.
    """
    turns = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    circle = np.stack([np.cos(turns), np.sin(turns)], 1)
    found = {}
    for name, place in _places(face, pixel_aspect).items():
        along, down = _axes(place)
        points = circle @ np.stack([along * place.across, down * place.down])
        found[name] = (points + np.array([place.x, place.y])) / (pixel_aspect, 1)
    return found


def _places(face: Face, pixel_aspect: float) -> dict[str, Place]:
    """Of the parts, in square pixels."""
    if face.landmarks is None:
        return {}
    return places(face.landmarks * np.array([pixel_aspect, 1], np.float32))


def _axes(place: Place) -> NDArray[np.float64]:
    """(2, 2): unit vectors along the eyes, and down across them."""
    return np.array([[place.cos, place.sin], [-place.sin, place.cos]])


def _corners(place: Place, shape: float, pixel_aspect: float) -> NDArray[np.float64]:
    """Where the picture of a part lies in the frame; `shape` is its width over its height.

    Returns:
        (4, 2): the upper left, upper right, lower left and lower right corner, in frame pixels.
    """
    half = max(place.across, place.down * shape) * _MARGIN
    along, down = _axes(place) * np.array([[half], [half / shape]])
    middle = np.array([place.x, place.y])
    signs = ((-1, -1), (1, -1), (-1, 1), (1, 1))
    return np.array([middle + x * along + y * down for x, y in signs]) / (pixel_aspect, 1)


def _around(frame: Frame, points: NDArray[np.float64]) -> tuple[Image.Image, int, int, float]:
    """What of the frame lies around points, as RGB: the picture, its corner, and its scale."""
    least, most = points.min(0), points.max(0)
    left, top = (max(int(low) // 2 * 2, 0) for low in least)
    right = max(min(int(most[0]), frame.width), left + 2)
    bottom = max(min(int(most[1]), frame.height), top + 2)
    left, top = min(left, frame.width // 2 * 2 - 2), min(top, frame.height // 2 * 2 - 2)
    width, height = max(right - left, 2) // 2 * 2, max(bottom - top, 2) // 2 * 2
    zoom = min(_MOST / max(width, height), 1.0)
    part = _slice(frame, max(left, 0), max(top, 0), width, height)
    scaled = _scale(part, max(round(width * zoom) // 2 * 2, 1), max(round(height * zoom), 1))
    return scaled, max(left, 0), max(top, 0), zoom


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
    for tag in COLOUR_TAGS:
        setattr(part, tag, getattr(frame.picture, tag))
    return part


def _turned(
    picture: Image.Image, corners: NDArray[np.float64], size: tuple[int, int]
) -> Image.Image:
    corner, right, under, _ = corners
    across, down = (right - corner) / size[0], (under - corner) / size[1]
    matrix = (across[0], down[0], corner[0], across[1], down[1], corner[1])
    return picture.transform(size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
