"""A detector of one's own: whatever takes a grey picture and gives faces."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from fer_video.engine.errors import OptionsError
from fer_video.engine.faces.face import Face
from fer_video.engine.frames.frame import Plane
from fer_video.engine.kernels.scale import enlarge, shrink
from fer_video.engine.options.detect import DetectOptions


class OwnDetector:
    """Stands between the stages and a callable that knows nothing of video.

    The callable is given grey levels of full range in memory of its own, so that it needs to know
    no range and may write into them, and what it gives is checked: a wrong landmark or a picture in
    the place of a face would fail far from its cause.
    """

    def __init__(self, find: Callable[[Plane], Iterable[Face]]) -> None:
        """Find faces with `find`, from as many threads as call this.

        Raises:
            OptionsError: it cannot be called.
        """
        if not callable(find):
            raise OptionsError(f"detector {find!r}: give a callable that takes grey levels")
        self._find = find

    def under(self, _options: DetectOptions) -> "OwnDetector":
        """Itself: what the options say is the packaged detector's."""
        return self

    def clone(self, *, still: bool = False) -> "OwnDetector":  # noqa: ARG002 - see `YuNetDetector`
        """Itself: whoever wrote it knows what its threads share."""
        return self

    def __call__(
        self, luma: Plane, *, full_range: bool, pixel_aspect: float = 1.0
    ) -> tuple[Face, ...]:
        """See `Detector`; pixels that are not square are made so for it.

        Raises:
            TypeError: what it gives are no faces.
        """
        height, width = luma.shape
        grey = np.empty((height, max(round(width * pixel_aspect), 1)), np.uint8)
        (shrink if pixel_aspect <= 1 else enlarge)(luma, grey, full_range)
        found = self._find(grey)
        if not isinstance(found, Iterable):
            raise TypeError(f"the detector gave {_kind(found)}; give Faces, or an empty list")
        faces = sorted(map(_checked, found), key=lambda face: -face.score)
        return tuple(_widened(face, width / grey.shape[1]) for face in faces)


def _checked(face: Any) -> Face:
    if not isinstance(face, Face):
        raise TypeError(f"the detector gave {_kind(face)} among its faces; give Faces alone")
    if face.landmarks is not None and face.landmarks.shape != (5, 2):
        raise TypeError(
            f"the detector gave landmarks of shape {face.landmarks.shape}; give (5, 2): right eye, "
            "left eye, nose, right and left mouth corner, or None"
        )
    return face


def _widened(face: Face, factor: float) -> Face:
    if factor == 1:
        return face
    box, points = face.box, face.landmarks
    return replace(
        face,
        box=replace(box, left=box.left * factor, width=box.width * factor),
        landmarks=None if points is None else points * np.array([factor, 1], np.float32),
    )


def _kind(thing: object) -> str:
    return "None" if thing is None else f"a {type(thing).__name__}"
