"""How a stored picture is turned and mirrored to be seen upright."""

import struct
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import av

from fer_video.engine.frames.frame import Plane

_MATRIX = struct.Struct("=9i")
"""A display matrix as FFmpeg holds it: a b u c d v x y w (ISO 14496-12, 8.3.2)."""


@dataclass(frozen=True, slots=True)
class Orientation:
    """One of the eight ways in which a picture may be stored."""

    transposed: bool = False
    """Whether rows become columns, before anything is reversed."""
    rows_reversed: bool = False
    """Whether the last row comes first."""
    columns_reversed: bool = False
    """Whether the last column comes first."""

    def upright(self, plane: Plane) -> Plane:
        """A view of a stored plane, (H, W), as it is to be seen."""
        turned = plane.T if self.transposed else plane
        rows = slice(None, None, -1 if self.rows_reversed else 1)
        return turned[rows, :: -1 if self.columns_reversed else 1]


UPRIGHT = Orientation()
"""As it is stored."""
BY_EXIF = {
    1: UPRIGHT,
    2: Orientation(columns_reversed=True),
    3: Orientation(rows_reversed=True, columns_reversed=True),
    4: Orientation(rows_reversed=True),
    5: Orientation(transposed=True),
    6: Orientation(transposed=True, columns_reversed=True),
    7: Orientation(transposed=True, rows_reversed=True, columns_reversed=True),
    8: Orientation(transposed=True, rows_reversed=True),
}
"""By the number that a photograph's EXIF data gives."""


def orientation_of(picture: av.VideoFrame) -> Orientation:
    """What the display matrix of a decoded picture says, to the nearest quarter turn.

    Where PyAV cannot read the matrix, since the picture brings data of a kind that it does not
    know, its rotation is taken, which tells no mirror.
    """
    with suppress(ValueError):
        data: Any = side_data_of(picture).get("DISPLAYMATRIX")
        if data is None:
            return UPRIGHT
        a, b, _, c, d, *_ = _MATRIX.unpack(bytes(data))
        return _of_axes(a, b, c, d)
    turns = round(picture.rotation / 90) % 4
    return (UPRIGHT, BY_EXIF[8], BY_EXIF[3], BY_EXIF[6])[turns]


def side_data_of(picture: av.VideoFrame) -> Any:
    """What comes with a picture, read from a small copy.

    PyAV keeps a picture whose own side data was looked at in memory until Python next searches for
    garbage, and some dozen of 12 megapixels each are gathered until then.

    Raises:
        ValueError: it brings data of a kind that PyAV does not know.
    """
    return picture.reformat(width=16, height=16, interpolation="POINT").side_data


class Orientations:
    """How the pictures of one stream are turned; read when the rotation is another than before."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._rotation: float | None = None
        self._orientation = UPRIGHT

    def __call__(self, picture: av.VideoFrame) -> Orientation:
        """The orientation of the next picture."""
        if picture.rotation != self._rotation:
            self._rotation, self._orientation = picture.rotation, orientation_of(picture)
        return self._orientation


def _of_axes(a: int, b: int, c: int, d: int) -> Orientation:
    """Upright x = a x + c y, upright y = b x + d y."""
    if abs(b) + abs(c) > abs(a) + abs(d):
        return Orientation(transposed=True, rows_reversed=b < 0, columns_reversed=c < 0)
    return Orientation(rows_reversed=d < 0, columns_reversed=a < 0)
