"""What is known of a source before its first frame."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av

if TYPE_CHECKING:
    from av.container.core import Chapter
    from av.subtitles.stream import SubtitleStream


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known of a source before its first frame."""

    name: str
    """Name of the source, as records and messages give it."""
    width: int
    """Width of the largest upright picture in pixels, as far as it is known; 0 where only the
    frames tell (images of several sizes)."""
    height: int
    """Height of the largest upright picture in pixels, as far as it is known; 0 where only the
    frames tell."""
    frame_rate: Fraction
    """Frames a second: the usual rate of a file, the nominal one of a camera."""
    time_base: Fraction
    """Seconds that one unit of a time stamp lasts."""
    frames: int | None = None
    """Number of frames that will come, as declared; None where nobody knows."""
    live: bool = False
    """Whether frames come when they come, and only the newest is worth having."""
    audio: tuple[av.AudioStream, ...] = ()
    """Tracks of the compressed sound that travels with the frames."""
    subtitles: "tuple[SubtitleStream, ...]" = ()
    """Tracks of subtitles that travel with the frames, too."""
    metadata: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What the file says of itself, such as `title` and `creation_time`."""
    chapters: "tuple[Chapter, ...]" = field(default=(), hash=False)
    """Its chapters, from the container's start."""
    bit_rate: int | None = None
    """Bits a second that the pictures, or all of the file, take as stored; None where nobody
    knows."""
    files: tuple[Path, ...] = ()
    """Files that are read; no result may replace one of them."""
    sample_aspect_ratio: Fraction = Fraction(1)
    """Width over height of one pixel on screen."""
    stills: bool = False
    """Whether these are photographs, each of which is a frame."""
    duration: float | None = None
    """Seconds from the beginning to the end of the last frame, as the file declares it, since
    frames may be any time apart; None where only their number and rate tell, or nobody knows."""
