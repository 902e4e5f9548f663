"""Scores used again: only while a face looks the same, and not for long."""

from pathlib import Path

import numpy as np
import pytest
from media import write_video
from numpy.typing import NDArray

from fer_video.engine import EngineOptions, OptionsError, open_pipeline
from fer_video.engine.capture_demo import Demo
from fer_video.engine.output_records import to_record
from fer_video.engine.reuse import Reuse

SCALE = 2 / 255
SCORES = np.array([0.1, 0.1, 0.6, 0.1, 0.1], np.float32)


@pytest.fixture
def crop() -> NDArray[np.float32]:
    return np.random.default_rng(0).uniform(-0.5, 0.5, (3, 180, 180)).astype(np.float32)


def test_holds_while_the_face_looks_the_same(crop: NDArray[np.float32]) -> None:
    reuse = Reuse(SCALE)
    assert reuse(1, crop, 0.0) is None
    reuse.keep(1, crop, SCORES, 0.0)
    noisy = crop + np.random.default_rng(1).normal(0, 0.05, crop.shape).astype(np.float32)
    assert reuse(1, noisy, 0.1) is SCORES
    assert reuse(1, crop, 0.2) is None  # too old
    assert reuse(2, crop, 0.1) is None  # somebody else


@pytest.mark.parametrize("left", [0, 80, 160])
def test_change_of_one_part_is_seen(crop: NDArray[np.float32], left: int) -> None:
    reuse = Reuse(SCALE)
    reuse.keep(1, crop, SCORES, 0.0)
    smiling = crop.copy()
    smiling[:, 120:145, left : left + 20] += 0.25
    assert reuse(1, smiling, 0.05) is None


def test_faces_that_went_are_forgotten(crop: NDArray[np.float32]) -> None:
    reuse = Reuse(SCALE)
    for identity in range(1000):
        reuse.keep(identity, crop, SCORES, float(identity))
    assert len(reuse._faces) == 1


def test_reused_scores_say_so_in_the_records(tmp_path: Path) -> None:
    still = np.ascontiguousarray(next(Demo().frames()).to_bgr()[..., ::-1])
    clip = write_video(tmp_path / "still.mp4", [still] * 10)
    options = EngineOptions(classify="adaptive", draw=False)
    with open_pipeline(clip, options) as pipeline:
        faces = [face for result in pipeline for face in to_record(result)["faces"]]
    reused = [bool(face.get("reused")) for face in faces]
    assert not reused[0]
    assert any(reused)
    for one, other, again in zip(faces, faces[1:], reused[1:], strict=False):
        assert not again or other["raw_scores"] == one["raw_scores"]


def test_other_words_are_refused() -> None:
    with pytest.raises(OptionsError, match="every, adaptive"):
        EngineOptions(classify="sometimes")  # type: ignore[arg-type]
