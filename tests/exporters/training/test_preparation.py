"""Data sets become faces to train on."""

from pathlib import Path

import pytest

from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.exporters.training.preparation import prepare
from tests.labelled_faces import save_classes


def test_faces_of_other_expressions_that_cannot_be_read_are_told_in_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A table may list thousands whose pictures somebody left out."""
    folder = save_classes(tmp_path / "set" / "train", 6, (*EXPRESSIONS, "sad"))
    for number in (1, 2, 4):
        (folder / "sad" / f"{number}.png").write_bytes(b"no picture")
    prepared = prepare(tmp_path / "set", "folders", smoothing=0.0, seed=1)
    left = prepared.train_others.images + prepared.valid_others.images
    assert len(left) == 3
    lines = [record.getMessage() for record in caplog.records]
    assert len([line for line in lines if "sad" in line]) <= 2
    assert any("it is left out, and so are" in line for line in lines)
