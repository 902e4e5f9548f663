"""High dynamic range made ordinary, for networks and players that know nothing of it."""

from functools import lru_cache
from threading import Lock

import av
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter

_CURVES = (ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67)
"""Transfer functions of high dynamic range: PQ and HLG."""


def toned(picture: av.VideoFrame, source: str) -> av.VideoFrame:
    """The picture in BT.709, 8 bits and limited range, if it is in PQ or HLG; else as it is.

    Args:
        picture: decoded.
        source: name of its source, for which the tables, which take seconds to make, are kept.
    """
    return _mapper(source)(picture) if picture.color_trc in _CURVES else picture


class _Mapper:
    """FFmpeg's tone mapping, for one picture after the other."""

    def __init__(self) -> None:
        self._reformatter, self._alone = VideoReformatter(), Lock()

    def __call__(self, picture: av.VideoFrame) -> av.VideoFrame:
        with self._alone:
            return self._reformatter.reformat(
                picture,
                format="yuv420p",
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
                dst_color_trc=ColorTrc.BT709,
                dst_color_primaries=ColorPrimaries.BT709,
            )


@lru_cache(maxsize=8)
def _mapper(source: str) -> _Mapper:  # noqa: ARG001 - it is the cache's key
    return _Mapper()
