"""Loops over a detector's cells and boxes."""

from math import exp, inf, sqrt

import numpy as np
from numpy.typing import NDArray

from fer_video.engine.compiling import njit

_FARTHEST = 4.0
"""Longer sides of the picture, from its corner, beyond which nothing of a face can lie."""


@njit(nogil=True)
def find_boxes(
    outputs: tuple[NDArray[np.float32], ...],
    strides: tuple[int, ...],
    width: int,
    limits: tuple[float, float, float, float],
    most: int,
) -> NDArray[np.float32]:
    """Faces from all outputs of a network: decoded, the best of each face, by vote of its cells.

    Args:
        outputs: (1, cells, k) float32 each: of every stride in turn cls, obj, bbox, kps.
        strides: of the network, in pixels.
        width: of what it saw, in pixels.
        limits: scores from which a cell counts and from which it has a say; the IoU from which two
            boxes are one face, and from which a cell agrees with a box.
        most: cells that are looked at in all.

    Returns:
        (n, 15) float32: score, left, top, width, height, five x, y; in network pixels, the best
        score first.
    """
    sure, heard, overlap, agreeing = limits
    rows, count = np.empty((most, 15), np.float32), 0
    for i in range(len(strides)):
        columns, at = width // strides[i], 4 * i
        scores = outputs[at].ravel(), outputs[at + 1].ravel()
        cells = *scores, outputs[at + 2][0], outputs[at + 3][0]
        count = decode_cells(*cells, strides[i], columns, heard, rows, count)
    rows = rows[:count]
    good = rows[rows[:, 0] >= sure]
    faces: NDArray[np.float32] = vote(good[suppress(good, overlap)], rows, agreeing)
    return faces


@njit(nogil=True)
def decode_cells(
    cls: NDArray[np.float32],
    obj: NDArray[np.float32],
    bbox: NDArray[np.float32],
    kps: NDArray[np.float32],
    stride: int,
    columns: int,
    threshold: float,
    out: NDArray[np.float32],
    count: int,
) -> int:
    """Append the cells of one stride whose score reaches the threshold (YuNet, Wu et al. 2023).

    Cells with a number that is none (NaN), infinite or absurdly large are left out, whatever their
    score: a network from elsewhere may give anything, and all that comes later counts with it.

    Args:
        cls: (cells,) float32, probability of a face.
        obj: (cells,) float32, how well the box fits; the score is sqrt(cls * obj), at most 1.
        bbox: (cells, 4) float32: centre offset in strides, log size in strides.
        kps: (cells, 10) float32: five points, offset in strides.
        stride: pixels a cell.
        columns: cells a row.
        threshold: lowest score to keep.
        out: (most, 15) float32: score, left, top, width, height, five x, y; in network pixels.
        count: rows of `out` already filled.

    Returns:
        The rows filled now; when `out` is full the rest is left out.
    """
    farthest = _FARTHEST * stride * max(columns, cls.shape[0] // columns)
    for cell in range(cls.shape[0]):
        score = sqrt(max(cls[cell], 0.0) * max(obj[cell], 0.0))
        if not threshold <= score < inf or count == out.shape[0]:
            continue
        row, column = cell // columns, cell % columns
        width = exp(bbox[cell, 2]) * stride
        height = exp(bbox[cell, 3]) * stride
        out[count, 0] = min(score, 1.0)
        out[count, 1] = (column + bbox[cell, 0]) * stride - width / 2
        out[count, 2] = (row + bbox[cell, 1]) * stride - height / 2
        out[count, 3] = width
        out[count, 4] = height
        for point in range(5):
            out[count, 5 + 2 * point] = (kps[cell, 2 * point] + column) * stride
            out[count, 6 + 2 * point] = (kps[cell, 2 * point + 1] + row) * stride
        good = width > 0 and height > 0
        for value in out[count]:
            good &= abs(value) <= farthest  # which NaN is not
        count += good
    return count


@njit(nogil=True)
def suppress(boxes: NDArray[np.float32], overlap: float) -> NDArray[np.int64]:
    """Greedy non-maximum suppression.

    Args:
        boxes: (n, >= 5) float32: score, left, top, width, height.
        overlap: a box that shares at least this IoU with a better one goes.

    Returns:
        (kept,) int64, rows of `boxes`, best score first.
    """
    order = np.argsort(-boxes[:, 0], kind="mergesort")
    kept = np.empty(order.shape[0], np.int64)
    count = 0
    for candidate in order:
        a = boxes[candidate]
        good = True
        for index in range(count):
            if _overlap(a, boxes[kept[index]], overlap):
                good = False
                break
        if good:
            kept[count] = candidate
            count += 1
    return kept[:count]


@njit(nogil=True)
def vote(
    kept: NDArray[np.float32], boxes: NDArray[np.float32], overlap: float
) -> NDArray[np.float32]:
    """Boxes and points as the mean of all cells that agree, weighted by their scores.

    Each cell alone is off by some per cent of a face, and by others in the next frame; see box
    voting (Gidaris and Komodakis, "Object detection via a multi-region and semantic
    segmentation-aware CNN model", 2015).

    Args:
        kept: (n, 15) float32, rows of `boxes` that `suppress` has kept.
        boxes: (m, 15) float32: score, left, top, width, height, five x, y.
        overlap: IoU with a kept box from which a box agrees with it.

    Returns:
        (n, 15) float32; the scores are those of `kept`.
    """
    result = kept.copy()
    for row in range(kept.shape[0]):
        sums = np.zeros(kept.shape[1], np.float64)
        total = 0.0
        for other in range(boxes.shape[0]):
            if _overlap(kept[row], boxes[other], overlap):
                weight = float(boxes[other, 0])
                total += weight
                for column in range(1, kept.shape[1]):
                    sums[column] += weight * boxes[other, column]
        if total > 0:
            for column in range(1, kept.shape[1]):
                result[row, column] = sums[column] / total
    return result


@njit(nogil=True, inline="always")
def _overlap(a: NDArray[np.float32], b: NDArray[np.float32], least: float) -> bool:
    """Whether two boxes share at least this intersection over union."""
    across = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    down = min(a[2] + a[4], b[2] + b[4]) - max(a[2], b[2])
    if across <= 0 or down <= 0:
        return False
    shared = across * down
    return bool(shared >= least * (a[3] * a[4] + b[3] * b[4] - shared))
