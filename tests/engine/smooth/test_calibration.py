"""Calibration while it runs: who is in view is read anew, who comes later is not; in records."""

import json
from collections import Counter, defaultdict
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fer_video.engine import EngineOptions, open_pipelines
from fer_video.engine.capture.film.demo import open_demo
from fer_video.engine.output.records import JsonLines
from fer_video.engine.smooth.baseline import NeutralBaseline
from tests.media import write_video

ASKED_AT, SECOND_FROM, FRAMES = 10, 40, 70
"""Frames: when calibration is asked for, when a second face comes, and the end."""
REST = 0.4


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A face at the left; from `SECOND_FROM` on another at the right."""
    (frame,) = islice(open_demo().frames(), 1)
    face = frame.to_bgr((360, 640))[:, 160:480, ::-1]
    upside_down = face[::-1]  # of the same shades, so that no cut is seen, and found by nobody
    alone = np.concatenate([face, upside_down], axis=1)
    both = np.concatenate([face, face], axis=1)
    pictures = [alone] * SECOND_FROM + [both] * (FRAMES - SECOND_FROM)
    return write_video(tmp_path_factory.mktemp("clips") / "two.mp4", pictures)


def records_of(clip: Path, target: Path, sources: int) -> list[dict[str, Any]]:
    """Ask for calibration once every source has shown `ASKED_AT` frames."""
    options = EngineOptions(in_flight=2, smoothing=0, draw=False)
    baseline, shown, asked = NeutralBaseline(), Counter[str](), False
    records = JsonLines(target)
    with open_pipelines([clip] * sources, options, baseline=baseline) as pipeline:
        for recognized in pipeline:
            records.write(recognized)
            shown[recognized.frame.source] += 1
            if not asked and len(shown) == sources and min(shown.values()) >= ASKED_AT:
                asked = True
                baseline.calibrate(REST)
    records.close()
    return [json.loads(line) for line in target.read_text().splitlines()]


@pytest.mark.parametrize("sources", [1, 2])
def test_only_faces_in_view_are_read_anew(clip: Path, tmp_path: Path, sources: int) -> None:
    faces = defaultdict(list)
    for record in records_of(clip, tmp_path / "records.jsonl", sources):
        for face in record["faces"]:
            assert face.get("calibrated", False) == (face["scores"] != face["raw_scores"])
            side = "left" if face["box"][0] < 320 else "right"
            faces[record["source"], side].append(face["scores"] != face["raw_scores"])
    assert len(faces) == 2 * sources
    for (_, side), anew in faces.items():
        assert len(anew) == (FRAMES if side == "left" else FRAMES - SECOND_FROM)
        if side == "right":
            assert not any(anew)
        else:
            assert not any(anew[: ASKED_AT + int(REST * 25)])
            assert all(anew[SECOND_FROM + 1 :])
