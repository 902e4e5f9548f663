"""Reused: of which faces the last scores are there, behind stages that leave faces out."""

from dataclasses import replace

from fer_video.engine.frames.handovers import DetectedFrame


class Reused:
    """A face is read anew that the frame before did not have: nothing is known of it yet."""

    def __init__(self) -> None:
        """Begin before the first frame."""
        self._before: frozenset[int | None] = frozenset()

    def __call__(self, detected: DetectedFrame) -> DetectedFrame:
        """Take those for reused alone that stood in the frame before; in order."""
        before, self._before = self._before, frozenset(face.id for face in detected.faces)
        return replace(detected, reused=detected.reused & before)
