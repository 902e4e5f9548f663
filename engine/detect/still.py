"""Finds the faces of photographs, each by itself; frames of a film go on to their own stage."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

from fer_video.engine.detect.stage import Detector, found_in
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.handovers import DetectedFrame


class DetectStill:
    """The stage: a photograph continues nothing, so that no face of it is that of another one.

    Each face gets an identity of its own rather than none, so that rows grouped by identity keep
    every face, and no two people share one.
    """

    def __init__(
        self,
        detector: Detector,
        film: Callable[[Frame], DetectedFrame],
        identities: Iterator[int] | None = None,
    ) -> None:
        """Stand before the stage for films.

        Args:
            detector: of faces in photographs, see `DetectOptions.smallest_face`.
            film: takes frames that are no photographs.
            identities: gives each face its own; None for 1, 2, 3 and so on.
        """
        self._detector, self._film = detector, film
        self._identities = identities or count(1)

    def __call__(self, frame: Frame) -> DetectedFrame:
        """Find the faces."""
        if not frame.still:
            return self._film(frame)
        faces = found_in(frame, self._detector)
        named = (replace(face, id=next(self._identities)) for face in faces)
        return DetectedFrame(frame, tuple(named))
