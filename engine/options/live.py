"""Settings of how cameras and streams are read."""

from dataclasses import dataclass

from fer_video.engine.errors import OptionsError
from fer_video.engine.options.checks import check_kinds, check_range


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """How cameras and network streams are read."""

    reconnect: bool = True
    """Whether a source that stopped, stalled or went away after its first frame is opened again,
    as often as it takes; else its loss is an error."""
    timeout: float = 2.0
    """Seconds without a frame after which a live source counts as lost. For cameras on Linux only,
    in whole seconds; HLS and DASH, whose frames come by the segment, get at least 10."""
    width: int | None = None
    """Width in pixels that a camera is asked for; it may give another. None leaves it to the
    driver."""
    height: int | None = None
    """Height in pixels that a camera is asked for; it may give another. None leaves it to the
    driver."""
    fps: float | None = None
    """Frames a second that a camera is asked for; it may give others. None leaves it to the
    driver."""
    fourcc: str | None = None
    """Four letters of the pixel format that a camera is asked for, e.g. MJPG; None leaves it to
    the driver."""
    jitter: float = 0.0
    """Most seconds by which a frame comes late, at random, where a file is played in real time."""
    stall: float = 0.0
    """Length in seconds of the stalls, one every five seconds or so, in which no frame comes where
    a file is played in real time; 0 is none."""
    seed: int = 1
    """Seed of the random jitter and stalls: the same one repeats them exactly."""

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            OptionsError: a setting lies outside its range.
        """
        check_kinds(self)
        check_range(self, "timeout", 0.1, 3600, give="0.1 to 3600 seconds")
        for name in ("jitter", "stall"):
            check_range(self, name, 0, 60, give="0 (off) to 60 seconds")
        for name in ("width", "height", "fps"):
            value = getattr(self, name)
            if value is not None and not 0 < value <= 100_000:
                raise OptionsError(f"{name} {value}: give a number above 0")
        if self.fourcc is not None and not (len(self.fourcc) == 4 and self.fourcc.isascii()):
            raise OptionsError(f"fourcc {self.fourcc}: give four letters, e.g. MJPG")
        check_range(self, "seed", 0, give="0 or more")
