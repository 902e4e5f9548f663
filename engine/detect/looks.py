"""Several looks at one picture, each coarser than the one before it.

A network finds faces of a range of sizes in what it is given. The first look is fine enough for the
smallest faces asked for; those too large for it are found by coarser ones, of which each costs a
ninth of the one before.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from fer_video.engine.faces.face import Face
from fer_video.engine.frames.frame import Plane
from fer_video.engine.kernels.scale import shrink

LARGEST_FACE = 288
"""Height in pixels, in what the network is given, up to which it finds faces well, even those that
fill their picture; of those in the midst of one it finds most up to 350."""
_COARSER = 3
"""How much coarser than the one before a look is: half of what it finds the other finds, too."""


def looks(picture: Plane) -> Iterator[Plane]:
    """The picture, and smaller ones of it while the last has room for a face that is too large.

    Args:
        picture: (H, W) uint8, full range.
    """
    yield picture
    while min(picture.shape) > LARGEST_FACE:
        picture = _smaller(picture)
        yield picture


def joined(
    fine: Sequence[Face], coarse: Sequence[Face], largest: float, overlap: float
) -> tuple[Face, ...]:
    """The faces of a look and those of a coarser one, each once.

    The coarse look is asked for large faces alone. One that both found is the fine look's, unless
    it is too large for that: the coarse one then knows better where it is.

    Args:
        fine: faces of the finer look.
        coarse: faces of the coarser look, in the same pixels.
        largest: height in these pixels up to which the fine look finds faces well.
        overlap: IoU from which two faces are one.
    """
    known = [face for face in fine if face.box.height <= largest]
    wanted = (face for face in coarse if face.box.height >= largest / 2)
    added = [face for face in wanted if not _among(face, known, overlap)]
    large = (face for face in fine if face.box.height > largest)
    kept = (face for face in large if not _among(face, added, overlap))
    return tuple(sorted((*known, *added, *kept), key=lambda face: -face.score))


def _among(face: Face, others: Sequence[Face], overlap: float) -> bool:
    return any(face.box.iou(other.box) >= overlap for other in others)


def _smaller(picture: Plane) -> Plane:
    height, width = picture.shape
    smaller = np.empty((max(height // _COARSER, 1), max(width // _COARSER, 1)), np.uint8)
    shrink(picture, smaller, full_range=True)
    return smaller
