"""High dynamic range made ordinary, for networks and players that know nothing of it."""

from functools import lru_cache

import av
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter

_CURVES = (ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67)
"""Transfer functions of high dynamic range: PQ and HLG."""


def toned(picture: av.VideoFrame) -> av.VideoFrame:
    """The picture in BT.709, 8 bits and limited range, if it is in PQ or HLG; else as it is."""
    if picture.color_trc not in _CURVES:
        return picture
    size, tags = (picture.width, picture.height), (picture.colorspace, picture.color_range)
    idle = _idle(picture.format.name, *size, *tags, picture.color_primaries, picture.color_trc)
    try:
        mapper = idle.pop()
    except IndexError:
        mapper = VideoReformatter()
    mapped = mapper.reformat(
        picture,
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
        dst_color_trc=ColorTrc.BT709,
        dst_color_primaries=ColorPrimaries.BT709,
    )
    idle.append(mapper)
    return mapped


@lru_cache(maxsize=32)
def _idle(*kind: str | int) -> list[VideoReformatter]:  # noqa: ARG001 - it is the cache's key
    """Mappers of pictures of one kind that nobody uses: their tables take seconds to make, and are
    made anew for each other size, format, matrix, range or curve."""
    return []
