"""Keyframes: where a player may begin, and behind which a file that is cut off still plays."""

from fractions import Fraction

import av
from av.video.frame import PictureType

EVERY = 2
"""Seconds: what a cut-off mp4 may lose, and how far a player has to go back to seek."""
_SECOND = 1
"""Seconds from the first keyframe to the second, since a killed mp4 plays from there on."""


class Keyframes:
    """Asks for them by the time of the pictures, since their number tells little of it.

    A recording of a screen, say, has thirty pictures in one second and none in the next ten.
    """

    def __init__(self) -> None:
        """Expect the first picture, which the encoder makes one by itself."""
        self._next: Fraction | None = None

    def mark(self, picture: av.VideoFrame, time: Fraction) -> None:
        """Ask the encoder for a keyframe if one is due.

        Args:
            picture: that goes to the encoder.
            time: seconds at which it is seen.
        """
        if self._next is None:
            self._next = time + _SECOND
        elif time >= self._next:
            picture.pict_type = PictureType.I
            self._next = time + EVERY
