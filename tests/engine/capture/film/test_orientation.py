"""Videos that are turned or mirrored by their display matrix, as selfie cameras write them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fer_video.engine import EngineOptions, open_pipeline
from fer_video.perf.bench.crowd import portrait
from tests.media import Encoding, shown_by, to_rgb, write_video

MATRICES = {
    (1, 0, 0, 1): None,
    (-1, 0, 0, 1): Image.Transpose.FLIP_LEFT_RIGHT,
    (-1, 0, 0, -1): Image.Transpose.ROTATE_180,
    (1, 0, 0, -1): Image.Transpose.FLIP_TOP_BOTTOM,
    (0, 1, 1, 0): Image.Transpose.TRANSPOSE,
    (0, -1, 1, 0): Image.Transpose.ROTATE_270,
    (0, -1, -1, 0): Image.Transpose.TRANSVERSE,
    (0, 1, -1, 0): Image.Transpose.ROTATE_90,
}
"""How a picture is stored that players show upright by this matrix."""


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("extension", ["mp4", "mov"])
def test_all_eight_display_matrices_show_the_same_upright_picture_and_face(
    tmp_path: Path, matrix: tuple[int, int, int, int], extension: str
) -> None:
    upright, turn = portrait().resize((256, 300)), MATRICES[matrix]
    stored = np.asarray(upright if turn is None else upright.transpose(turn))
    how = Encoding(options={"crf": "12"})
    path = shown_by(write_video(tmp_path / f"m.{extension}", [stored] * 3, how), matrix)
    with open_pipeline(path, EngineOptions(draw=False)) as pipeline:
        assert (pipeline.info.width, pipeline.info.height) == upright.size
        results = list(pipeline)
    assert np.abs(to_rgb(results[0].frame) - np.asarray(upright)).mean() < 8
    (reading,) = results[0].readings
    assert reading.face.landmarks is not None
    right_eye, left_eye, nose, *_ = reading.face.landmarks.tolist()
    assert right_eye[0] < nose[0] < left_eye[0]
    assert nose == pytest.approx((135, 119), abs=8)
