"""Every setting of the engine, with its unit, as frozen values that check themselves."""

import os
from dataclasses import dataclass, field
from math import ceil
from typing import Literal, get_args

from fer_video.engine.errors import OptionsError

ProviderName = Literal["auto", "cpu", "cuda", "tensorrt", "openvino"]

Precision = Literal["auto", "fp32", "int8", "fp16"]

Classify = Literal["every", "adaptive"]

PRESETS = (
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
)
"""x264's, from least to most work a frame."""

REST_SECONDS = 2.0
"""Seconds for which a face rests after somebody has asked for it."""


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """Where and how a network runs."""

    provider: ProviderName = "auto"
    """`auto` takes the best there is; any other is an error if it is not there."""
    threads: int = 1
    """Of ONNX Runtime, within one network; the stages already run side by side."""
    device: int = 0
    """Which GPU, where there are several."""


NETWORK_FACE = 16
"""Height in pixels, as the detector sees it, from which faces are found in the main."""

USUAL_FACE, USUAL_SHARE, LEAST_FACE = 64, 20, 8
"""Unless told otherwise, faces are looked for from so many pixels of height, and in small pictures
from a twentieth of the longer side; but never under 8 pixels, since enlarging a picture more than
twice shows nothing new, and a face that fills it is found less well."""


@dataclass(frozen=True, slots=True)
class DetectOptions:
    """How faces are looked for."""

    model: str = "detector"
    """A model of the package or a YuNet-style .onnx file."""
    size: int | None = None
    """Longer side in pixels of the picture that the detector sees, in place of what `min_face`
    asks for."""
    threshold: float | None = None
    """Score under which a box is not a face, 0..1; None for what the model's card says."""
    overlap: float = 0.3
    """Boxes of one face: IoU from which the lesser one goes, 0..1."""
    min_face: float | None = None
    """Height in pixels of the source from which faces are looked for; the cost grows with the
    inverse of its square. None looks from 64 pixels, or a 20th of the longer side if that is
    less."""

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            OptionsError: a setting lies outside its range.
        """
        if self.min_face is not None and not 4 <= self.min_face <= 4096:
            raise OptionsError(f"min face {self.min_face}: give 4 to 4096 pixels")
        if self.size is not None and not 32 <= self.size <= 4096:
            raise OptionsError(f"detector size {self.size}: give 32 to 4096 pixels")
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise OptionsError(f"detector threshold {self.threshold}: give 0 to 1")

    def working_size(self, longer_side: int) -> int:
        """Longer side, in pixels, of what the detector sees of a picture; a multiple of 32."""
        if self.size is not None:
            return self.size
        usual = max(min(USUAL_FACE, longer_side / USUAL_SHARE), LEAST_FACE)
        smallest = usual if self.min_face is None else self.min_face
        steps = ceil(NETWORK_FACE * longer_side / smallest / 32)
        return min(max(32 * steps, 160), 4096)


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """How cameras and network streams are read."""

    reconnect: bool = True
    """Open a source again that stopped, stalled or went away after its first frame."""
    timeout: float = 2.0
    """Seconds without a picture after which a live source counts as lost. Of cameras on Linux only,
    in whole seconds; HLS and DASH, whose pictures come by the segment, get at least 10."""
    width: int | None = None
    """Pixels that a camera is asked for; it may give others. None leaves the driver's choice."""
    height: int | None = None
    fps: float | None = None
    """Frames a second that a camera is asked for."""
    fourcc: str | None = None
    """Four letters of the format that a camera is asked for, e.g. MJPG."""
    jitter: float = 0.0
    """Of a file played as if it were a camera: most seconds that a frame comes late."""
    stall: float = 0.0
    """The same: seconds for which nothing comes, every five seconds or so; then all at once."""
    seed: int = 1
    """The same: repeats jitter and stalls."""

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            OptionsError: a setting lies outside its range.
        """
        if not 0.1 <= self.timeout <= 3600:
            raise OptionsError(f"timeout {self.timeout}: give 0.1 to 3600 seconds")
        for name in ("jitter", "stall"):
            if not 0 <= getattr(self, name) <= 60:
                raise OptionsError(f"{name} {getattr(self, name)}: give 0 (off) to 60 seconds")
        for name in ("width", "height", "fps"):
            value = getattr(self, name)
            if value is not None and not 0 < value <= 100_000:
                raise OptionsError(f"{name} {value}: give a number above 0")
        if self.fourcc is not None and len(self.fourcc) != 4:
            raise OptionsError(f"fourcc {self.fourcc}: give four letters, e.g. MJPG")


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """All that `open_pipeline` needs besides the source."""

    model: str = "cnn"
    """The classifier: a model of the package or an .onnx file with a card."""
    detect: DetectOptions = field(default_factory=DetectOptions)
    session: SessionOptions = field(default_factory=SessionOptions)
    live: LiveOptions = field(default_factory=LiveOptions)
    precision: Precision = "auto"
    """Of a classifier of the package; `auto` takes int8 where it is there and fast."""
    classify: Classify = "every"
    """`adaptive` finds and reads faces again only when one changed, or after 0.2 s; not images."""
    min_confidence: float = 0.0
    """Readings less confident than this, 0..1, are labelled `uncertain`; 0 labels every face."""
    smoothing: float = 0.1
    """Seconds over which the scores of a face are smoothed; 0 is off. Images are never smoothed."""
    calibrate: float = 0.0
    """Seconds, from when a face is first seen, for which it rests; from then on its expressions
    are read as changes from that. 0 is off. Not for images."""
    in_flight: int | None = None
    """Most frames between capture and output: None for four more than cores. A camera gets at most
    2, so that it stays in time."""
    draw: bool = True
    """Draw boxes and scores on the frames."""
    keep_audio: bool = False
    """Hand the file's compressed sound along with the frames, for `VideoWriter`."""
    realtime: bool = False
    """Play a file as if it were a camera: paced by its time stamps, late frames dropped."""
    max_frames: int | None = None
    """Stop after so many frames of the source."""

    @property
    def encoder_threads(self) -> int:
        """For `VideoWriter`: x264's own choice where encoding is most of the work; 0 elsewhere."""
        return 0 if self.classify == "every" else ceil(1.5 * (os.cpu_count() or 1))

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            OptionsError: a setting lies outside its range.
        """
        if not 0 <= self.min_confidence <= 1:
            raise OptionsError(f"min confidence {self.min_confidence}: give 0 (off) to 1")
        if self.precision not in get_args(Precision):
            names = ", ".join(get_args(Precision))
            raise OptionsError(f"precision {self.precision}: give one of {names}")
        if self.classify not in get_args(Classify):
            raise OptionsError(f"classify {self.classify}: give one of every, adaptive")
        if not 0 <= self.smoothing <= 60:
            raise OptionsError(f"smoothing {self.smoothing}: give 0 (off) to 60 seconds")
        if not 0 <= self.calibrate <= 60:
            raise OptionsError(f"calibrate {self.calibrate}: give 0 (off) to 60 seconds")
        if self.in_flight is not None and self.in_flight < 1:
            raise OptionsError(f"frames in flight {self.in_flight}: give at least 1")
        if self.max_frames is not None and self.max_frames < 1:
            raise OptionsError(f"max frames {self.max_frames}: give at least 1")
