"""All settings of the engine together."""

from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Literal

from fer_video.engine.errors import OptionsError
from fer_video.engine.faces.quality import REASONS, Reason
from fer_video.engine.machine import cores
from fer_video.engine.options.checks import check_kinds, check_range, check_word
from fer_video.engine.options.detect import DetectOptions
from fer_video.engine.options.file import FileOptions
from fer_video.engine.options.live import LiveOptions
from fer_video.engine.options.session import SessionOptions

Precision = Literal["auto", "fp32", "int8", "fp16"]
"""Kind of number in which a network computes."""

Classify = Literal["every", "adaptive"]
"""When faces are found and read: in every frame, or again only when one changed."""

REST_SECONDS = 2.0
"""Seconds for which faces are taken as resting after somebody has asked for it."""


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
    """Precision of the packaged networks; `auto` is int8 where there is one and it is fast, else
    fp32. With `fp32` the detector is in float, too. An .onnx file has one precision only."""
    classify: Classify = "every"
    """When faces are found and read: in `every` frame, or, `adaptive`, again only when one changed
    or after 0.2 s. Photographs are all read."""
    min_confidence: float | None = None
    """Confidence, 0..1, under which a face is labelled `uncertain`, in a film once it was under it
    for twice the time of `smoothing`; 0 labels every face, and None takes the one on the network's
    card."""
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
    """Readings of each face's parts per second of film; 0 is off. On photographs they are read
    once."""
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
        check_kinds(self)
        check_range(self, "min_confidence", 0, 1, give="0 (off) to 1")
        for reason in self.reject:
            if reason not in REASONS:
                raise OptionsError(f"reject {reason!r}: give some of {', '.join(REASONS)}")
        check_word(self, "precision", Precision)
        check_word(self, "classify", Classify)
        for name in ("smoothing", "calibrate"):
            check_range(self, name, 0, 60, give="0 (off) to 60 seconds")
        check_range(self, "parts", 0, 60, give="0 (off) to 60 times a second")
        check_range(self, "in_flight", 1, give="at least 1", called="frames in flight")
        check_range(self, "max_frames", 1, give="at least 1")
