"""The tables of what parts say: from a data set on disk to Markdown, for each question."""

import sys
from pathlib import Path

import numpy as np
import pytest

from fer_video.engine.network.classifier import Classifier
from fer_video.engine.options.session import SessionOptions
from fer_video.exporters.evaluation.cuts import cut_faces
from fer_video.exporters.evaluation.parts import covered, main
from tests.media import photograph


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """Two labels, a picture each, of the same face."""
    for label, shift in (("happy", 0), ("neutral", 6)):
        path = tmp_path / "set" / "test" / label / "0.png"
        path.parent.mkdir(parents=True)
        photograph(160, 160, (120, 80 + shift, 80)).save(path)
    return tmp_path / "set"


@pytest.mark.parametrize(("table", "rows"), [("shares", 2), ("covered", 3), ("fills", 16)])
def test_each_table_has_a_row_for_each_thing_it_compares(
    faces: Path,
    table: str,
    rows: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = [table, "--data", f"{faces}:folders", "--model", "cnn_int8", "--faces", "5"]
    monkeypatch.setattr(sys, "argv", ["parts", *words])
    main()
    lines = capsys.readouterr().out.split("\n\n")[0].splitlines()
    assert len(lines) == rows + 2
    assert {line.count("|") for line in lines} == {lines[0].count("|")}


def test_a_mask_covers_the_mouth_and_neither_the_eyes_nor_the_nose(faces: Path) -> None:
    classifier = Classifier("cnn", SessionOptions())
    for cut in cut_faces([(faces, "folders")], "test", 5, classifier):
        changed = (covered(cut).crop != cut.crop).any(axis=-1)
        right, left, nose, *mouth = np.rint(cut.landmarks).astype(int)
        assert all(changed[y, x] for x, y in mouth)
        assert not any(changed[y, x] for x, y in (right, left, nose))
