"""Kernels that follow a face from picture to picture, by how it looked when it was found.

Lucas and Kanade, "An Iterative Image Registration Technique with an Application to Stereo Vision",
1981, in the inverse compositional form of Baker and Matthews, "Lucas-Kanade 20 Years On", 2004:
what each motion would change is worked out once, on the template. The motions are a shift, a growth
and a turn.
"""

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.compiling import njit
from fer_video.engine.frames.frame import Plane
from fer_video.engine.kernels.sample import bounded
from fer_video.engine.kernels.view import view

_STEPS = 2
"""Most steps that are taken in one picture."""
_ENOUGH = 0.1
"""Pixels of the view under which a step is the last one."""
_FARTHEST = 8.0
"""Pixels beyond which a step is no small one, so that it says nothing."""


@njit(nogil=True)
def motions(template: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """What small motions change of a view.

    Args:
        template: (side, side) float32.

    Returns:
        (4, side, side) float32: the change by a pixel to the right and down, by growing and by
        turning about the centre; and (4, 4), their products, which have an inverse.
    """
    side = template.shape[0]
    images, middle = np.zeros((4, side, side), np.float32), (side - 1) / 2
    for y in range(1, side - 1):
        for x in range(1, side - 1):
            right = (template[y, x + 1] - template[y, x - 1]) / 2
            down = (template[y + 1, x] - template[y - 1, x]) / 2
            images[0, y, x], images[1, y, x] = right, down
            images[2, y, x] = (x - middle) * right + (y - middle) * down
            images[3, y, x] = (x - middle) * down - (y - middle) * right
    products = np.eye(4)  # so that a blank view has an inverse, too
    for i in range(4):
        for j in range(4):
            products[i, j] += np.sum(images[i] * images[j])
    return images, products


@njit(nogil=True)
def follow(
    plane: Plane,
    matrix: NDArray[np.float32],
    template: NDArray[np.float32],
    images: NDArray[np.float32],
    inverse: NDArray[np.float64],
    out: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Find where a plane looks like a template, near where that was before.

    Args:
        plane: (H, W) uint8.
        matrix: (2, 3) float32 from pixels of the view to where it was.
        template: (side, side) float32.
        images: of `motions`.
        inverse: of the products.
        out: (side, side) float32, written whole: the view where it is now.

    Returns:
        (2, 3) float32: from pixels of the view to where it is now, see `bounded`.
    """
    middle = (template.shape[0] - 1) / 2
    view(plane, matrix, out)
    for _ in range(_STEPS):
        x = y = growth = turn = 0.0
        for i in range(4):
            error = likeness(images[i], out, template)
            x += inverse[0, i] * error
            y += inverse[1, i] * error
            growth += inverse[2, i] * error
            turn += inverse[3, i] * error
        moves = max(abs(x), abs(y), middle * abs(growth), middle * abs(turn))
        if not _ENOUGH <= moves <= _FARTHEST:
            break
        matrix = bounded(before(matrix, x, y, growth, turn, middle), out.shape[0], *plane.shape)
        view(plane, matrix, out)
    return matrix


@njit(nogil=True, fastmath=True)
def likeness(
    image: NDArray[np.float32], now: NDArray[np.float32], template: NDArray[np.float32]
) -> np.float32:
    """How much of an image is in what has changed: the sum of their products."""
    total = np.float32(0)
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            total += image[y, x] * (now[y, x] - template[y, x])
    return total


@njit(nogil=True)
def difference(one: NDArray[np.float32], other: NDArray[np.float32], size: int) -> float:
    """The largest between the means of two views over cells of size x size pixels; the side of the
    views is a multiple of it."""
    largest = np.float32(0)
    for top in range(0, one.shape[0], size):
        for left in range(0, one.shape[1], size):
            total = np.float32(0)
            for y in range(top, top + size):
                for x in range(left, left + size):
                    total += one[y, x] - other[y, x]
            largest = max(largest, abs(total))
    return float(largest) / (size * size)


@njit(nogil=True)
def before(
    matrix: NDArray[np.float32], x: float, y: float, growth: float, turn: float, middle: float
) -> NDArray[np.float32]:
    """A map to be gone after a motion's inverse."""
    size = (1 + growth) ** 2 + turn**2
    a, b = (1 + growth) / size, turn / size  # of the inverse: (a, b), (-b, a)
    left = middle - a * (middle + x) - b * (middle + y)
    top = middle + b * (middle + x) - a * (middle + y)
    result = np.empty((2, 3), np.float32)
    for i in range(2):
        result[i, 0] = matrix[i, 0] * a - matrix[i, 1] * b
        result[i, 1] = matrix[i, 0] * b + matrix[i, 1] * a
        result[i, 2] = matrix[i, 0] * left + matrix[i, 1] * top + matrix[i, 2]
    return result
