"""Finds the faces of every frame, each with the identity that it had in the one before."""

from typing import Protocol

from fer_video.engine.detect.cut import SceneCut
from fer_video.engine.detect.track import Tracker
from fer_video.engine.faces.face import Face
from fer_video.engine.frames.frame import Frame, Plane
from fer_video.engine.frames.handovers import DetectedFrame


class Detector(Protocol):
    """Anything that finds faces in a luma plane."""

    def __call__(
        self, luma: Plane, *, full_range: bool, pixel_aspect: float = 1.0
    ) -> tuple[Face, ...]:
        """Find faces.

        Args:
            luma: (H, W) uint8.
            full_range: luma spans 0..255 rather than 16..235.
            pixel_aspect: width over height of one pixel on screen, where faces are faces.

        Returns:
            Faces in pixels of `luma`, best score first.
        """
        ...


def found_in(frame: Frame, detector: Detector) -> tuple[Face, ...]:
    """The faces of a frame, as it is seen on screen, in the pixels in which it is stored."""
    colour, aspect = frame.colour, frame.pixel_aspect
    return detector(frame.luma, full_range=colour.full_range, pixel_aspect=aspect)


class Detect:
    """The stage, for films: each face has the identity that it had in the frame before."""

    def __init__(self, detector: Detector, tracker: Tracker) -> None:
        """Join a detector and a tracker."""
        self._detector = detector
        self._tracker = tracker
        self._cut = SceneCut()

    def __call__(self, frame: Frame) -> DetectedFrame:
        """Find and name the faces."""
        if self._cut(frame.luma):
            self._tracker.forget()
        faces = found_in(frame, self._detector)
        return DetectedFrame(frame, self._tracker(faces, frame.time))
