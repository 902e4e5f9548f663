"""What a face detector is taught: which cells are positive for which face, and what they lose.

A face is a row of fifteen numbers, see `geometry.Rows`.
"""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from fer_video.exporters.detector.canvas.geometry import FACE, IGNORED
from fer_video.exporters.detector.network.architecture import STRIDES

CENTRE_RADIUS = 1.0
"""Centre sampling radius, in strides: how far from a face's centre that of a positive cell is."""

SIZE_RANGES = ((0.0, 36.0), (28.0, 84.0), (68.0, np.inf))
"""Sizes of the faces that each grid learns, as the root of their box's area in pixels. The ranges
overlap, so that no size falls between two grids."""


@dataclass(frozen=True, slots=True)
class LossWeights:
    """Factors of the parts of the loss; each part is a sum over cells / positive cells."""

    face: float = 1.0
    """Weight of telling faces from background."""
    fit: float = 0.5
    """Weight of telling how well the predicted box fits."""
    box: float = 2.0
    """Weight of the box's place and sides."""
    landmarks: float = 30.0
    """Weight of the five landmarks."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The cells of a picture of one size, in the network's order."""

    corner: tf.Tensor
    """(cells, 2) float32: x and y of the cell's upper left corner, in pixels."""
    stride: tf.Tensor
    """(cells, 1) float32: pixels from each cell to the next of its grid."""
    smallest: tf.Tensor
    """(cells,) float32: lower end of the cell's range in `SIZE_RANGES`, in pixels."""
    largest: tf.Tensor
    """(cells,) float32: upper end of the cell's range in `SIZE_RANGES`, in pixels."""

    @classmethod
    def of(cls, height: int, width: int) -> "Grid":
        """The grid of a picture of height x width pixels, both multiples of the largest stride."""
        corners, cells = [], []
        for stride, sizes in zip(STRIDES, SIZE_RANGES, strict=True):
            rows, columns = np.mgrid[: height // stride, : width // stride]
            corners.append(np.stack([columns.ravel(), rows.ravel()], 1) * stride)
            cells.append(np.tile([stride, *sizes], (rows.size, 1)))
        stride, smallest, largest = np.concatenate(cells).T.astype(np.float32)
        corner = tf.constant(np.concatenate(corners), tf.float32)
        return cls(
            corner, tf.constant(stride[:, None]), tf.constant(smallest), tf.constant(largest)
        )

    def boxes(self, cells: tf.Tensor) -> tf.Tensor:
        """(N, cells, 16) predictions to (N, cells, 4) boxes: centre x, y, width, height."""
        centre = cells[..., 2:4] * self.stride + self.corner
        return tf.concat([centre, tf.exp(tf.minimum(cells[..., 4:6], 8.0)) * self.stride], -1)

    def landmarks(self, cells: tf.Tensor) -> tf.Tensor:
        """(N, cells, 16) predictions to (N, cells, 10) pixels."""
        return cells[..., 6:16] * self.stride + tf.tile(self.corner, [1, 5])


class DetectorLoss:
    """Loss of one batch, for `keras.Model.compile`.

    Cells near a face's centre, of the grids for its size, are positive, as in FCOS (Tian et al.,
    2019). They learn to say "face" (cross-entropy over all cells but the ignored ones), how well
    their box fits (cross-entropy against its IoU, as in YOLOX, Ge et al., 2021), the box (EIoU,
    Zhang et al., 2021) and the landmarks (distance in shares of the face's size).
    """

    def __init__(self, height: int, width: int, weights: LossWeights | None = None) -> None:
        self._grid = Grid.of(height, width)
        self._weights = weights or LossWeights()

    def __call__(
        self, faces: tf.Tensor, cells: tf.Tensor, sample_weight: tf.Tensor | None = None
    ) -> tf.Tensor:
        """Loss of predictions `cells` (N, cells, 16) for `faces` (N, most, 15), a scalar."""
        del sample_weight  # Keras passes one; every picture counts the same
        faces = tf.cast(faces, tf.float32)
        boxes = self._grid.boxes(cells)
        positive, face = assign(self._grid, faces)
        truth = tf.gather(faces, face, batch_dims=1)  # (N, cells, 15)
        counted = tf.cast(positive | ~ignored(self._grid, faces), tf.float32)
        positive = tf.cast(positive, tf.float32)
        total = tf.maximum(tf.reduce_sum(positive), 1.0)
        iou, eiou = iou_and_eiou(centred(truth), boxes)
        away = distance(truth, self._grid.landmarks(cells))
        fit = tf.clip_by_value(tf.stop_gradient(iou), 0.0, 1.0)
        weights = self._weights
        parts = (
            weights.face * counted * cross_entropy(positive, cells[..., 0])
            + weights.fit * positive * cross_entropy(fit, cells[..., 1])
            + weights.box * positive * eiou
            + weights.landmarks * positive * away
        )
        return tf.reduce_sum(parts) / total


def assign(grid: Grid, faces: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Which cells are positive, and for which face: the smallest, where several would do.

    Args:
        grid: of the picture.
        faces: (N, most, 15) float32.

    Returns:
        (N, cells) bool, and (N, cells) int64: rows of `faces`, 0 where the cell is not positive.
    """
    area = tf.reduce_prod(faces[..., 3:5], -1, keepdims=True)  # (N, most, 1)
    size = tf.sqrt(area)
    fits = (size >= grid.smallest) & (size < grid.largest)
    possible = (
        (faces[..., :1] == FACE) & fits & _covers(grid, faces, CENTRE_RADIUS)
    )  # (N, most, cells)
    area = tf.where(possible, area, np.inf)
    return tf.reduce_any(possible, 1), tf.argmin(area, 1)


def ignored(grid: Grid, faces: tf.Tensor) -> tf.Tensor:
    """(N, cells) bool: cells in ignore regions, which may hold a face or not."""
    return tf.reduce_any((faces[..., :1] == IGNORED) & _covers(grid, faces, np.inf), 1)


def _covers(grid: Grid, faces: tf.Tensor, reach: float) -> tf.Tensor:
    """(N, most, cells) bool: the cell lies in the face, and `reach` strides from its centre.

    The cell that holds the centre always does, be the face ever so small.
    """
    faces = centred(faces)[:, :, None]  # (N, most, 1, 4)
    away = tf.abs(grid.corner + grid.stride / 2 - faces[..., :2])
    near = tf.minimum(tf.maximum(faces[..., 2:] / 2, grid.stride / 2), reach * grid.stride)
    return tf.reduce_all(away <= near, -1)


def centred(faces: tf.Tensor) -> tf.Tensor:
    """(..., 15) faces to (..., 4) boxes: centre x, y, width, height."""
    return tf.concat([faces[..., 1:3] + faces[..., 3:5] / 2, faces[..., 3:5]], -1)


def iou_and_eiou(truth: tf.Tensor, boxes: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Intersection over union, and the EIoU loss (Zhang et al., 2021) of overlap, place and sides.

    Args:
        truth: (..., 4) float32: centre x, y, width, height; broadcast against `boxes`.
        boxes: (..., 4) float32.
    """
    low = tf.maximum(truth[..., :2] - truth[..., 2:] / 2, boxes[..., :2] - boxes[..., 2:] / 2)
    high = tf.minimum(truth[..., :2] + truth[..., 2:] / 2, boxes[..., :2] + boxes[..., 2:] / 2)
    shared = tf.reduce_prod(tf.maximum(high - low, 0.0), -1)
    both = tf.reduce_prod(truth[..., 2:], -1) + tf.reduce_prod(boxes[..., 2:], -1) - shared
    overlap = shared / tf.maximum(both, 1e-6)
    hull = tf.maximum(
        (truth[..., 2:] + boxes[..., 2:]) / 2 + tf.abs(truth[..., :2] - boxes[..., :2]),
        tf.maximum(truth[..., 2:], boxes[..., 2:]),
    )  # sides of the smallest box around both
    square = tf.maximum(tf.square(hull), 1e-6)
    place = tf.reduce_sum(tf.square(truth[..., :2] - boxes[..., :2]), -1)
    sides = tf.reduce_sum(tf.square(truth[..., 2:] - boxes[..., 2:]) / square, -1)
    return overlap, 1 - overlap + place / tf.reduce_sum(square, -1) + sides


def distance(truth: tf.Tensor, landmarks: tf.Tensor) -> tf.Tensor:
    """(N, cells): mean distance along x and y, in shares of the face's size, smooth near zero."""
    size = tf.sqrt(tf.maximum(tf.reduce_prod(truth[..., 3:5], -1, keepdims=True), 1.0))
    away = tf.abs(truth[..., 5:15] - landmarks) / size
    return tf.reduce_mean(tf.where(away < 0.02, away**2 / 0.04, away - 0.01), -1)


def cross_entropy(target: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Element by element."""
    return tf.nn.sigmoid_cross_entropy_with_logits(labels=target, logits=logits)
