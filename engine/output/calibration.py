"""Calibration: asks for the resting faces, and says when they are known, or why not."""

from collections.abc import Callable

from fer_video.engine.errors import OptionsError
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.options.engine import REST_SECONDS

_GRACE = 1.0
"""Seconds beyond the rest within which a face must have rested."""


class Calibration:
    """Told of every frame behind the request, it gives a line for the person once it is over."""

    def __init__(self, ask: Callable[[float], None]) -> None:
        """Begin with nothing asked for.

        Args:
            ask: lets the faces in view rest for so many seconds, or with 0 takes back that they
                ever did, see `NeutralBaseline.calibrate`.
        """
        self._ask = ask
        self._asked = False
        self._since: dict[str, float] = {}
        """When the first frame behind the request came, by source: seconds of the video."""

    def begin(self) -> str:
        """Take the faces of this moment as resting; what to tell the person."""
        try:
            self._ask(REST_SECONDS)
        except OptionsError as error:
            return str(error)
        self._asked, self._since = True, {}
        return f"relax your face for {REST_SECONDS:.0f} seconds"

    def undo(self) -> str:
        """Read the faces of this moment as they are again; what to tell the person."""
        try:
            self._ask(0.0)
        except OptionsError as error:
            return str(error)
        self._asked = False
        return "calibration undone: faces are read as they are"

    def watch(self, recognized: RecognizedFrame) -> str:
        """Take in a result; the line that says what came of the request, else nothing."""
        if not self._asked:
            return ""
        frame = recognized.frame
        passed = frame.time - self._since.setdefault(frame.source, frame.time)
        rested = sum(reading.calibrated for reading in recognized.readings)
        if frame.still:
            return self._over("calibration failed: a photograph has no time in which to rest")
        if rested and passed >= REST_SECONDS:
            faces = "face" if rested == 1 else f"{rested} faces"
            return self._over(f"calibrated: the {faces} in view read as changes from now")
        if passed > REST_SECONDS + _GRACE:
            return self._over(
                f"calibration failed: no face stayed in view for {REST_SECONDS:.0f} seconds; try "
                "again"
            )
        return ""

    def _over(self, said: str) -> str:
        self._asked = False
        return said
