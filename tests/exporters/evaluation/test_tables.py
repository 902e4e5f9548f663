"""The tables of docs/accuracy.md say what the reports say."""

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest

from fer_video.cli.tables import tables
from fer_video.exporters.evaluation import synthetic
from fer_video.exporters.evaluation.report import measure
from fer_video.exporters.evaluation.tables import Cost, costs, to_markdown
from tests.labelled_faces import save, save_classes
from tests.networks import classifier_card, write_brightness_classifier, write_classifier


def test_rows_are_the_reports_in_per_cent() -> None:
    scores = [np.eye(5, dtype=np.float32)[i] for i in (0, 0, 2, 3)]
    report = measure("cnn", "made", [*scores, None], [0, 1, 2, 3, 3])
    text = to_markdown([("made faces", "pictures", report)], [Cost("cnn", None, 2.7, 1.234, 61.4)])
    assert "| cnn | made faces | pictures | 5 | 60.0 | 62.5 |" in text
    assert "| 100, 0, 100, 50, - |" in text
    assert "| cnn | - | 2.7 | 1.23 | 61 |" in text
    assert "97.2" in text


def test_costs_are_the_files_and_the_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "fer_video.exporters.evaluation.tables.time_in_turns"
    monkeypatch.setattr(name, lambda runners: [1.5 * (1 + i) for i in range(len(runners))])
    card = dataclasses.replace(classifier_card(), figures={"parameters": 15.0})
    paths = [write_classifier(tmp_path / f"{name}.onnx", card) for name in ("one", "two")]
    one, two = costs(paths)
    assert (one.model, two.model) == ("one", "two")
    assert one.parameters == 15
    assert one.training_minutes is None
    assert one.megabytes == paths[0].stat().st_size / 1e6
    assert (one.time_ms, two.time_ms) == (1.5, 3)


def save_archives(folder: Path) -> Path:
    """The archives that the tables are of, with a test image of each expression in either."""
    save_classes(folder / "affect" / "affectnet_subset" / "test", 1)
    shutil.make_archive(str(folder / "affectnet_subset"), "zip", folder / "affect")
    faces = folder / "fer" / "fer2013"
    for part in ("Train", "Valid", "Test"):
        save(faces / f"FER2013{part}" / "a.png", seed=len(part))
        (faces / f"FER2013{part}" / "label.csv").write_text("a.png,box,9,1,0,0,0,0,0,0,0,0\n")
    table = "image,split,fer2013_label\nFER2013Test/a.png,FER2013Test,neutral\n"
    (faces / "fer2013_labels.csv").write_text(table)
    shutil.make_archive(str(folder / "fer2013_ferplus"), "zip", folder / "fer")
    return folder


def test_command_evaluates_every_test_set_and_new_clips(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synthetic, "_RATE", 4)  # clips of eight frames
    data, output = save_archives(tmp_path / "data"), tmp_path / "out"
    network = write_brightness_classifier(tmp_path / "brightness.onnx")
    tables(data, output, [str(network)])
    text = (output / "tables.md").read_text()
    assert capsys.readouterr().out == text
    for title, count in (("FER+, majority", 1), ("FER2013, the", 1), ("AffectNet subset", 5)):
        for fed in ("crops", "pictures"):
            (row,) = (line for line in text.splitlines() if title in line and f"| {fed} |" in line)
            assert f"| {fed} | {count} |" in row
    assert "| synthetic clips of AffectNet subset | clips | 5 |" in text
    assert len(list(output.glob("*/report.json"))) == 7
