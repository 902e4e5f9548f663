"""How well a face is to be seen.

There is no score in it: one fitted to these measures, a network's confidence and its margin was no
better at telling wrong labels than the confidence alone (`exporters.evaluation.quality` repeats
that).
"""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

Yaw: TypeAlias = Literal["≤20", "≤40", "more"]
"""Degrees by which a head is turned to a side, in three classes: landmarks tell no more."""

Reason: TypeAlias = Literal["small", "turned", "blurred", "dark", "bright", "flat", "uneven"]
"""Why a face is hard to read: few pixels, turned by more than 40 degrees, out of focus or moving,
under- or overexposed, without contrast, or lit from one side."""

REASONS: tuple[Reason, ...] = get_args(Reason)
"""All of them."""

_TURNED: tuple[tuple[float, Yaw], ...] = ((20.0, "≤20"), (40.0, "≤40"))
"""Degrees up to which a turn is called so."""
_SMALL, _BLURRED, _DARK, _BRIGHT, _FLAT, _UNEVEN = 10.0, 0.2, 0.15, 0.85, 0.55, 0.22
"""Bounds of the measures beyond which they are a reason: about one in a hundred of the faces that
the networks were validated on lies beyond each."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What a face's picture is like, in the spirit of ISO/IEC 29794-5:2025."""

    eye_distance: float | None
    """Pixels between the eyes; None where the detector gives no landmarks."""
    turn: float | None
    """Degrees by which the head is turned to a side, 0 straight ahead, as the nose tells it:
    positive to the person's left, in a film smoothed and without a sign; None without landmarks."""
    sharpness: float
    """Energy of the second derivatives over that of the first: 0.4 to 1.4 of ordinary photographs,
    under 0.2 of blurred faces and of those enlarged from few pixels."""
    exposure: float
    """Mean grey level, 0 black to 1 white."""
    dynamic_range: float
    """Entropy of the grey levels, from 0 of one level to 1 of all alike."""
    evenness: float
    """How alike the light on the face's halves is: the share that the histograms of their grey
    levels have in common, 0..1."""

    @property
    def yaw(self) -> Yaw | None:
        """Turn of the head to a side, in degrees: `≤20`, `≤40` or `more`; None without
        landmarks."""
        if self.turn is None:
            return None
        turn = abs(self.turn)
        return next((name for most, name in _TURNED if turn <= most), "more")

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What makes the face hard to read; empty where nothing does."""
        holds: dict[Reason, bool] = {
            "small": self.eye_distance is not None and self.eye_distance < _SMALL,
            "turned": self.yaw == "more",
            "blurred": self.sharpness < _BLURRED,
            "dark": self.exposure < _DARK,
            "bright": self.exposure > _BRIGHT,
            "flat": self.dynamic_range < _FLAT,
            "uneven": self.evenness < _UNEVEN,
        }
        return tuple(reason for reason, true in holds.items() if true)

    def to_dict(self) -> dict[str, Any]:
        """As a record has it."""
        return {
            "eye_distance": None if self.eye_distance is None else round(self.eye_distance, 1),
            "yaw": self.yaw,
            "sharpness": round(self.sharpness, 3),
            "exposure": round(self.exposure, 3),
            "dynamic_range": round(self.dynamic_range, 3),
            "evenness": round(self.evenness, 3),
            "reasons": list(self.reasons),
        }
