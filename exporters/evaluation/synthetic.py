"""Makes synthetic labelled clips: still faces of a data set, filmed by an unsteady hand."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures

from fer_video.engine.capture.pictures.handheld import Handheld
from fer_video.engine.errors import OptionsError
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.engine.frames.handovers import RecognizedFrame
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.output.film.video import VideoWriter
from fer_video.exporters.augment.degradation import to_gray
from fer_video.exporters.augment.warping import fill, painted_background
from fer_video.exporters.data.atomic import check_folder, make_folder, write_text
from fer_video.exporters.data.datasets import Dataset, Image, Sample
from fer_video.exporters.evaluation.labelled_clips import MARKER, Origin

SECONDS = 2
"""Length of a clip."""
_SIZE = 640, 360
_RATE = 25
_CANVAS = 1120, 700
_FACE = 150, 190
"""Least and greatest length in pixels of the longer side of the image on the canvas."""
_FEATHER, _BLUR = 6, 30
"""Standard deviations in pixels: how softly the image ends, and how far its surroundings are out of
focus."""
_STARTS = 60.0
"""Seconds of the camera's motion among which a clip's start is chosen."""


def choose(dataset: Dataset, per_class: int, seed: int) -> Dataset:
    """Samples of each expression, as many as there are and at most `per_class`.

    Args:
        dataset: of one split.
        per_class: a greater number adds samples to those of a smaller one.
        seed: the same seed chooses the same samples.
    """
    rng = np.random.default_rng(seed)
    chosen: list[Sample] = []
    for expression in EXPRESSIONS:
        of_class = [sample for sample in dataset.samples if sample.label == expression]
        chosen += [of_class[i] for i in rng.permutation(len(of_class))[:per_class]]
    return replace(dataset, samples=tuple(chosen), dropped=())


def write_clips(
    dataset: Dataset, images: Sequence[Image], origin: Origin, output: Path
) -> Iterator[Path]:
    """Write `output`/<class>/<index>_<image>.mp4 and the marker that calls them synthetic.

    Args:
        dataset: what the clips shall show.
        images: of its samples, in order.
        origin: where they are from; its seed also chooses surroundings and motion.
        output: a folder that is empty or not there yet.

    Yields:
        Each clip once it is complete.

    Raises:
        OptionsError: the folder holds something already.
        OutputError: it cannot be written.
    """
    check_new(output)
    shown = _names(dataset.samples)
    _prepare(output, shown, origin)
    rng = np.random.default_rng(origin.seed)
    for name, image in zip(shown, images, strict=True):
        write_clip(image, output / name, rng)
        yield output / name


def check_new(output: Path) -> None:
    """Refuse a folder for clips that is not empty, or cannot be made.

    Raises:
        OptionsError: it holds something already, or is a file.
        OutputError: it cannot be made or written to.
    """
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise OptionsError(f"{output}: is not an empty folder; give --output a new one")
    check_folder(output)


def write_clip(image: Image, target: Path, rng: np.random.Generator) -> None:
    """Write one H.264 clip of one face, `SECONDS` long.

    Args:
        image: (H, W, 3) uint8, RGB.
        target: the file.
        rng: chooses size, surroundings and motion.

    Raises:
        OutputError: it cannot be written.
    """
    canvas = Pictures.fromarray(surrounded(image, rng))
    info = SourceInfo(target.stem, *_SIZE, Fraction(_RATE), Fraction(1, _RATE), _RATE * SECONDS)
    source = Handheld(canvas, info, start=rng.uniform(0, _STARTS))
    with VideoWriter(target, info) as video:
        for frame in source.frames():
            video.write(RecognizedFrame(frame, ()))


def surrounded(image: Image, rng: np.random.Generator) -> Image:
    """A face image in the middle of a scene that is out of focus.

    Its border's colours go on around it; a face whose background was painted black is cut out and
    put before a gray wall.

    Args:
        image: (H, W, 3) uint8, RGB.
        rng: chooses the face's size and the wall.

    Returns:
        (700, 1120, 3) uint8, RGB.
    """
    side = int(rng.integers(*_FACE, endpoint=True))
    picture = _placed(image, side, cv2.BORDER_REPLICATE)
    background = painted_background(image)
    if background is None:
        share = _feathered(np.ones(image.shape[:2]), side)
        scene = cv2.GaussianBlur(picture, (0, 0), _BLUR)
    else:  # fades within the face, so that nothing black is left
        share = (2 * _feathered(~background, side) - 1).clip(0, 1)
        scene = _wall(rng)
    return np.asarray(picture * share + scene * (1 - share), np.uint8)


def _feathered(shown: NDArray[Any], side: int) -> NDArray[np.float32]:
    """(H, W, 1): how much of the image is seen at each place of the canvas, 0..1."""
    mask = _placed(shown.astype(np.uint8) * 255, side, cv2.BORDER_CONSTANT)
    return cv2.GaussianBlur(mask, (0, 0), _FEATHER)[..., None] / np.float32(255)


def _placed(image: NDArray[np.uint8], side: int, border: int) -> NDArray[np.uint8]:
    """An image with `side` as its longer side in the middle of the canvas."""
    scale = side / max(image.shape[:2])
    sized = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    across, down = _CANVAS[0] - sized.shape[1], _CANVAS[1] - sized.shape[0]
    margins = down // 2, down - down // 2, across // 2, across - across // 2
    return np.asarray(cv2.copyMakeBorder(sized, *margins, border), np.uint8)


def _wall(rng: np.random.Generator) -> Image:
    empty = np.zeros((*_CANVAS[::-1], 3), np.uint8)
    return to_gray(fill(empty, np.ones(empty.shape[:2], np.bool_), rng), rng)


def _names(samples: Sequence[Sample]) -> dict[str, str]:
    """Each clip's path, and the image that it shows."""
    counts: Counter[str] = Counter()
    shown = {}
    for sample in samples:
        stem = PurePosixPath(sample.name).stem
        shown[f"{sample.label}/{counts[sample.label]:02}_{stem}.mp4"] = sample.name
        counts[sample.label] += 1
    return shown


def _prepare(output: Path, shown: Mapping[str, str], origin: Origin) -> None:
    """Folders and marker first, so that clips of a run cut short are called synthetic, too."""
    make_folder(output)
    write_text(output / MARKER, origin.to_json(shown))
    for name in shown:
        make_folder((output / name).parent)
