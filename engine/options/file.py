"""Settings of which stretch of a file is read."""

from dataclasses import dataclass

from fer_video.engine.errors import OptionsError
from fer_video.engine.options.checks import MOST_SECONDS, check_kinds, check_range


@dataclass(frozen=True, slots=True)
class FileOptions:
    """Which stretch of a video file is read, and how closely; cameras and photographs have none."""

    start: float = 0.0
    """Seconds of the film, as a player counts them; the first frame given is the first at or after
    it. What lies before is skipped without being decoded, as far as the file allows."""
    end: float | None = None
    """Seconds of the film from which nothing is given any more; None for its end, which a later
    time is, too."""
    every: float | None = None
    """Seconds between two frames that are given, of which each is the first from its time on; None
    for all frames."""

    @property
    def given(self) -> bool:
        """Whether anything but a whole film is asked for."""
        return self != FileOptions()

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            OptionsError: a setting lies outside its range, or the end is not behind the start.
        """
        check_kinds(self)
        check_range(self, "start", 0, MOST_SECONDS, give="seconds from 0 on")
        if self.end is not None and not self.start < self.end <= MOST_SECONDS:
            raise OptionsError(f"end {self.end}: give seconds behind the start, {self.start}")
        check_range(self, "every", 0.001, MOST_SECONDS, give="seconds between two frames, above 0")
