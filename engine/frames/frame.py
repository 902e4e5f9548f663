"""A picture in planar Y'CbCr 4:2:0, as it travels through the stages."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, TypeAlias, cast

import av
import numpy as np
from numpy.typing import NDArray

Plane: TypeAlias = NDArray[np.uint8]
ROUNDED = 1e-3
"""Seconds by which the time between two frames may seem too short, since files round it."""


@dataclass(frozen=True, slots=True)
class ColourMatrix:
    """How Y'CbCr values map to R'G'B' (ITU-T H.273)."""

    red_weight: float = 0.2126
    """Kr, the weight of red in luma: 0.299 for BT.601, 0.2126 for BT.709, 0.2627 for BT.2020."""
    blue_weight: float = 0.0722
    """Kb, the weight of blue in luma: 0.114 for BT.601, 0.0722 for BT.709, 0.0593 for BT.2020."""
    full_range: bool = False
    """Whether luma spans 0..255 (JPEG, many webcams) rather than 16..235."""


@dataclass(frozen=True, slots=True, eq=False)
class SoundPacket:
    """A packet of one track's compressed sound, or of its subtitles."""

    packet: "av.Packet[Any]"
    """The sound, its stamps from the container's start and increasing."""
    track: int = 0
    """Number of its track in `SourceInfo.audio`, from 0; those of the subtitles go on behind."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One upright picture in planar Y'CbCr 4:2:0, ready to be drawn on and encoded."""

    index: int
    """Number of the frame, from 0, among all that the source offered, dropped ones included; of a
    stretch of a file, among the frames that were asked for."""
    time: float
    """Seconds in the video, as a player shows them: from the container's start, wherever in it
    reading began."""
    captured_at: float
    """Moment of capture in seconds of `time.monotonic`, so that latency is a subtraction."""
    luma: Plane
    """Y' plane, (H, W) uint8."""
    cb: Plane
    """Cb plane, (ceil(H/2), ceil(W/2)) uint8; its samples sit left-centred between rows, as H.264
    has them."""
    cr: Plane
    """Cr plane, (ceil(H/2), ceil(W/2)) uint8."""
    colour: ColourMatrix
    """Matrix and range of the planes."""
    picture: av.VideoFrame
    """The planes' own memory as the encoder takes it: yuv420p, its size rounded up to even
    numbers."""
    pts: int
    """Time stamp in units of `time_base`, strictly increasing; 0 is the beginning of what is read,
    the container's or that of a stretch."""
    time_base: Fraction
    """Seconds that one unit of `pts` lasts."""
    source: str
    """Name of the source, unique among those of a pipeline."""
    file: str | None = None
    """Path of the image within its folder; None unless the source is a set of images."""
    audio: tuple[SoundPacket, ...] = ()
    """Compressed sound, and subtitles, that the file holds before this frame, timed as it is."""
    at: datetime | None = None
    """Time of day of the capture, with its offset from UTC, of a live source; else None."""
    pixel_aspect: float = 1.0
    """Width over height of one pixel on screen; faces are looked for and read as they are seen
    there, their places are in the stored pixels."""
    damaged: bool = False
    """Whether the decoder had to make up a part of it, since data are missing or wrong; pictures
    behind it that are built on it may show that, too, and are not marked."""

    @property
    def still(self) -> bool:
        """Whether it is a photograph, which has nothing to do with the frame before it."""
        return self.file is not None

    @property
    def height(self) -> int:
        """Pixels."""
        return int(self.luma.shape[0])

    @property
    def width(self) -> int:
        """Pixels."""
        return int(self.luma.shape[1])

    def __reduce__(self) -> tuple[Any, ...]:
        """Let `copy` and `pickle` make a frame whose picture has memory of its own."""
        from fer_video.engine.frames.copies import reduced  # noqa: PLC0415 - it makes frames

        return reduced(cast("Any", self))

    def to_bgr(self, size: tuple[int, int] | None = None) -> NDArray[np.uint8]:
        """(H, W, 3) uint8, BGR, full range: a converted copy, as OpenCV wants it.

        Args:
            size: height and width to scale it to; None for its own.
        """
        if size is not None:
            scaled = self.picture.reformat(width=size[1], height=size[0], format="bgr24")
            return cast("NDArray[np.uint8]", scaled.to_ndarray())
        bgr = cast("NDArray[np.uint8]", self.picture.to_ndarray(format="bgr24"))
        return np.ascontiguousarray(bgr[: self.height, : self.width])
