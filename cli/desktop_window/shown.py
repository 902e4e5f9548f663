"""Shown: how often a picture came to the screen, how long after its capture, and at what cost."""

from collections.abc import Sequence
from time import monotonic, process_time

import numpy as np

from fer_video.engine.frames.handovers import RecognizedFrame

_WARM = 1.0
"""Seconds at the beginning that are not counted."""


class Shown:
    """Told of results once they are pasted; as text it is one line for people."""

    def __init__(self) -> None:
        """Begin with none."""
        self._moments: list[float] = []
        self._delays_ms: list[float] = []
        self._used: list[float] = []
        """Seconds of the processor that the program had taken by each moment."""

    def __call__(self, results: Sequence[RecognizedFrame]) -> None:
        """Count pictures that are on the screen now."""
        for result in results:
            self._moments.append(monotonic())
            self._delays_ms.append(1000 * (monotonic() - result.frame.captured_at))
            self._used.append(process_time())

    def __str__(self) -> str:
        """How it went."""
        counted = [i for i, at in enumerate(self._moments) if at > self._moments[0] + _WARM]
        if len(counted) < 2:
            return f"{len(self._moments)} pictures shown"
        moments, delays = (np.array(row)[counted] for row in (self._moments, self._delays_ms))
        seconds = moments[-1] - moments[0]
        rate = (len(moments) - 1) / seconds
        cores = (self._used[counted[-1]] - self._used[counted[0]]) / seconds
        half, most = np.percentile(delays, (50, 95))
        return (
            f"{len(moments)} pictures shown, {rate:.1f} a second; from capture to screen "
            f"{half:.0f} ms (p50), {most:.0f} ms (p95); {cores:.2f} cores"
        )
