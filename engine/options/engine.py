"""Every setting of the engine, with its unit, as frozen values that check themselves."""

from dataclasses import dataclass, field
from math import ceil
from numbers import Integral, Real
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from fer_video.engine.errors import OptionsError
from fer_video.engine.faces.quality import REASONS, Reason
from fer_video.engine.machine import cores

ProviderName = Literal["auto", "cpu", "cuda", "tensorrt", "openvino"]
"""Where a network may run, by ONNX Runtime's short names."""

Precision = Literal["auto", "fp32", "int8", "fp16"]
"""Kind of number in which a network computes."""

Classify = Literal["every", "adaptive"]
"""When faces are found and read: in every frame, or again only when one changed."""

PRESETS = (
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
)
"""Presets of the encoder x264, from least to most work a frame."""

_KINDS: dict[Any, tuple[type | tuple[type, ...], str]] = {
    float: (Real, "a number"),
    int: (Integral, "a whole number"),
    str: ((str, Path), "text"),
    bool: (bool, "True or False"),
}
"""What a field of this type takes, NumPy's numbers too, and what it is called."""

MOST_SECONDS = 1e7
"""Longest time that is believed: 115 days."""

REST_SECONDS = 2.0
"""Seconds for which faces are taken as resting after somebody has asked for it."""


def _check_kinds(options: object) -> None:
    """Refuse what is not of its field's kind, and would fail far from here, or mislead.

    Raises:
        OptionsError: a field holds something else.
    """
    for name, hint in get_type_hints(type(options)).items():
        value = getattr(options, name)
        if get_origin(hint) is Literal or (value is None and NoneType in get_args(hint)):
            continue
        if get_origin(hint) is tuple:
            hint = tuple  # noqa: PLW2901
        kind = next((arg for arg in get_args(hint) if arg is not NoneType), hint)
        expected, words = _KINDS.get(kind, (kind, kind.__name__))
        if not isinstance(value, expected):
            raise OptionsError(f"{name.replace('_', ' ')} {value!r}: give {words}")


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """Where and how a network runs."""

    provider: ProviderName = "auto"
    """Execution provider of ONNX Runtime: `auto` is the best that is there; one asked for by name
    must be there."""
    threads: int = 1
    """Threads of ONNX Runtime within one run of a network; the pipeline already runs its stages
    side by side."""
    device: int = 0
    """Number of the GPU, where there are several."""

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            OptionsError: a setting lies outside its range.
        """
        _check_kinds(self)
        if not 1 <= self.threads <= 1024:
            raise OptionsError(f"threads {self.threads}: give 1 to 1024")
        if self.device < 0:
            raise OptionsError(f"device {self.device}: give the number of a GPU, 0 or more")


NETWORK_FACE = 16
"""Height in pixels, in the picture that the detector is given, from which it finds some faces; most
from twice or three times that."""

USUAL_FACE, USUAL_SHARE, LEAST_FACE = 64, 20, 8
"""Smallest faces looked for unless a size is given: 64 pixels high, in small pictures a 20th of the
longer side; but never under 8 pixels, since enlarging a picture more than twice shows nothing new,
and a face that fills it is found less well."""

STILL_FACE, STILL_SHARE = 16, 80
"""Smallest faces looked for in photographs, which have time: 16 pixels high, in large pictures an
80th of the longer side, so that a photograph of any size takes a tenth of a second at most."""


@dataclass(frozen=True, slots=True)
class DetectOptions:
    """How faces are looked for."""

    model: str | Path = "detector"
    """Face detector: a name of a packaged model, or a YuNet-style .onnx file."""
    size: int | None = None
    """Longer side in pixels of the scaled picture that the detector is given; None derives it from
    `min_face`."""
    threshold: float | None = None
    """Least score of a face, 0..1; None for the one on the model's card."""
    overlap: float = 0.3
    """Intersection over union, 0..1, from which two boxes count as one face (non-maximum
    suppression)."""
    min_face: float | None = None
    """Height in pixels from which faces are looked for, most of which are found from two to three
    times that; half of it costs four times as much. None is 64 pixels, or a 20th of the longer side
    if that is less; in photographs 16 pixels, or an 80th of the longer side if that is more."""

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            OptionsError: a setting lies outside its range.
        """
        _check_kinds(self)
        if self.min_face is not None and not 4 <= self.min_face <= 4096:
            raise OptionsError(f"min face {self.min_face}: give 4 to 4096 pixels")
        if self.size is not None and not 32 <= self.size <= 4096:
            raise OptionsError(f"detector size {self.size}: give 32 to 4096 pixels")
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise OptionsError(f"detector threshold {self.threshold}: give 0 to 1")
        if not 0 <= self.overlap <= 1:
            raise OptionsError(f"detector overlap {self.overlap}: give 0 to 1")

    def smallest_face(self, longer_side: int, *, still: bool = False) -> float:
        """Height in pixels from which faces are looked for, for films and for photographs alike.

        Args:
            longer_side: of the picture, in pixels.
            still: it is a photograph, however it came here.
        """
        if self.min_face is not None:
            return self.min_face
        usual = max(STILL_FACE, longer_side / STILL_SHARE) if still else USUAL_FACE
        return max(min(usual, longer_side / USUAL_SHARE), LEAST_FACE)

    def working_size(self, longer_side: int, *, still: bool = False) -> int:
        """Longer side in pixels of what the detector is given of a picture; a multiple of 32.

        Args:
            longer_side: of the picture, in pixels.
            still: it is a photograph.
        """
        if self.size is not None:
            return self.size
        steps = ceil(NETWORK_FACE * longer_side / self.smallest_face(longer_side, still=still) / 32)
        return min(max(32 * steps, 160), 4096)


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
        _check_kinds(self)
        if not 0.1 <= self.timeout <= 3600:
            raise OptionsError(f"timeout {self.timeout}: give 0.1 to 3600 seconds")
        for name in ("jitter", "stall"):
            if not 0 <= getattr(self, name) <= 60:
                raise OptionsError(f"{name} {getattr(self, name)}: give 0 (off) to 60 seconds")
        for name in ("width", "height", "fps"):
            value = getattr(self, name)
            if value is not None and not 0 < value <= 100_000:
                raise OptionsError(f"{name} {value}: give a number above 0")
        if self.fourcc is not None and not (len(self.fourcc) == 4 and self.fourcc.isascii()):
            raise OptionsError(f"fourcc {self.fourcc}: give four letters, e.g. MJPG")
        if self.seed < 0:
            raise OptionsError(f"seed {self.seed}: give 0 or more")


@dataclass(frozen=True, slots=True)
class FileOptions:
    """Which stretch of a video file is read, and how closely; cameras and photographs have none."""

    start: float = 0.0
    """Seconds of the film, as a player counts them, before whose frame nothing is given; what lies
    before is skipped without being decoded, as far as the file allows."""
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
        _check_kinds(self)
        if not 0 <= self.start <= MOST_SECONDS:
            raise OptionsError(f"start {self.start}: give seconds from 0 on")
        if self.end is not None and not self.start < self.end <= MOST_SECONDS:
            raise OptionsError(f"end {self.end}: give seconds behind the start, {self.start}")
        if self.every is not None and not 0.001 <= self.every <= MOST_SECONDS:
            raise OptionsError(f"every {self.every}: give seconds between two frames, above 0")


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """All that `open_pipeline` needs besides the source."""

    model: str | Path = "cnn"
    """Classifier of expressions: a name of a packaged model, or an .onnx file with a card."""
    detect: DetectOptions = field(default_factory=DetectOptions)
    """How faces are looked for."""
    session: SessionOptions = field(default_factory=SessionOptions)
    """Where and how both networks run."""
    live: LiveOptions = field(default_factory=LiveOptions)
    """How cameras, network streams and files in real time are read."""
    file: FileOptions = field(default_factory=FileOptions)
    """Which stretch of a video file is read, and how closely."""
    precision: Precision = "auto"
    """Precision of a packaged classifier; `auto` is int8 where there is one and it is fast, else
    fp32. An .onnx file has one precision only."""
    classify: Classify = "every"
    """When faces are found and read: in `every` frame, or, `adaptive`, again only when one changed
    or after 0.2 s. Photographs are all read."""
    min_confidence: float | None = None
    """Confidence, 0..1, under which a face is labelled `uncertain`; 0 labels every face, and None
    takes the one on the network's card."""
    reject: tuple[Reason, ...] = ()
    """Reasons, of a face's quality, for which it is labelled `uncertain`, with the status
    `low_quality`; see `REASONS`."""
    smoothing: float = 0.1
    """Time constant in seconds of the smoothing of each face's scores; 0 is off. Photographs are
    never smoothed."""
    calibrate: float = 0.0
    """Seconds from its first frame for which a face is taken as resting; after them its expressions
    are read as changes from that rest. 0 is off. Photographs are never calibrated."""
    parts: float = 0.0
    """How often in a second of the film it is read on each face what its parts say; 0 is off. On
    photographs it is read once."""
    in_flight: int | None = None
    """Most frames between capture and output at any moment; None for four more than there are
    cores, or fewer where their pixels would take more than half a gigabyte. A live source has at
    most 2, so that its frames are new."""
    draw: bool = False
    """Whether boxes, numbers and scores are drawn into the frames' pixels, for a video or a
    window."""
    clock: bool = False
    """Whether time and number of each frame are drawn into a corner, where anything is drawn."""
    keep_audio: bool = False
    """Whether a file's compressed sound is handed along with its frames, for `VideoWriter`."""
    realtime: bool = False
    """Whether a file is played as if it were a camera: paced by its time stamps, late frames
    dropped."""
    max_frames: int | None = None
    """Number of frames of a source after which it ends; None for all."""

    @property
    def encoder_threads(self) -> int:
        """Number of threads for `VideoWriter`: 1.5 a core where most of the work is to encode; else
        0, as there."""
        return 0 if self.classify == "every" else ceil(1.5 * cores())

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            OptionsError: a setting lies outside its range.
        """
        _check_kinds(self)
        if self.min_confidence is not None and not 0 <= self.min_confidence <= 1:
            raise OptionsError(f"min confidence {self.min_confidence}: give 0 (off) to 1")
        for reason in self.reject:
            if reason not in REASONS:
                raise OptionsError(f"reject {reason!r}: give some of {', '.join(REASONS)}")
        if self.precision not in get_args(Precision):
            names = ", ".join(get_args(Precision))
            raise OptionsError(f"precision {self.precision}: give one of {names}")
        if self.classify not in get_args(Classify):
            raise OptionsError(f"classify {self.classify}: give one of every, adaptive")
        if not 0 <= self.smoothing <= 60:
            raise OptionsError(f"smoothing {self.smoothing}: give 0 (off) to 60 seconds")
        if not 0 <= self.calibrate <= 60:
            raise OptionsError(f"calibrate {self.calibrate}: give 0 (off) to 60 seconds")
        if not 0 <= self.parts <= 60:
            raise OptionsError(f"parts {self.parts}: give 0 (off) to 60 times a second")
        if self.in_flight is not None and self.in_flight < 1:
            raise OptionsError(f"frames in flight {self.in_flight}: give at least 1")
        if self.max_frames is not None and self.max_frames < 1:
            raise OptionsError(f"max frames {self.max_frames}: give at least 1")
