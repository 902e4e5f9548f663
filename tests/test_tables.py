"""README's tables say what the reports say."""

import dataclasses
from pathlib import Path

import numpy as np
from networks import classifier_card, write_classifier

from fer_video.exporters.evaluation import measure
from fer_video.exporters.tables import Cost, costs, to_markdown


def test_rows_are_the_reports_in_per_cent() -> None:
    scores = [np.eye(5, dtype=np.float32)[i] for i in (0, 0, 2, 3)]
    report = measure("cnn", "made", [*scores, None], [0, 1, 2, 3, 3])
    text = to_markdown([("made faces", "pictures", report)], [Cost("cnn", None, 2.7, 1.234, 61.4)])
    assert "| cnn | made faces | pictures | 5 | 60.0 | 62.5 |" in text
    assert "| 100, 0, 100, 50, - |" in text
    assert "| cnn | - | 2.7 | 1.23 | 61 |" in text
    assert "97.2" in text


def test_costs_are_the_files_and_the_cards(tmp_path: Path) -> None:
    card = dataclasses.replace(classifier_card(), figures={"parameters": 15.0})
    paths = [write_classifier(tmp_path / f"{name}.onnx", card) for name in ("one", "two")]
    one, two = costs(paths)
    assert (one.model, two.model) == ("one", "two")
    assert one.parameters == 15
    assert one.training_minutes is None
    assert one.megabytes == paths[0].stat().st_size / 1e6
    assert 0 < one.time_ms < 100
