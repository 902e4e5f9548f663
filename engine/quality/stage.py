"""Says how well each face is to be seen, and why one is hard to read."""

from dataclasses import replace

import numpy as np

from fer_video.engine.faces.face import Face
from fer_video.engine.faces.low_pass import LowPass
from fer_video.engine.faces.quality import Quality, Reason, Yaw
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.handovers import ScoredFrame
from fer_video.engine.quality.measures import Measures, measure

_SECONDS = 0.3
"""Time constant by which a head's turn is smoothed."""
_TURNED: tuple[tuple[float, Yaw], ...] = ((20.0, "≤20"), (40.0, "≤40"))
"""Degrees up to which a turn is called so."""
_SMALL, _BLURRED, _DARK, _BRIGHT, _FLAT, _UNEVEN = 10.0, 0.2, 0.15, 0.85, 0.55, 0.22
"""Bounds of the measures beyond which they are a reason: about one in a hundred of the faces that
the networks were validated on lies beyond each."""


class Assess:
    """Adds how well each face is seen, reused ones too; takes frames in order, one at a time."""

    def __init__(self) -> None:
        """Begin without any face."""
        self._turns = LowPass(_SECONDS)

    def __call__(self, scored: ScoredFrame) -> ScoredFrame:
        """The frame with the quality of its faces."""
        qualities = (self._assess(scored.frame, face) for face in scored.detected.faces)
        return replace(scored, qualities=tuple(qualities))

    def _assess(self, frame: Frame, face: Face) -> Quality:
        measured = measure(frame, face)
        if measured.turn is not None and face.id is not None and not frame.still:
            turn = self._turns(face.id, np.array([abs(measured.turn)], np.float32), frame.time)
            measured = replace(measured, turn=float(turn[0]))
        return Quality(
            eye_distance=measured.eye_distance,
            yaw=_yaw(measured),
            sharpness=measured.sharpness,
            exposure=measured.exposure,
            dynamic_range=measured.dynamic_range,
            evenness=measured.evenness,
            reasons=tuple(reasons_of(measured)),
        )


def _yaw(measured: Measures) -> Yaw | None:
    if measured.turn is None:
        return None
    turn = abs(measured.turn)
    return next((name for most, name in _TURNED if turn <= most), "more")


def reasons_of(measured: Measures) -> list[Reason]:
    """What makes a face hard to read."""
    distance, found = measured.eye_distance, _yaw(measured)
    holds: dict[Reason, bool] = {
        "small": distance is not None and distance < _SMALL,
        "turned": found == "more",
        "blurred": measured.sharpness < _BLURRED,
        "dark": measured.exposure < _DARK,
        "bright": measured.exposure > _BRIGHT,
        "flat": measured.dynamic_range < _FLAT,
        "uneven": measured.evenness < _UNEVEN,
    }
    return [reason for reason, true in holds.items() if true]
