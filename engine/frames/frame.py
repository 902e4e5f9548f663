"""What travels from stage to stage; each hand-over has a type of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import av
import numpy as np
from numpy.typing import NDArray

from fer_video.engine.address import without_secrets
from fer_video.engine.faces.evidence import Parts
from fer_video.engine.faces.expressions import EXPRESSIONS, Reading
from fer_video.engine.faces.face import Face
from fer_video.engine.faces.quality import Quality

if TYPE_CHECKING:
    from av.container.core import Chapter
    from av.subtitles.stream import SubtitleStream

Plane: TypeAlias = NDArray[np.uint8]
Batch: TypeAlias = NDArray[np.float32 | np.uint8]
"""Input of a network: pictures along the first axis."""


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


@dataclass(frozen=True, slots=True, eq=False)
class DetectedFrame:
    """A frame and where its faces are."""

    frame: Frame
    """The picture."""
    faces: tuple[Face, ...]
    """Faces in pixels of the frame, each with its identity."""
    reused: frozenset[int] = frozenset()
    """Identities of faces that look as they did when they were read: their last scores hold."""
    parts_due: frozenset[int] = frozenset()
    """Identities of faces of which it is to be read what their parts say."""


@dataclass(frozen=True, slots=True, eq=False)
class PreparedFrame:
    """A frame with its faces, and those that are to be read cut out for the classifier."""

    detected: DetectedFrame
    """The picture and where its faces are."""
    batch: Batch
    """Crops of the faces that are not reused, in order; as the classifier's card says, see
    `to_input`."""

    @property
    def frame(self) -> Frame:
        """The picture."""
        return self.detected.frame


@dataclass(frozen=True, slots=True, eq=False)
class ScoredFrame:
    """A frame with its faces, and what the network said of those that were read."""

    prepared: PreparedFrame
    """The picture, its faces and their crops."""
    scores: NDArray[np.float32]
    """(n, labels), of the faces that are not reused, in order; see `Classifier`."""
    parts: Mapping[int, Parts] = field(default_factory=dict)
    """What the parts say of the faces where that was read, by their identities."""
    qualities: tuple[Quality, ...] = ()
    """How well each of the faces is to be seen, in order; none before that is measured."""

    @property
    def frame(self) -> Frame:
        """The picture."""
        return self.detected.frame

    @property
    def detected(self) -> DetectedFrame:
        """Where the faces are."""
        return self.prepared.detected


@dataclass(frozen=True, slots=True, eq=False)
class RecognizedFrame:
    """A frame and what was read on each of its faces."""

    frame: Frame
    """The picture, drawn on if the options say so."""
    readings: tuple[Reading, ...]
    """What each face shows, in the detector's order: the surest face first."""
    labels: tuple[str, ...] = EXPRESSIONS
    """Labels of the network, in the order of each reading's scores."""
    dropped_before: int = 0
    """Number of frames of a live source that were dropped between the one before and this one."""

    def to_dict(self) -> dict[str, Any]:
        """The record of the frame, as `Records` writes it: plain values for JSON.

        Seconds, and pixels of the upright picture; docs/records.md tells every field.
        """
        frame = self.frame
        record: dict[str, Any] = {"source": without_secrets(frame.source)}
        if frame.file is not None:
            record["file"] = frame.file
        record |= {"frame": frame.index, "time": round(frame.time, 6)}
        record["size"] = [frame.width, frame.height]
        if frame.pixel_aspect != 1:
            record["pixel_aspect"] = round(frame.pixel_aspect, 6)
        if frame.damaged:
            record["damaged"] = True
        if frame.at is not None:
            record["at"] = frame.at.isoformat(timespec="milliseconds")
        record["faces"] = [self._face(reading) for reading in self.readings]
        return record | ({"dropped_before": self.dropped_before} if self.dropped_before else {})

    def _face(self, reading: Reading) -> dict[str, Any]:
        """The record of a face, and what of it lies in the picture where a part does not."""
        record, face = reading.to_dict(), reading.face
        clipped = face.within(self.frame.width, self.frame.height).places()
        return record | ({} if clipped == face.places() else {"clipped": clipped})

    def to_bgr(self) -> NDArray[np.uint8]:
        """(H, W, 3) uint8, BGR, full range: the picture with what is drawn on it, a copy."""
        return self.frame.to_bgr()
