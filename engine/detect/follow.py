"""Faces read adaptively: found by the detector now and then, and followed in between.

Detecting and reading cost most of what a frame costs, and most frames show what the last one did.
A face is laid on how it looked when it was found (`kernels/follow.py`); while all fit, their places
are known and their scores hold.
"""

from dataclasses import dataclass, replace
from math import hypot

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.detect.cut import SceneCut
from fer_video.engine.detect.kernels.follow import difference, follow, motions
from fer_video.engine.detect.track import Tracker
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.faces.crop import crop_affine
from fer_video.engine.faces.face import Box, Face
from fer_video.engine.frames.frame import ROUNDED, Frame, Plane
from fer_video.engine.frames.handovers import DetectedFrame
from fer_video.engine.kernels.view import view
from fer_video.engine.network.card import ModelCard

_SIDE, _CELL = 48, 3
"""Sides of a face's view and of the cells in which views are compared, in pixels of the view: a
mouth's corner or an eyelid changes one cell."""
_CHANGE = 10.0
"""Grey levels by which a cell must differ for the faces to be found and read again."""
_SECONDS = 0.2 - ROUNDED
"""Time after which a face is read again though nothing changed."""

_Matrix = NDArray[np.float32]


@dataclass(slots=True)
class _Seen:
    """A face as the detector found it last, and where it is by now."""

    face: Face
    """The face as the detector gave it."""
    found: _Matrix
    """(2, 3) map from pixels of the view to those of the frame in which the face was found."""
    now: _Matrix
    """(2, 3) map from pixels of the view to those of the newest frame."""
    template: NDArray[np.float32]
    """(48, 48) view of the face when it was found, on which later frames are laid."""
    images: NDArray[np.float32]
    """How the view changes with each small motion, see `motions`."""
    inverse: NDArray[np.float64]
    """Inverse of the products of these changes, see `motions`."""
    read: NDArray[np.float32]
    """(48, 48) view of the face when its expression was read last."""
    time: float
    """Seconds in the video at which the expression was read last."""


class DetectFollow:
    """The stage, for one film."""

    def __init__(self, detector: YuNetDetector, tracker: Tracker, card: ModelCard) -> None:
        """Begin before the first frame.

        Args:
            detector: of faces.
            tracker: gives the faces their identities.
            card: of the classifier; the part of a face that it sees is the part that is compared.
        """
        self._detector, self._tracker, self._card = detector, tracker, card
        self._cut = SceneCut()
        self._seen: dict[int, _Seen] = {}

    def __call__(self, frame: Frame) -> DetectedFrame:
        """Follow the faces, or find and name them."""
        picture = self._detector.scaled(
            frame.luma, full_range=frame.colour.full_range, pixel_aspect=frame.pixel_aspect
        )
        cut = self._cut(frame.luma)
        if not cut and self._followed(picture, frame):
            faces = tuple(_moved(seen) for seen in self._seen.values())
            return DetectedFrame(frame, faces, frozenset(self._seen))
        if cut:
            self._tracker.forget()
        found = self._detector.find(picture, frame.luma.shape)
        return self._look(picture, frame, self._tracker(found, frame.time))

    def _followed(self, picture: Plane, frame: Frame) -> bool:
        """Move all faces to where they are now; False if one is gone or looks different."""
        lately = (0 <= frame.time - seen.time < _SECONDS for seen in self._seen.values())
        if not self._seen or not all(lately):
            return False
        sizes, now = _sizes(picture, frame), np.empty((_SIDE, _SIDE), np.float32)
        for seen in self._seen.values():
            start = _shrunk(seen.now, sizes)
            end = follow(picture, start, seen.template, seen.images, seen.inverse, now)
            if difference(now, seen.read, _CELL) >= _CHANGE:
                return False
            seen.now = _grown(end, sizes)
        return True

    def _look(self, picture: Plane, frame: Frame, faces: tuple[Face, ...]) -> DetectedFrame:
        """Remember how the faces look, and tell those that look as when they were read."""
        before, self._seen = self._seen, {}
        for face in faces:
            self._seen[face.id or 0] = seen = self._first(picture, frame, face)
            last = before.get(face.id or 0)
            if last is None or not 0 <= frame.time - last.time < _SECONDS:
                continue
            if difference(seen.read, last.read, _CELL) < _CHANGE:
                seen.read, seen.time = last.read, last.time
        reused = (i for i, seen in self._seen.items() if seen.time != frame.time)
        return DetectedFrame(frame, faces, frozenset(reused))

    def _first(self, picture: Plane, frame: Frame, face: Face) -> _Seen:
        card, template = self._card, np.empty((_SIDE, _SIDE), np.float32)
        place = crop_affine(face, _SIDE, card.crop_scale, card.crop_shift, frame.pixel_aspect)
        view(picture, _shrunk(place, _sizes(picture, frame)), template)
        images, products = motions(template)
        inverse = np.linalg.inv(products)
        return _Seen(face, place, place, template, images, inverse, template, frame.time)


def _sizes(picture: Plane, frame: Frame) -> _Matrix:
    """(2, 1): how many pixels of the frame one of the picture is, across and down."""
    (height, width), (rows, columns) = frame.luma.shape, picture.shape
    return np.array([[width / columns], [height / rows]], np.float32)


def _shrunk(matrix: _Matrix, sizes: _Matrix) -> _Matrix:
    """To the picture's pixels, of which the centres lie at whole numbers."""
    result = matrix / sizes
    result[:, 2] += (0.5 / sizes - 0.5)[:, 0]
    return result


def _grown(matrix: _Matrix, sizes: _Matrix) -> _Matrix:
    result = matrix * sizes
    result[:, 2] += (0.5 * sizes - 0.5)[:, 0]
    return result


def _moved(seen: _Seen) -> Face:
    """The face where it is now."""
    (a, b, _), (c, d, _) = seen.found.tolist()
    back = np.array([[d, -b], [-c, a]], np.float32) / (a * d - b * c)
    turn = seen.now[:, :2] @ back
    way = seen.now[:, 2] - turn @ seen.found[:, 2]
    box, growth = seen.face.box, hypot(*turn[0].tolist())
    width, height = growth * box.width, growth * box.height
    middle = turn @ (box.left + box.width / 2, box.top + box.height / 2) + way
    x, y = middle.tolist()
    points = seen.face.landmarks
    return replace(
        seen.face,
        box=Box(x - width / 2, y - height / 2, width, height),
        landmarks=None if points is None else (points @ turn.T + way).astype(np.float32),
    )
