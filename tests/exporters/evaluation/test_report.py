"""The tables of `evaluate`, against counts made by hand; and the command without TensorFlow."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fer_video.engine.errors import ModelError, OutputError
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.engine.network.card import ModelCard
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.network.feed import to_input
from fer_video.engine.options.engine import EngineOptions
from fer_video.engine.options.session import SessionOptions
from fer_video.exporters.data.datasets import Sample
from fer_video.exporters.evaluation.measure import calibration_error, measure
from fer_video.exporters.evaluation.recognition import classify_crops, classify_pictures
from fer_video.exporters.evaluation.report import write_report
from fer_video.exporters.to_onnx.cards import figures_of, read_reports
from fer_video.exporters.to_onnx.parity import portrait
from fer_video.exporters.training.calibration import (
    fit_bias,
    fit_min_confidence,
    fit_temperature,
    share_unsure,
    sureness,
    undone,
)
from tests.labelled_faces import picture, save_classes
from tests.networks import write_brightness_classifier


def scores_for(labels: list[int], confidence: float = 0.8) -> list[np.ndarray | None]:
    """One row a label; -1 is a face that was not found."""
    rest = (1 - confidence) / 4
    rows = np.full((5, 5), rest, np.float32) + np.eye(5, dtype=np.float32) * (confidence - rest)
    return [None if label < 0 else rows[label] for label in labels]


def test_counts_by_hand() -> None:
    report = measure("net", "made", scores_for([0, 0, 1, 2, 2]), [0, 1, 1, 2, 4])
    assert report.accuracy == pytest.approx(3 / 5)
    angry = report.per_class["angry"]
    assert (angry.tp, angry.fp, angry.fn, angry.tn) == (1, 1, 0, 3)
    assert (angry.accuracy, angry.precision, angry.recall) == (0.8, 0.5, 1.0)
    assert report.confusion[1].tolist() == [1, 1, 0, 0, 0]


def test_absent_class_has_no_recall_and_stays_out_of_the_means() -> None:
    report = measure("net", "made", scores_for([0, 0, 1, 2, 2]), [0, 1, 1, 2, 4])
    assert report.per_class["neutral"].recall is None
    assert report.balanced_accuracy == pytest.approx((1 + 0.5 + 1 + 0) / 4)
    assert report.precision == pytest.approx((0.5 + 1 + 0.5 + 0) / 4)
    assert json.loads(report.to_json())["per_class"]["neutral"]["recall"] is None


def test_undetected_face_is_a_miss() -> None:
    report = measure("net", "made", scores_for([0, -1]), [0, 0])
    assert (report.accuracy, report.undetected, report.images) == (0.5, 1, 2)
    assert report.per_class["angry"].fn == 1
    assert report.confusion.sum() == 1


def test_nothing_detected_at_all_is_a_report() -> None:
    report = measure("net", "made", [None, None], [0, 3])
    assert (report.accuracy, report.ece, report.undetected) == (0.0, 0.0, 2)


def test_report_json_has_the_form_that_scripts_read(tmp_path: Path) -> None:
    report = measure("net", "made", scores_for([0, 1, 2, 3, 4]), [0, 1, 2, 3, 3])
    write_report(report, tmp_path / "new" / "folder")
    values = json.loads((tmp_path / "new/folder/report.json").read_text())
    for name in ("model", "images", "accuracy", "balanced_accuracy", "precision", "recall", "ece"):
        assert name in values
    assert values["labels"] == list(EXPRESSIONS)
    assert np.shape(values["confusion"]) == (5, 5)
    assert set(values["per_class"]["angry"]) == {
        *("tp", "fp", "fn", "tn", "accuracy", "precision", "recall")
    }
    assert (tmp_path / "new/folder/confusion.png").read_bytes().startswith(b"\x89PNG")
    assert "| happy | 1 | 0 | 0 | 4 |" in (tmp_path / "new/folder/report.md").read_text()


def test_what_could_not_be_read_is_named_and_counts_nowhere_else(tmp_path: Path) -> None:
    report = measure("net", "made", scores_for([0]), [0], unit="clips", broken=["happy/a.mp4"])
    write_report(report, tmp_path)
    values = json.loads((tmp_path / "report.json").read_text())
    assert (values["broken"], values["images"], values["accuracy"]) == (["happy/a.mp4"], 1, 1.0)
    text = (tmp_path / "report.md").read_text()
    assert "1 clips" in text
    assert "1 unreadable and left out" in text


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="file: cannot be made"):
        write_report(measure("net", "made", scores_for([0]), [0]), tmp_path / "file")


def test_reports_of_before_there_were_conditions_are_read(tmp_path: Path) -> None:
    write_report(measure("net", "made", scores_for([0]), [0]), tmp_path)
    values = json.loads((tmp_path / "report.json").read_text())
    del values["conditions"]
    (tmp_path / "report.json").write_text(json.dumps(values))
    assert figures_of(read_reports("net", [tmp_path]))["made: accuracy"] == 1


def test_figures_come_from_reports_and_a_missing_one_is_named(tmp_path: Path) -> None:
    write_report(measure("net", "made", scores_for([0, 1]), [0, 1]), tmp_path)
    figures = figures_of(read_reports("net", [tmp_path]))
    assert figures["made: accuracy"] == 1.0
    assert "made: happy recall" not in figures
    with pytest.raises(ModelError, match="nowhere"):
        read_reports("net", [tmp_path / "nowhere"])
    with pytest.raises(ModelError, match="a report on net, not on mine"):
        read_reports("mine", [tmp_path])


def test_calibration_error_is_the_gap_of_confidence_and_accuracy() -> None:
    scores = np.stack([s for s in scores_for([0] * 10, 0.9) if s is not None])
    assert calibration_error(scores, np.zeros(10, int)) == pytest.approx(0.1, abs=1e-5)
    half = np.array([0, 1] * 5)
    assert calibration_error(scores, half) == pytest.approx(0.4, abs=1e-5)


def test_bias_gives_back_what_a_rare_class_lost() -> None:
    """Logits that were pushed down for one class are lifted for it alone."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(5), 200)
    logits = 2 * np.eye(5)[labels] + rng.gumbel(0, 1, (1000, 5))
    pushed = (logits - [0, 1.5, 0, 0, 0]).astype(np.float32)
    fair = float(np.mean(np.argmax(logits, axis=1) == labels))
    bias = fit_bias([(pushed, labels)])
    assert bias.sum() == pytest.approx(0, abs=1e-5)
    assert bias[1] - np.delete(bias, 1).mean() == pytest.approx(1.5, abs=0.2)
    lifted = float(np.mean(np.argmax(pushed + bias, axis=1) == labels))
    assert lifted == pytest.approx(fair, abs=0.02)
    alone = labels < 4  # of a class that nobody shows nothing is known
    some = fit_bias([(pushed[alone], labels[alone])])
    assert some[4] == 0
    assert some[1] - np.delete(some[:4], 1).mean() == pytest.approx(1.5, abs=0.2)


def test_temperature_undoes_overconfidence() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1, (4000, 5))
    powers = np.exp(logits)
    labels = (rng.random((4000, 1)) > (powers / powers.sum(1, keepdims=True)).cumsum(1)).sum(1)
    assert fit_temperature((logits * 2).astype(np.float32), labels) == pytest.approx(2, rel=0.1)


def as_sure(*confidences: float) -> NDArray[np.float32]:
    """Scores of two labels, a face each."""
    return np.array([[c, 1 - c] for c in confidences], np.float32)


def test_nine_in_ten_known_faces_stay_labelled_by_the_highest_threshold_that_does_so() -> None:
    """Of each data set as many as of any other, however large it is."""
    even = as_sure(*np.linspace(0.51, 1, 50))  # a hundredth and a half for every thirty
    others = [as_sure(0.5, 0.55, 0.9)]
    assert fit_min_confidence([even], others) == 0.56
    assert share_unsure([even], 0.56) == pytest.approx(0.1)
    assert share_unsure([even], 0.57) > 0.1
    sure = as_sure(*[0.999] * 5000)
    assert fit_min_confidence([even, sure], others) == 0.61
    assert fit_min_confidence([sure], others) == 0.99
    assert share_unsure(others, 0.56) == pytest.approx(2 / 3)


def test_without_faces_that_show_none_of_the_labels_every_face_is_labelled() -> None:
    known = [as_sure(*np.linspace(0.51, 0.99, 50))]
    for nobody in ([], [as_sure()[:0].reshape(0, 2)]):
        assert fit_min_confidence(known, nobody) == 0.0
        logits = [np.log(part) for part in known]
        assert sureness(logits, nobody, 1.0) == {"min_confidence": 0.0, "uncertain": 0.0}


def test_threshold_is_of_the_confidence_that_the_engine_reads() -> None:
    """Its temperature counts, and what runs record is what the threshold leaves."""
    logits, others = (2 * np.log(as_sure(*c)) for c in (np.linspace(0.51, 1, 50) - 1e-4, [0.55]))
    told = sureness([logits], [others], 2.0)
    assert told["min_confidence"] == pytest.approx(0.55, abs=0.011)
    assert told["uncertain"] <= 0.1
    assert told["uncertain, showing none"] in (0, 1)


def test_logits_come_back_from_sigmoids() -> None:
    logits = np.array([[-3, -1, 0, 1, 3]], np.float32)
    outputs = (1 / (1 + np.exp(-logits))).astype(np.float32)
    found = undone(outputs, sigmoid=True)
    assert np.abs(found - logits).max() < 1e-4


def test_crops_of_any_size_are_read_whole(tmp_path: Path) -> None:
    network = write_brightness_classifier(tmp_path / "brightness.onnx")
    classifier = Classifier(str(network), SessionOptions("cpu"))
    images = [np.full((size, size, 3), level, np.uint8) for size, level in ((48, 5), (350, 250))]
    assert [int(s.argmax()) for s in classify_crops(classifier, images)] == [0, 4]


def test_pictures_go_through_the_engine_and_no_face_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where OpenCV cannot write into the temporary folder, of which it says nothing."""
    monkeypatch.setattr(cv2, "imwrite", lambda *_: False)
    network = write_brightness_classifier(tmp_path / "brightness.onnx")
    options = EngineOptions(str(network), session=SessionOptions("cpu"), draw=False)
    image, _ = portrait()
    empty = np.full((200, 100, 3), 90, np.uint8)
    pictures = [image, empty, np.asarray(image * 0.3, np.uint8)]
    samples = [Sample(str(i), picture, EXPRESSIONS[0], "all") for i, picture in enumerate(pictures)]
    first, none, last = classify_pictures(options, samples)
    assert none is None
    assert first is not None
    assert last is not None
    assert first.shape == last.shape == (5,)
    assert last[0] > first[0]


def test_input_follows_the_card() -> None:
    crops = picture(1, 8)[None]
    card = ModelCard("net", "expressions", 8, 8, layout="NHWC", colour="BGR", mean=0, scale=1)
    np.testing.assert_array_equal(to_input(crops, card)[0, ..., 0], crops[0, ..., 2])
    planes = to_input(crops, ModelCard("net", "expressions", 8, 8))
    expected = (crops[0].transpose(2, 0, 1) - 127.5) / 127.5
    np.testing.assert_allclose(planes[0], expected, atol=1e-6)


def test_evaluate_needs_no_tensorflow(tmp_path: Path) -> None:
    network = write_brightness_classifier(tmp_path / "brightness.onnx")
    save_classes(tmp_path / "data", 2)
    script = (
        "import sys; sys.modules['tensorflow'] = sys.modules['keras'] = None\n"
        "from pathlib import Path\n"
        "from fer_video.cli.offline.evaluate import evaluate\n"
        f"evaluate(data=Path({str(tmp_path / 'data')!r}), layout='folders', crops=True,"
        f" split='all', output=Path({str(tmp_path / 'out')!r}), model={str(network)!r})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert "10 images" in done.stdout
    assert json.loads((tmp_path / "out/report.json").read_text())["model"] == "brightness"
