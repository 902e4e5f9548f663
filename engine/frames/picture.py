"""From a decoded picture of any format to an upright planar Y'CbCr 4:2:0 `Frame`."""

from fractions import Fraction
from functools import lru_cache
from logging import getLogger
from time import monotonic
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

from fer_video.engine.errors import SourceError
from fer_video.engine.frames.frame import ColourMatrix, Frame, Plane
from fer_video.engine.frames.orientation import UPRIGHT, Orientation
from fer_video.engine.frames.tone import toned

log = getLogger(__name__)

MOST_PIXELS = 2**26
"""Most pixels of a picture, 8192 x 8192: a handful of larger ones would fill the memory."""

COLOUR_TAGS = ("colorspace", "color_range", "color_primaries", "color_trc")
"""PyAV's names of what a picture says of its colours."""

_WIDEST = 8
"""Widths of a pixel in heights, and heights in widths, beyond which what is said is a mistake."""
_HD = 720
"""Lines from which untagged colours are BT.709's."""
_PLANAR = ("yuv420p", "yuvj420p")
"""Pixel formats whose planes are copied as they are."""
_GRAY = ("gray", "grayj")
"""Pixel formats whose luma is copied as it is; they have no chroma."""
_WEIGHTS = {
    Colorspace.ITU709: (0.2126, 0.0722),
    Colorspace.FCC: (0.30, 0.11),
    Colorspace.ITU601: (0.299, 0.114),
    6: (0.299, 0.114),  # SMPTE 170M
    Colorspace.SMPTE240M: (0.212, 0.087),
    Colorspace.BT2020: (0.2627, 0.0593),
}
"""Kr and Kb by colour matrix, see `ColourMatrix`."""
_UNTAGGED = 2
"""The colour matrix that stands for none."""
_MEANINGLESS = (0, _UNTAGGED, 3)
"""Colour matrices that say nothing of Y'CbCr: that of RGB, none, and one that is reserved."""


def to_frame(
    picture: av.VideoFrame,
    *,
    index: int,
    pts: int,
    time_base: Fraction,
    source: str,
    file: str | None = None,
    orientation: Orientation = UPRIGHT,
    pixel_aspect: Fraction = Fraction(1),
    begins: int = 0,
) -> Frame:
    """Copy a decoded picture into memory of its own, upright and ready to be drawn on.

    Args:
        picture: of any pixel format and bit depth.
        index: see `Frame.index`.
        pts: time stamp in `time_base`, the container's start at 0.
        time_base: seconds.
        source: name of the source.
        file: path of the image within its folder.
        orientation: how it is turned, see `Orientations`.
        pixel_aspect: width over height of one pixel of the upright picture on screen.
        begins: time stamp at which the stretch that is read begins.

    Raises:
        SourceError: the picture has no pixels, or more than `MOST_PIXELS`.
    """
    check_size(picture.width, picture.height, source)
    if not picture.format.is_rgb:
        picture.colorspace = _known_matrix(int(picture.colorspace), source)
    planar = _planar(toned(picture))
    planes = [orientation.upright(plane) for plane in _planes(planar)]
    height, width = planes[0].shape
    own = av.VideoFrame(width + width % 2, height + height % 2)
    luma, cb, cr = map(copied, planes, views(own))
    own.pts, own.time_base = pts - begins, time_base
    for tag in COLOUR_TAGS:
        setattr(own, tag, getattr(planar, tag))
    colour = _colour(planar)
    if colour.full_range:  # which some formats tell by their name alone
        own.color_range = ColorRange.JPEG
    if planar.colorspace not in _WEIGHTS and planar.height >= _HD:
        own.colorspace = Colorspace.ITU709  # FFmpeg would take it for BT.601
    return Frame(
        index=index,
        time=float(pts * time_base),
        captured_at=monotonic(),
        luma=luma,
        cb=cb,
        cr=cr,
        colour=colour,
        picture=own,
        pts=pts - begins,
        time_base=time_base,
        source=source,
        file=file,
        pixel_aspect=float(believed(pixel_aspect)),
        damaged=picture.is_corrupt,
    )


def check_size(width: int, height: int, source: str) -> None:
    """Refuse pictures that no memory should be asked for.

    Raises:
        SourceError: no pixels, or more than `MOST_PIXELS`.
    """
    if width < 1 or height < 1:
        raise SourceError(f"{source}: its pictures are {width}x{height} pixels; nothing to see")
    if width * height > MOST_PIXELS:
        raise SourceError(
            f"{source}: its pictures are {width}x{height} pixels, more than the "
            f"{MOST_PIXELS / 1e6:.0f} million that are accepted; scale it down first"
        )


def _known_matrix(matrix: int, source: str) -> int:
    """The colour matrix, or in the place of one that FFmpeg does not convert the likest."""
    if matrix in _WEIGHTS:
        return matrix
    if matrix in _MEANINGLESS:
        return _UNTAGGED
    _warn_of_matrix(source, matrix)
    return int(Colorspace.BT2020)


@lru_cache(maxsize=64)
def _warn_of_matrix(source: str, matrix: int) -> None:
    log.warning(
        "%s: its colours are stored by matrix %d of ITU-T H.273, which is not read here; they are "
        "taken for BT.2020's and may look wrong",
        source,
        matrix,
    )


def believed(pixel_aspect: Fraction) -> Fraction:
    """Width over height of a pixel as it is said; that of a square in the place of a mistake."""
    return pixel_aspect if 1 <= _WIDEST * pixel_aspect <= _WIDEST**2 else Fraction(1)


def _planar(picture: av.VideoFrame) -> av.VideoFrame:
    """The picture as 8-bit 4:2:0 (or gray), its matrix and range kept; RGB becomes BT.601."""
    name = picture.format.name
    if name in _PLANAR or name in _GRAY:
        return picture
    if picture.format.is_rgb or name == "pal8":
        return picture.reformat(
            format="yuv420p", dst_colorspace=Colorspace.ITU601, dst_color_range=ColorRange.MPEG
        )
    full = picture.color_range == ColorRange.JPEG or name.startswith("yuvj")
    limits = ColorRange.JPEG if full else ColorRange.MPEG
    if name.startswith("gray"):  # swscale takes any gray for full range, and so changes no level
        return picture.reformat(format="gray", dst_color_range=limits)
    return picture.reformat(
        format="yuvj420p" if full else "yuv420p", src_color_range=limits, dst_color_range=limits
    )


def _planes(picture: av.VideoFrame) -> list[Plane]:
    height, width = picture.height, picture.width
    rows, columns = (height + 1) // 2, (width + 1) // 2
    luma, *chroma = views(picture)
    if not chroma:
        chroma = [np.full((rows, columns), 128, np.uint8)] * 2
    return [luma[:height, :width], *(plane[:rows, :columns] for plane in chroma)]


def views(picture: av.VideoFrame) -> list[Plane]:
    """The planes' memory, not copied: (rows, bytes a line) uint8 each, pixels at the left."""
    planes: tuple[Any, ...] = picture.planes
    return [np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size) for plane in planes]


def copied(plane: Plane, memory: Plane) -> Plane:
    """The plane in that memory; its border goes on where sizes were rounded up to even numbers."""
    height, width = plane.shape
    target = memory[:height, :width]
    np.copyto(target, plane)
    memory[height:, :width] = target[-1:]
    memory[:, width : width + 1] = memory[:, width - 1 : width]
    return target


def _colour(picture: av.VideoFrame) -> ColourMatrix:
    """The colour matrix and range as tagged; untagged, BT.709 from 720 lines up, BT.601 below."""
    untagged = Colorspace.ITU709 if picture.height >= _HD else Colorspace.ITU601
    red, blue = _WEIGHTS.get(picture.colorspace, _WEIGHTS[untagged])
    full = picture.color_range == ColorRange.JPEG or picture.format.name in ("yuvj420p", "grayj")
    return ColourMatrix(red, blue, full)
