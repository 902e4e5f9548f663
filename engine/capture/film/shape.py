"""Shape of pixels: how wide those of a film are, which a broadcast changes between programmes."""

from fractions import Fraction

import av

from fer_video.engine.frames.orientation import Orientation
from fer_video.engine.frames.picture import believed

_SQUARE = Fraction(1)


class PixelShape:
    """Width over height of a pixel on screen: as the container says, until pictures say another."""

    def __init__(self, stream: av.VideoStream) -> None:
        """Know what the container says of `stream`."""
        self._stream = stream
        self._told = stream.sample_aspect_ratio or _SQUARE
        self._first: Fraction | None = None
        """What the first picture said, which the container overrules."""

    def __call__(self, orientation: Orientation) -> Fraction:
        """That of the picture that was decoded last, upright."""
        said = self._stream.codec_context.sample_aspect_ratio or self._first or self._told
        self._first = self._first or said
        shape = believed(self._told if said == self._first else said)
        return 1 / shape if orientation.transposed else shape
