"""The face detector's training, from a data file to the exported network, by the command line."""

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import pytest

from fer_video.cli.detector import evaluate_detector, export_detector, train_detector
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.errors import ModelError, OptionsError
from fer_video.engine.frames.frame import Plane
from fer_video.engine.network.models import find_model
from fer_video.engine.network.session import Session
from fer_video.engine.options.detect import DetectOptions
from fer_video.engine.options.session import SessionOptions
from fer_video.exporters.detector.canvas.canvas import CanvasOptions
from fer_video.exporters.detector.network import export as detector_export
from fer_video.exporters.detector.network.architecture import face_detector
from fer_video.exporters.detector.network.export import (
    detector_card,
    load_network,
    normalise_luma,
    usual_size,
)
from fer_video.exporters.detector.training import recipe as recipes
from fer_video.exporters.detector.training.loss import Grid
from fer_video.exporters.detector.training.recipe import DetectorRecipe, Phase
from fer_video.exporters.detector.training.schedule import Rate
from fer_video.exporters.detector.training.trainer import check_resumable
from fer_video.exporters.to_onnx.parity import portrait as photograph
from tests.exporters.detector.pictures import portrait
from tests.small_training import step_by_step

FACES = CanvasOptions(empty=0.2, whole=1.0)
PHASE = Phase(1, 64, 2, canvas=FACES)
FIRST = DetectorRecipe((PHASE,), steps=30, warmup_steps=5, averaging=0.5)
TINY = replace(FIRST, phases=(PHASE, PHASE), steps=2)
"""Both phases; the second is but two steps, which show where it began."""


def save(path: Path, luma: Plane) -> None:
    path.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(path), luma)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, face_clip: Path) -> Path:
    """A data file of one's own: a photograph in other lights, its face, walls, and a film."""
    folder = tmp_path_factory.mktemp("data")
    luma = np.asarray(cv2.cvtColor(photograph()[0], cv2.COLOR_RGB2GRAY)[::2, ::2], np.uint8)
    rng = np.random.default_rng(1)
    for number in range(4):
        save(folder / "people" / f"{number}.png", np.asarray(luma * (1 - 0.1 * number), np.uint8))
        wall = cv2.resize(rng.integers(0, 256, (6, 8), np.uint8), (160, 120))
        save(folder / "walls" / f"{number}.png", np.asarray(wall, np.uint8))
    save(folder / "heads" / "0.png", luma[40:190, 70:200])
    file = folder / "mine.toml"
    file.write_text(f"""
        teacher = "detector"
        terms = "The portrait is in the public domain"
        [[collection]]
        name = "people"
        path = "people"
        role = "scenes"
        sizes = [320]
        held_out = 0.5
        [[collection]]
        name = "heads"
        path = "heads"
        role = "cutouts"
        [[collection]]
        name = "walls"
        path = "walls"
        role = "negatives"
        held_out = 0.5
        [[collection]]
        name = "film"
        path = {json.dumps(str(face_clip))}
        role = "portraits"
        held_out = 1
    """)
    return file


@dataclass(frozen=True)
class Trained:
    folder: Path
    first: dict[str, Any]
    """The record after the first phase."""
    record: dict[str, Any]
    """The record after both."""


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Trained for the first phase and interrupted before the threshold was chosen; then resumed for
    the second, which begins with hard negatives."""
    folder = tmp_path_factory.mktemp("detector")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recipes, "DetectorRecipe", lambda: FIRST)
        patch.setattr(detector_export, "load_network", interrupt)
        with pytest.raises(KeyboardInterrupt):
            train_detector([data], folder, None, None, resume=False)
    first = json.loads((folder / "run.json").read_text())
    with pytest.MonkeyPatch.context() as patch, step_by_step():
        patch.setattr(recipes, "DetectorRecipe", lambda: TINY)
        train_detector([data], folder, None, None, resume=True)
    return Trained(folder, first, json.loads((folder / "run.json").read_text()))


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.fixture
def _converted(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    """Converting gives the trained network as it was converted before: the same, and sooner."""
    proto = onnx.load(trained.folder / "detector.onnx")
    monkeypatch.setattr(detector_export, "detector_to_onnx", lambda _: proto)


def test_training_learns_and_goes_on_where_it_was(trained: Trained) -> None:
    (before,), history = trained.first["history"], trained.record["history"]
    assert [epoch["epoch"] for epoch in history] == [1, 2]
    assert history[0] == before
    assert history[1]["loss"] < before["loss"]
    assert list(trained.record["hard negatives"]) == ["1"]


def test_record_and_card_tell_of_the_pictures_that_were_given(trained: Trained) -> None:
    assert trained.record["data"] == [
        "people: 2 pictures, 2 faces",
        "heads: 1 pictures, 1 faces",
        "walls: 2 pictures, 0 faces",
    ]
    assert trained.record["recipe"]["seed"] == TINY.seed
    assert 0.3 <= trained.record["threshold"] <= 0.9
    exported = Session(trained.folder / "detector.onnx", SessionOptions("cpu")).card
    assert exported is not None
    assert exported.threshold == trained.record["threshold"]
    card = (trained.folder / "detector.md").read_text()
    assert "- people: 2 pictures, 2 faces" in card
    assert "The portrait is in the public domain" in card
    assert "Caltech" not in card


def test_folder_holds_what_later_commands_read_and_nothing_half_written(trained: Trained) -> None:
    assert {path.name for path in trained.folder.iterdir()} == {
        *("detector.keras", "detector.onnx", "detector.md", "checkpoint.npz"),
        *("run.json", "labels.json"),
    }


def test_engine_finds_in_the_export_what_keras_says(trained: Trained) -> None:
    """The best cell of the Keras network is the engine's best face."""
    network = load_network(trained.folder / "detector.keras")
    target, luma = trained.folder / "detector.onnx", portrait(96).luma
    options = DetectOptions(str(target), size=96, threshold=0.01)
    (face, *_) = YuNetDetector(options, SessionOptions("cpu"))(luma, full_range=True)
    cells = np.asarray(network(normalise_luma(luma)[None, ..., None]))
    chances = 1 / (1 + np.exp(-cells[0, :, :2]))
    scores = np.sqrt(chances.prod(axis=1))
    assert face.score == pytest.approx(scores.max(), abs=1e-3)
    best = int(scores.argmax())
    x, y, width, height = np.asarray(Grid.of(96, 96).boxes(cells))[0, best]
    box = face.box
    middle = (box.left + box.width / 2, box.top + box.height / 2)
    assert (*middle, box.width, box.height) == pytest.approx((x, y, width, height), rel=0.5, abs=4)
    assert face.landmarks is not None
    landmarks = np.asarray(Grid.of(96, 96).landmarks(cells))[0, best].reshape(5, 2)
    assert np.abs(face.landmarks - landmarks).max() < 0.5 * math.hypot(width, height)
    assert target.stat().st_size <= 500_000


@pytest.mark.usefixtures("_converted")
def test_evaluation_measures_what_was_held_out(
    trained: Trained, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate_detector("detector", data, tmp_path / "report")
    figures = json.loads((tmp_path / "report" / "report.json").read_text())["figures"]
    assert figures["face.mp4: frames with a face"] == 1
    assert figures["416 px: recall >=64 px"] == 1
    assert figures["pictures without a face: share with a box"] == 0
    assert "| face.mp4: frames with a face | 1 |" in capsys.readouterr().out
    export_detector(trained.folder / "detector.keras", tmp_path / "net.onnx", [tmp_path / "report"])
    card = Session(tmp_path / "net.onnx", SessionOptions("cpu")).card
    assert card is not None
    assert card.figures["face.mp4: frames with a face"] == 1


def test_report_of_a_classifier_is_none_of_a_detector(trained: Trained, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text('{"accuracy": 1}')
    with pytest.raises(ModelError, match="no report of such a network"):
        export_detector(trained.folder / "detector.keras", tmp_path / "net.onnx", [tmp_path])


def test_several_data_sets_are_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionsError, match="2 --data: a detector takes one"):
        train_detector([data, data], tmp_path, None, None, resume=False)


def test_rate_starts_once_more_where_a_phase_says_so() -> None:
    phases = (Phase(4, 64, 1), Phase(2, 64, 1), Phase(2, 64, 1, learning_rate=1e-3))
    rate = Rate(DetectorRecipe(phases=phases, steps=100, learning_rate=1e-2, warmup_steps=50))
    rates = [float(rate(step)) for step in (0, 50, 590, 605, 650, 799)]
    assert rates[1] == pytest.approx(1e-2)
    assert rates[4] == pytest.approx(1e-3)
    assert max(rates[0], rates[2], rates[3], rates[5]) < 3e-4


@pytest.mark.usefixtures("_converted")
def test_export_that_differs_from_keras_is_not_written(tmp_path: Path) -> None:
    card = detector_card({"recipe": {}}, {})
    with pytest.raises(ModelError, match="differs from Keras"):
        detector_export.export_detector(
            face_detector(), card, [portrait().luma], tmp_path / "x.onnx"
        )
    assert not list(tmp_path.iterdir())


def test_training_from_the_packages_weights_begins_with_them(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After one small step the network still finds what the package's finds."""
    step = replace(FIRST, phases=(PHASE,), steps=1, learning_rate=1e-6, warmup_steps=0)
    monkeypatch.setattr(recipes, "TUNED", step)
    proto = onnx.load(find_model("detector"))
    monkeypatch.setattr(detector_export, "detector_to_onnx", lambda _: proto)
    monkeypatch.setattr(detector_export, "load_network", interrupt)
    with step_by_step(), pytest.raises(KeyboardInterrupt):
        train_detector([data], tmp_path, None, "detector", resume=False)
    network = load_network(tmp_path / "detector.keras")
    (luma, *_) = detector_export.demo_pictures()
    cells = np.asarray(network(normalise_luma(usual_size(luma))[None, ..., None]))
    assert cells[..., 0].max() > 1  # a fresh network says -4
    assert json.loads((tmp_path / "run.json").read_text())["start"] == "weights of detector.onnx"


def test_weights_that_are_not_there_are_named(data: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionsError, match="--from mine: no such file; give one, or detector"):
        train_detector([data], tmp_path, None, "mine", resume=False)


def test_epochs_are_those_of_all_phases() -> None:
    shared = recipes.with_epochs(DetectorRecipe(), 50)
    assert [(phase.epochs, phase.side) for phase in shared.phases] == [
        (25, 256),
        (13, 384),
        (5, 384),
        (7, 384),
    ]
    assert recipes.with_epochs(DetectorRecipe(), 1).epochs == 1


def test_a_training_from_other_weights_is_not_resumed(data: Path, trained: Trained) -> None:
    with pytest.raises(ModelError, match="its start is fresh weights, not weights of detector"):
        train_detector([data], trained.folder, None, "detector", resume=True)
    asked = {"data": [*trained.record["data"], "more: 9 pictures, 9 faces"]}
    with pytest.raises(ModelError, match=r"its data is .*, not .*more: 9 pictures"):
        check_resumable(trained.folder, asked)


def test_resuming_without_a_checkpoint_says_so(data: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no checkpoint"):
        train_detector([data], tmp_path, None, None, resume=True)
