"""Presence: which live sources give no picture at the moment, and since when."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic

from fer_video.engine.frames.info import SourceInfo

PATIENCE = 1.0
"""Seconds without a picture after which a live source counts as lost."""


class Presence:
    """Told of every frame that comes; what is shown of a lost source is to be dark."""

    def __init__(self, infos: Sequence[SourceInfo]) -> None:
        """Expect the first frames of these sources from now on; what is not live is never lost."""
        self._came = {info.name: monotonic() for info in infos if info.live}

    def seen(self, source: str) -> None:
        """A frame of this source came."""
        if source in self._came:
            self._came[source] = monotonic()

    def rest(self) -> None:
        """Nothing is expected for now, since somebody has paused."""
        for source in self._came:
            self._came[source] = monotonic()

    def lost(self) -> dict[str, str]:
        """For each lost source since when: `no picture since 14:03:07`."""
        now = monotonic()
        return {
            source: f"no picture since {datetime.now() - timedelta(seconds=now - came):%H:%M:%S}"
            for source, came in self._came.items()
            if now - came > PATIENCE
        }
