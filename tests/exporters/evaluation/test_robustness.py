"""The conditions change what they say; the accuracies are those of the engine's classifier."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_video.cli.offline.evaluate import evaluate
from fer_video.engine.errors import OptionsError
from fer_video.engine.network.classifier import Classifier
from fer_video.engine.options.session import SessionOptions
from fer_video.exporters.data.images import resize
from fer_video.exporters.evaluation.recognition import classify_crops
from fer_video.exporters.evaluation.robustness import CONDITIONS, Framing, stress
from fer_video.exporters.to_onnx.parity import portrait
from tests.labelled_faces import save_classes
from tests.networks import classifier_card, write_classifier


def test_tight_crop_is_the_middle_of_the_image() -> None:
    image = portrait()[0][:500, :500]
    crop = Framing(zoom=0.5)(image)
    middle = cv2.resize(image[125:375, 125:375], (180, 180), interpolation=cv2.INTER_LINEAR)
    assert np.abs(crop.astype(int) - middle).mean() < 4


def test_framing_turns_and_shifts_as_it_says() -> None:
    image = np.zeros((180, 180, 3), np.uint8)
    image[40:50, 85:95] = 255
    spots = {
        name: np.argwhere(framing(image)[..., 0] > 127).mean(axis=0)
        for name, framing in {
            "plain": Framing(),
            "turn": Framing(turn=90),
            "shift": Framing(shift=0.25),
        }.items()
    }
    assert spots["plain"] == pytest.approx([44.5, 89.5], abs=1)
    assert spots["shift"] == pytest.approx([44.5, 44.5], abs=1)
    assert abs(spots["turn"][0] - 89.5) < 1
    assert abs(abs(spots["turn"][1] - 89.5) - 45) < 1


@pytest.mark.parametrize("name", CONDITIONS)
def test_every_condition_gives_a_picture_and_leaves_the_image_alone(name: str) -> None:
    image = portrait()[0]
    before = image.copy()
    crop = CONDITIONS[name](image)
    assert crop.dtype == np.uint8
    assert crop.ndim == 3
    change = np.abs(resize(crop, 180).astype(int) - resize(before, 180)).mean()
    assert change == 0 if name == "as it is" else change > 1
    np.testing.assert_array_equal(image, before)


def test_accuracies_are_the_classifiers(tmp_path: Path) -> None:
    """The network reads mean colours: gray and darkness change its mind, a tight crop of one
    colour does not."""
    path = write_classifier(tmp_path / "tiny.onnx", classifier_card())
    classifier = Classifier(str(path), SessionOptions())
    rng = np.random.default_rng(0)
    images = [np.full((40, 40, 3), rng.integers(0, 256, 3), np.uint8) for _ in range(40)]
    labels = np.argmax(classify_crops(classifier, images), axis=1)
    found = stress(classifier, images, [int(label) for label in labels])
    assert found["as it is"] == found["tight crop (0.75)"] == 1
    assert found["gray"] < 1
    assert found["a quarter of the light"] < 1


def test_evaluate_reports_the_conditions(tmp_path: Path) -> None:
    data = save_classes(tmp_path / "data", 2)
    evaluate(data, tmp_path / "report", "folders", crops=True, stress=True, split="all")
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    assert set(report["conditions"]) == set(CONDITIONS)
    assert report["conditions"]["as it is"] == report["accuracy"]
    assert "| mouth covered |" in (tmp_path / "report" / "report.md").read_text()
    with pytest.raises(OptionsError, match="--stress changes crops"):
        evaluate(data, tmp_path / "other", "folders", stress=True, split="all")
