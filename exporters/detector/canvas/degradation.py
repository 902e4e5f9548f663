"""What light, lens, sensor, transmission and a passing hand do to a picture in luma."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_video.engine.frames.frame import Plane


def degrade(rng: np.random.Generator, canvas: Plane, boxes: NDArray[np.float32]) -> Plane:
    """A new picture of the same size, somewhat worse, or much worse, or the same.

    Args:
        rng: decides.
        canvas: (H, W) uint8.
        boxes: (n, 4) float32: left, top, width, height of the faces that may be half covered.
    """
    chances = rng.random(7)
    if chances[0] < 0.2:
        _cover(rng, canvas, boxes)
    if chances[1] < 0.75:
        canvas = cv2.LUT(canvas, _tone_curve(rng)).astype(np.uint8)
    if chances[2] < 0.15:
        canvas = _shaded(rng, canvas)
    if chances[3] < 0.15:
        canvas = _coarsened(rng, canvas)
    if chances[4] < 0.2:
        canvas = _blurred(rng, canvas)
    if chances[5] < 0.3:
        canvas = _noisy(rng, canvas)
    if chances[6] < 0.35:
        canvas = _compressed(rng, canvas)
    return canvas


def scribble(rng: np.random.Generator, size: int) -> Plane:
    """(size, size) uint8: flat shapes, strokes and words, as in cartoons and captions."""
    shades = rng.integers(0, 256, 14)
    canvas = np.full((size, size), shades[0], np.uint8)
    for shade in shades[1 : rng.integers(4, 15)]:
        x, y, a, b = (int(v) for v in rng.integers(-size // 8, size, 4))
        radius, width = int(rng.integers(2, size // 4)), int(rng.choice([-1, -1, 1, 2, 5]))
        match rng.integers(5):
            case 0:
                cv2.circle(canvas, (x, y), radius, int(shade), width)
            case 1:
                axes = (radius, 1 + radius // 2)
                cv2.ellipse(canvas, (x, y), axes, a, 0, 360, int(shade), width)
            case 2:
                cv2.rectangle(canvas, (x, y), (a, b), int(shade), width)
            case 3:
                cv2.line(canvas, (x, y), (a, b), int(shade), abs(width) + 1)
            case _:
                word = "".join(map(chr, rng.integers(33, 127, 12)))
                zoom = float(rng.uniform(0.3, 2.0))
                cv2.putText(canvas, word, (x - 40, y), int(rng.integers(8)), zoom, int(shade), 2)
    return canvas


def _cover(rng: np.random.Generator, canvas: Plane, boxes: NDArray[np.float32]) -> None:
    """Hide a part of some faces, up to a third, behind something flat or a piece of the picture."""
    height, width = canvas.shape
    for left, top, across, down in boxes[rng.random(len(boxes)) < 0.4]:
        w, h = (max(int(side), 1) for side in np.array([across, down]) * rng.uniform(0.2, 0.6, 2))
        x = int(np.clip(left + rng.uniform(-0.1, 1) * (across - w), 0, max(width - w, 0)))
        y = int(np.clip(top + rng.uniform(-0.1, 1) * (down - h), 0, max(height - h, 0)))
        place = canvas[y : y + h, x : x + w]
        if rng.random() < 0.5:
            place[:] = rng.integers(256)
            continue
        row, column = (
            rng.integers(height - place.shape[0] + 1),
            rng.integers(width - place.shape[1] + 1),
        )
        place[:] = canvas[row : row + place.shape[0], column : column + place.shape[1]].copy()


def _tone_curve(rng: np.random.Generator) -> Plane:
    """(256,) uint8: gamma, contrast and brightness; one in five dark as a room at night."""
    levels = np.linspace(0, 1, 256) ** float(np.exp(rng.normal(0, 0.35)))
    levels = (levels - 0.5) * rng.uniform(0.5, 1.4) + 0.5 + rng.normal(0, 0.08)
    if rng.random() < 0.2:
        levels *= rng.uniform(0.15, 0.6)
    return (np.clip(levels, 0, 1) * 255 + 0.5).astype(np.uint8)


def _shaded(rng: np.random.Generator, canvas: Plane) -> Plane:
    """Lit from one side."""
    height, width = canvas.shape
    angle, depth = rng.uniform(0, 2 * np.pi), rng.uniform(0.3, 0.8)
    across = np.linspace(-1, 1, width, dtype=np.float32) * np.float32(np.cos(angle))
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None] * np.float32(np.sin(angle))
    gain = np.float32(1) + np.float32(depth) * np.clip(across + down, -1, 1)
    return np.clip(canvas * gain, 0, 255).astype(np.uint8)


def _coarsened(rng: np.random.Generator, canvas: Plane) -> Plane:
    """Seen by a camera of fewer pixels."""
    zoom = float(rng.uniform(0.4, 0.8))
    small = cv2.resize(canvas, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    way = int(rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST], p=[0.6, 0.3, 0.1]))
    return cv2.resize(small, canvas.shape[::-1], interpolation=way).astype(np.uint8)


def _blurred(rng: np.random.Generator, canvas: Plane) -> Plane:
    """Out of focus, or moved."""
    if rng.random() < 0.5:
        return cv2.GaussianBlur(canvas, (0, 0), float(rng.uniform(0.4, 1.8))).astype(np.uint8)
    length = int(rng.integers(3, 10))
    kernel = np.zeros((length, length), np.float32)
    angle, middle = rng.uniform(0, np.pi), (length - 1) / 2
    reach = np.array([np.cos(angle), np.sin(angle)]) * middle
    ends: Sequence[tuple[int, ...]] = [
        tuple(round(middle + side * value) for value in reach) for side in (-1, 1)
    ]
    cv2.line(kernel, ends[0], ends[1], 1.0)
    return cv2.filter2D(canvas, -1, kernel / kernel.sum()).astype(np.uint8)


def _noisy(rng: np.random.Generator, canvas: Plane) -> Plane:
    noise = rng.standard_normal(canvas.shape, np.float32) * np.float32(rng.uniform(2, 14))
    return np.clip(canvas + noise, 0, 255).astype(np.uint8)


def _compressed(rng: np.random.Generator, canvas: Plane) -> Plane:
    _, data = cv2.imencode(".jpg", canvas, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 85))])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
