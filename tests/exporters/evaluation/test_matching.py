"""Labels of network and data, matched by name: what is measured, and what is left out."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fer_video.engine.errors import DataError, ModelError
from fer_video.engine.faces.expressions import EXPRESSIONS
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.network.models import find_model
from fer_video.engine.options.session import SessionOptions
from fer_video.exporters.data.datasets import OTHER, Dataset, Dropped, Sample
from fer_video.exporters.data.layouts.indexed import showing_none
from fer_video.exporters.evaluation.comparison import compare_versions
from fer_video.exporters.evaluation.matching import match_labels
from fer_video.exporters.evaluation.measure import measure
from fer_video.exporters.evaluation.recognition import classify_crops
from fer_video.exporters.evaluation.robustness import stress
from fer_video.exporters.evaluation.unsure import of_known, unsure
from fer_video.exporters.to_onnx.parity import portrait
from tests.command_line import assert_one_complaint
from tests.conftest import Cli
from tests.labelled_faces import save_classes
from tests.media import moving, write_image, write_video
from tests.networks import EIGHT, classifier_card, write_labelled, write_reordered

ORDER = (3, 0, 4, 2, 1)


def test_names_match_whatever_their_case_and_form() -> None:
    match = match_labels(("Anger", "CONTEMPT", "disgusted", "Happiness", "surprised"))
    assert match.labels == ("angry", "disgust", "happy", "surprise")
    assert match.columns == (0, 2, 3, 4)
    assert (match.left_out, match.lacking) == ((1,), (3,))


def test_score_of_a_label_that_the_data_lacks_goes_to_the_others() -> None:
    match = match_labels(("fear", "happy", "angry"))
    scores = match.scores(np.array([[0.6, 0.3, 0.1], [1, 0, 0]], np.float32))
    np.testing.assert_allclose(scores, [[0.25, 0.75], [0.5, 0.5]], atol=1e-6)


def test_report_counts_by_hand_what_was_left_out_and_why() -> None:
    """A network of fear, happy and angry, on data of which it does not know all."""
    rows = np.array([[0.6, 0.3, 0.1], [0.1, 0.1, 0.8], [0.2, 0.7, 0.1], [0.5, 0.4, 0.1]], "f4")
    truth = [EXPRESSIONS.index(name) for name in ("happy", "angry", "neutral", "angry")]
    report = measure("net", "made", list(rows), truth, network=("fear", "happy", "angry"))
    assert report.labels == ("angry", "happy")
    assert report.confusion.tolist() == [[1, 1], [0, 1]]
    assert report.images == 3
    assert report.accuracy == pytest.approx(2 / 3)
    assert dict(report.left_out) == {"fear": 2}
    assert dict(report.lacking) == {"disgust": 0, "neutral": 1, "surprise": 0}
    values = json.loads(report.to_json())
    assert (values["labels"], values["left_out"]) == (["angry", "happy"], {"fear": 2})
    text = report.to_markdown()
    assert "fear (2)" in text
    assert "neutral (1)" in text
    assert "| truth \\ read | angry | happy |\n|---|---|---|" in text


def test_data_of_which_the_network_knows_nothing_is_refused() -> None:
    with pytest.raises(ModelError, match=r"network of cat, dog .*no label in common"):
        measure("net", "made", [np.array([0.5, 0.5], "f4")], [0], network=("cat", "dog"))
    with pytest.raises(DataError, match=r"made: no images of angry, happy in it"):
        measure("net", "made", [np.array([0.5, 0.5], "f4")], [1], network=("happy", "angry"))


@pytest.mark.parametrize("flags", [("--crops", "--stress"), ("--pictures",)])
def test_evaluate_gives_the_same_whatever_the_order_of_the_outputs(
    cli: Cli, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    data = save_classes(tmp_path / "data", 3)
    other = write_reordered(find_model("cnn"), tmp_path / "cnn.onnx", ORDER)
    reports: list[dict[str, Any]] = []
    for model in ("cnn", other):
        words = ("--data", data, "--layout", "folders", "--output", "out", "--split", "all")
        run = cli("evaluate", "--model", model, *words, *flags)
        assert run.returncode == 0, run.stderr
        reports.append(json.loads((tmp_path / "out/report.json").read_text()))
    assert reports[0].pop("ece") == pytest.approx(reports[1].pop("ece"), abs=1e-5)
    assert reports[0] == reports[1]


def test_evaluate_of_eight_labels_says_which_were_left_out(cli: Cli, tmp_path: Path) -> None:
    data = save_classes(tmp_path / "data", 2)
    network = write_labelled(tmp_path / "own.onnx", classifier_card(labels=EIGHT))
    words = ("--data", data, "--layout", "folders", "--crops", "--output", "out", "--split", "all")
    run = cli("evaluate", "--model", network, *words)
    assert run.returncode == 0, run.stderr
    values = json.loads((tmp_path / "out/report.json").read_text())
    assert values["labels"] == list(EXPRESSIONS)
    assert set(values["left_out"]) == {"contempt", "fear", "sadness"}
    assert "contempt" in run.stdout
    assert (tmp_path / "out/confusion.png").is_file()


@pytest.mark.parametrize("flags", [("--crops", "--stress"), ("--pictures",)])
def test_evaluate_measures_every_label_that_data_and_network_share(
    cli: Cli, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    labels = ("angry", "contempt", "disgust", "fear", "happy", "neutral", "sad", "bored")
    data = save_classes(tmp_path / "data", 3, labels)
    network = write_labelled(tmp_path / "own.onnx", classifier_card(labels=EIGHT))
    words = ("--data", data, "--layout", "folders", "--output", "out", "--split", "all")
    run = cli("evaluate", "--model", network, *words, *flags)
    assert run.returncode == 0, run.stderr
    values = json.loads((tmp_path / "out/report.json").read_text())
    assert values["labels"] == [*EXPRESSIONS, "contempt", "fear", "sad"]
    assert values["images"] == 21
    assert [len(row) for row in values["confusion"]] == [8] * 8
    assert (values["left_out"], values["lacking"]) == ({}, {})
    assert "dropped 3 bored: another expression" in run.stderr
    assert "| sad | " in run.stdout


@pytest.mark.parametrize("flags", [("--crops",), ("--pictures",)])
def test_evaluate_tells_how_many_faces_are_uncertain_and_measures_expressions_as_before(
    cli: Cli, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    """All of them are below a threshold of 1, and count as read right or wrong all the same."""
    shown, bare = classifier_card(labels=EXPRESSIONS), ("accuracy", "per_class", "confusion", "ece")
    data = save_classes(tmp_path / "data", 1, (*EXPRESSIONS, "sad", "fear", "bored"))
    for path in data.rglob("*.png"):
        write_image(path, portrait()[0])
    words = ("--data", data, "--layout", "folders", "--split", "all", *flags)
    told = {}
    for least in (0.0, 1.0):
        card = replace(shown, min_confidence=least, temperature=9.0)
        network = write_labelled(tmp_path / f"own{least:.0f}.onnx", card)
        run = cli("evaluate", "--model", network, *words, "--output", f"{least:.0f}")
        assert run.returncode == 0, run.stderr
        told[least] = json.loads((tmp_path / f"{least:.0f}/report.json").read_text())
    assert told[0.0]["uncertain"] == {}
    assert told[1.0]["uncertain"] == {"uncertain": 1, "uncertain, showing none": 1}
    assert [told[0.0][name] for name in bare] == [told[1.0][name] for name in bare]
    assert "uncertain 100.0%, uncertain, showing none 100.0%." in run.stdout


def test_faces_of_labels_that_the_network_has_do_not_show_none_of_them() -> None:
    card = classifier_card(min_confidence=0.5, labels=("keen", "sad"))
    sad = Sample("a", np.zeros((9, 9, 3), np.uint8), "sad", "test")
    fear, bored = replace(sad, label="fear"), replace(sad, label="bored")
    left_out = tuple(Dropped("b", s.label, "test", OTHER, s) for s in (fear, bored))
    data = Dataset("made", (sad,), left_out, ("keen", "sad"))
    assert [sample.label for sample in showing_none(data).samples] == ["fear"]
    sure, torn = (np.array(scores, np.float32) for scores in ((0.9, 0.1), (0.49, 0.51)))
    low = np.array([0.49, 0.48], np.float32)
    assert unsure(card, [sure, torn, low, None], []) == {"uncertain": pytest.approx(1 / 3)}
    assert unsure(replace(card, min_confidence=0.0), [sure], [low]) == {}
    more = replace(data, samples=(sad, bored), labels=("keen", "sad", "bored"))
    (known,) = of_known(card, more, [sure, low])
    assert known is sure


def test_figures_of_eight_labels_are_those_counted_by_hand() -> None:
    shown = (*EXPRESSIONS, "sad")
    network = ("sadness", "happiness", "anger")
    rows = np.array([[0.6, 0.3, 0.1], [0.1, 0.1, 0.8], [0.2, 0.7, 0.1], [0.5, 0.4, 0.1]], "f4")
    truth = [shown.index(name) for name in ("sad", "angry", "sad", "happy")]
    report = measure("net", "made", list(rows), truth, network=network, shown=shown)
    assert report.labels == ("angry", "happy", "sad")
    assert report.confusion.tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 1]]
    assert report.accuracy == pytest.approx(1 / 2)
    assert dict(report.left_out) == {}


def test_evaluate_of_clips_measures_labels_beyond_the_five(cli: Cli, tmp_path: Path) -> None:
    for label in ("happy", "sad"):
        (tmp_path / "data" / label).mkdir(parents=True)
        write_video(tmp_path / "data" / label / "a.mp4", moving(64, 48, 3))
    network = write_labelled(tmp_path / "own.onnx", classifier_card(labels=EIGHT))
    run = cli(
        *("evaluate", "--model", network, "--clips", "--data", tmp_path / "data"),
        *("--output", "out", "--split", "all"),
    )
    assert run.returncode == 0, run.stderr
    values = json.loads((tmp_path / "out/report.json").read_text())
    assert values["per_class"]["sad"]["tp"] + values["per_class"]["sad"]["fn"] == 1


def test_evaluate_refuses_a_network_of_other_things_at_once(cli: Cli, tmp_path: Path) -> None:
    data = save_classes(tmp_path / "data", 2)
    network = write_labelled(tmp_path / "own.onnx", classifier_card(labels=("cat", "dog")))
    words = ("--data", data, "--layout", "folders", "--crops", "--output", "out", "--split", "all")
    assert_one_complaint(cli("evaluate", "--model", network, *words), "cat, dog", "in common")


def test_conditions_and_versions_are_measured_by_name(tmp_path: Path) -> None:
    """Else a version with its outputs in another order would seem to read nothing right."""
    card = classifier_card(mean=0.0, scale=1 / 255)
    one = write_labelled(tmp_path / "one.onnx", card)
    two = write_reordered(one, tmp_path / "two.onnx", ORDER)
    rng = np.random.default_rng(0)
    images = [np.full((20, 20, 3), rng.integers(0, 256, 3), np.uint8) for _ in range(20)]
    first, second = (Classifier(str(path), SessionOptions("cpu")) for path in (one, two))
    read = match_labels(first.card.labels).read(np.stack(classify_crops(first, images)))
    labels = [int(i + (n % 4 == 0)) % 5 for n, i in enumerate(read)]
    assert stress(first, images, labels) == stress(second, images, labels)
    faces = made_faces(images, labels)
    (comparison,) = compare_versions(one, [two], [faces])
    assert comparison.agreement == 1
    assert comparison.version.accuracy == comparison.original.accuracy


def made_faces(images: list[Any], labels: list[int]) -> Any:
    from fer_video.exporters.augment.augmentation import FaceImage  # noqa: PLC0415
    from fer_video.exporters.augment.faces import Faces  # noqa: PLC0415

    targets = np.eye(5, dtype=np.float32)[labels]
    return Faces(
        "made", tuple(FaceImage(image, None) for image in images), targets, np.array(labels)
    )
