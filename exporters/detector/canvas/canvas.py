"""Training pictures for the face detector: photographs cut, turned, scaled and put side by side.

Most canvases show one photograph, so that faces keep their surroundings; the rest are mosaics of
photographs (Bochkovskiy et al., 2020), with and without faces, which make faces small and the
tiles' edges meaningless. Cut-out faces are copied and pasted onto some.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_video.engine.frames.frame import Plane
from fer_video.exporters.detector.canvas.geometry import (
    ROW,
    Rows,
    Tile,
    moved,
    rows_of,
    similarity,
    visible,
    warped,
)
from fer_video.exporters.detector.canvas.pasting import hide, paste_crowd, paste_face
from fer_video.exporters.detector.data.teacher import LabelledPicture

MOST_FACES = 72
"""Most faces and ignore regions a canvas; further ignore regions are blackened."""


@dataclass(frozen=True, slots=True)
class CanvasOptions:
    """How training canvases are composed; shares are probabilities."""

    tiles: tuple[float, ...] = (0.55, 0.32, 0.13)
    """Shares of canvases with one, two by two, three by three photographs, and so on."""
    empty: float = 0.36
    """Share of tiles that show a picture without a face."""
    farthest: float = 0.2
    """Smallest zoom of a picture without a face, in those at which it would just cover its tile:
    smaller things look like small faces."""
    nearest: float = 3.0
    """Largest zoom of a picture without a face, in the same unit: details look like large faces."""
    out_of_focus: float = 0.0
    """Share of tiles without a face that are blurred as what lies far behind a face is."""
    pasted: float = 0.12
    """Share of canvases on which cut-out faces are pasted."""
    crowded: float = 0.0
    """Share of canvases on which lines of cut-out faces are pasted, a crowd."""
    whole: float = 0.3
    """Share of tiles with faces that show a picture about whole, wherever its faces are."""
    smallest_face: float = 11.0
    """Height in pixels under which a face is ignored."""
    least_visible: float = 0.4
    """Share of a face's box inside its tile under which the face is ignored."""
    turn: float = 30.0
    """Largest rotation, in degrees."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainingPictures:
    """Labelled pictures, sorted by what canvases use them for."""

    photographs: Sequence[Sequence[LabelledPicture]]
    """Groups of pictures with faces in their surroundings."""
    shares: Sequence[float]
    """Probability of each group, in the same order; they sum to 1."""
    empty: Sequence[LabelledPicture]
    """Pictures without a face."""
    cutouts: Sequence[LabelledPicture]
    """Pictures of little more than one face."""


def compose(
    rng: np.random.Generator, pictures: TrainingPictures, size: int, options: CanvasOptions
) -> tuple[Plane, Rows]:
    """Make a canvas: (size, size) uint8, and its faces and ignore regions."""
    canvas = np.empty((size, size), np.uint8)
    rows = [
        _fill(rng, canvas, tile, _pick(rng, pictures, options), options)
        for tile in _tiles(rng, size, options)
    ]
    faces = np.concatenate(rows)
    if pictures.cutouts and rng.random() < options.pasted:
        for _ in range(3):
            face = paste_face(rng, canvas, pictures.cutouts, faces, options.turn)
            faces = np.concatenate([faces, face])
    if pictures.cutouts and options.crowded and rng.random() < options.crowded:
        smallest, turn = options.smallest_face, options.turn
        crowd = paste_crowd(rng, canvas, pictures.cutouts, smallest, turn)
        hide(faces, crowd)
        faces = np.concatenate([faces, crowd])
    whole = Tile(0, 0, size, size)
    return canvas, visible(faces, whole, options.least_visible, options.smallest_face)


def padded(canvas: Plane, rows: Rows) -> Rows:
    """Exactly `MOST_FACES` rows, faces first; ignore regions beyond it are blackened instead."""
    rows = rows[np.argsort(-rows[:, 0], kind="stable")]
    for left, top, width, height in rows[MOST_FACES:, 1:5].astype(int):
        canvas[max(top, 0) : top + height, max(left, 0) : left + width] = 0
    result = np.zeros((MOST_FACES, ROW), np.float32)
    result[: len(rows)] = rows[:MOST_FACES]
    return result


def _tiles(rng: np.random.Generator, size: int, options: CanvasOptions) -> list[Tile]:
    count = 1 + rng.choice(len(options.tiles), p=options.tiles)
    cuts = np.linspace(0, size, count + 1)
    xs, ys = (_jittered(rng, cuts, size / count / 4) for _ in range(2))
    return [
        Tile(xs[i], ys[j], xs[i + 1] - xs[i], ys[j + 1] - ys[j])
        for i in range(count)
        for j in range(count)
    ]


def _jittered(rng: np.random.Generator, cuts: NDArray[np.float64], amount: float) -> list[int]:
    moved = cuts.copy()
    moved[1:-1] += rng.uniform(-amount, amount, len(cuts) - 2)
    return [int(cut) for cut in moved]


def _pick(
    rng: np.random.Generator, pictures: TrainingPictures, options: CanvasOptions
) -> LabelledPicture:
    group = pictures.empty
    if rng.random() >= options.empty:
        group = pictures.photographs[rng.choice(len(pictures.shares), p=pictures.shares)]
    return group[int(rng.integers(len(group)))]


def _fill(
    rng: np.random.Generator,
    canvas: Plane,
    tile: Tile,
    picture: LabelledPicture,
    options: CanvasOptions,
) -> Rows:
    """Show part of a picture, or all of it, in a tile."""
    turn = float(np.clip(rng.normal(0, options.turn / 2.5), -options.turn, options.turn))
    turn *= rng.random() < 0.7
    zoom, focus = _view(rng, tile, picture, options)
    matrix = similarity(zoom, turn, mirrored=rng.random() < 0.5)
    spot = np.array([tile.width, tile.height]) * rng.uniform(0.2, 0.8, 2)
    matrix[:, 2] = spot - matrix[:, :2] @ focus
    _keep_covered(matrix, tile, picture)
    border = cv2.BORDER_REPLICATE if rng.random() < 0.4 else cv2.BORDER_CONSTANT
    if not picture.faces and not picture.ignored:
        border = cv2.BORDER_REFLECT  # a small picture's things, again and again
    shade = (0, 0, 16, 114, 255, int(rng.integers(256)))[int(rng.integers(6))]
    view = canvas[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width]
    view[:] = warped(picture.luma, matrix, (tile.width, tile.height), border, shade)
    if not picture.faces and options.out_of_focus and rng.random() < options.out_of_focus:
        view[:] = cv2.GaussianBlur(view, (0, 0), float(np.exp(rng.uniform(0.0, 2.2))))
    rows = moved(rows_of(picture), matrix)
    rows = visible(rows, tile, options.least_visible, options.smallest_face)
    rows[:, [1, 5, 7, 9, 11, 13]] += tile.left
    rows[:, [2, 6, 8, 10, 12, 14]] += tile.top
    return rows


def _view(
    rng: np.random.Generator, tile: Tile, picture: LabelledPicture, options: CanvasOptions
) -> tuple[float, NDArray[np.float64]]:
    """Zoom, and the place in the picture to look at: faces, and what is none, of all sizes."""
    height, width = picture.luma.shape
    cover = max(tile.width / width, tile.height / height)
    if not picture.faces and not picture.ignored:
        zoom = cover * float(np.exp(rng.uniform(np.log(options.farthest), np.log(options.nearest))))
        return zoom, rng.uniform(0.0, 1.0, 2) * [width, height]
    if not picture.faces or rng.random() < options.whole:
        zoom = cover * float(np.exp(rng.uniform(-0.2, 0.4)))
        return zoom, rng.uniform(0.2, 0.8, 2) * [width, height]
    box = picture.faces[rng.integers(len(picture.faces))].box
    side = min(tile.width, tile.height)
    low = 0.9 * options.smallest_face
    zoom = float(np.exp(rng.uniform(np.log(low), np.log(1.15 * side)))) / box.height
    zoom = float(np.clip(zoom, cover * 0.75, max(cover, 3.0)))
    return zoom, np.array([box.left + box.width / 2, box.top + box.height / 2])


def _keep_covered(matrix: NDArray[np.float64], tile: Tile, picture: LabelledPicture) -> None:
    """Move the picture so that as much of the tile as possible shows it."""
    height, width = picture.luma.shape
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]]) @ matrix[:, :2].T
    low, high = corners.min(0), corners.max(0)
    first, last = np.array([tile.width, tile.height]) - high, -low
    matrix[:, 2] = np.clip(matrix[:, 2], np.minimum(first, last), np.maximum(first, last))
