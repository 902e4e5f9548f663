"""Pixels that are not square: faces are found and read as players show them."""

from fractions import Fraction
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fer_video.engine import EngineOptions, Face, open_pipeline
from fer_video.engine.capture.film.demo import open_demo
from fer_video.engine.faces.expressions import Reading
from fer_video.engine.faces.face import Box
from fer_video.engine.frames.frame import Plane
from fer_video.engine.options.engine import Classify
from tests.media import Encoding, write_video

ASPECTS = [Fraction(2), Fraction(64, 45), Fraction(16, 15), Fraction(1, 2)]
"""Of half as many columns, of PAL in 16:9 and 4:3, and of half as many columns on their side."""


@cache
def smiling() -> NDArray[np.uint8]:
    """(600, 512, 3) RGB: a face that is read with confidence, of which little can change that."""
    frame = next(islice(open_demo().frames(), 100, None))
    return np.ascontiguousarray(frame.to_bgr()[40:640, 346:858, ::-1])


def stored(tmp_path: Path, aspect: Fraction) -> Path:
    """A film whose pictures are to be shown as 512 by 600, or, half as high, as 256 by 300."""
    width, height = (512 / aspect, 600) if aspect >= 1 else (512, 600 * aspect)
    size = round(width) // 2 * 2, round(height)
    picture = Image.fromarray(smiling()).resize(size, Image.Resampling.BOX)
    how = Encoding(pixel_aspect=aspect, options={"crf": "10"})
    name = f"{aspect.numerator}_{aspect.denominator}.mp4"
    return write_video(tmp_path / name, [np.asarray(picture)] * 4, how)


def read(path: Path, classify: Classify = "every") -> tuple[Reading, tuple[int, int]]:
    """What the last picture's face shows, and the size of that picture."""
    with open_pipeline(path, EngineOptions(draw=False, classify=classify)) as pipeline:
        *_, last = pipeline
    (reading,) = last.readings
    return reading, (last.frame.width, last.frame.height)


@pytest.mark.parametrize("classify", ["every", "adaptive"])
@pytest.mark.parametrize("aspect", ASPECTS)
def test_face_of_pixels_that_are_not_square_is_read_as_it_is_shown(
    tmp_path: Path, aspect: Fraction, classify: Classify
) -> None:
    square, (width, height) = read(stored(tmp_path, Fraction(1)))
    found, size = read(stored(tmp_path, aspect), classify)
    assert found.expression == square.expression
    assert found.scores == pytest.approx(square.scores, abs=0.12)
    scale = np.array([size[0] / width, size[1] / height])
    assert found.face.landmarks is not None
    assert square.face.landmarks is not None
    assert found.face.landmarks == pytest.approx(square.face.landmarks * scale, abs=6)
    assert found.face.box.width / scale[0] == pytest.approx(square.face.box.width, rel=0.06)


def test_detector_of_ones_own_sees_square_pixels_and_answers_in_stored_ones(
    tmp_path: Path,
) -> None:
    seen: list[tuple[int, ...]] = []

    def find(grey: Plane) -> list[Face]:
        seen.append(grey.shape)
        return [Face(Box(100, 50, 200, 300), 0.9, np.full((5, 2), 100, np.float32))]

    with open_pipeline(stored(tmp_path, Fraction(2)), detector=find) as pipeline:
        (reading,) = next(iter(pipeline)).readings
    assert seen[0] == (600, 512)
    assert reading.face.box == Box(50, 50, 100, 300)
    assert reading.face.landmarks == pytest.approx(np.tile([50, 100], (5, 1)))
