"""Settings of how faces are looked for."""

from dataclasses import dataclass
from math import ceil
from pathlib import Path

from fer_video.engine.options.checks import check_kinds, check_range

NETWORK_FACE = 16
"""Height in pixels, in the picture that the detector is given, from which it finds some faces; most
from twice or three times that."""

USUAL_FACE, USUAL_SHARE, LEAST_FACE = 64, 20, 8
"""Smallest faces looked for unless a size is given: 64 pixels high, in small pictures a 20th of the
longer side; but never under 8 pixels, since enlarging a picture more than twice shows nothing new,
and a face that fills it is found less well."""

STILL_FACE, STILL_SHARE = 16, 80
"""Smallest faces looked for in photographs, which have time: 16 pixels high, in small pictures a
20th and in large ones an 80th of the longer side, so that one of any size takes a tenth of a second
at most."""


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
    if that is less; in photographs 16 pixels, or an 80th of the longer side if that is more, or a
    20th if that is less than 16; never under 8."""

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            OptionsError: a setting lies outside its range.
        """
        check_kinds(self)
        check_range(self, "min_face", 4, 4096, give="4 to 4096 pixels")
        check_range(self, "size", 32, 4096, give="32 to 4096 pixels", called="detector size")
        check_range(self, "threshold", 0, 1, give="0 to 1", called="detector threshold")
        check_range(self, "overlap", 0, 1, give="0 to 1", called="detector overlap")

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
